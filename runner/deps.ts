/** What the runner is made of; main.ts puts it together. */
import type { Cache } from '../cache/types.ts'
import type { GuestMessage, HostMessage } from '../sandbox/protocol.ts'
import type { Processing, Run, Store } from '../store/types.ts'
import type { ConfigChecks } from '../validation/index.ts'
import type { LastLine } from './after-run.ts'
import type { Breaker } from './breaker.ts'
import type { BrokersOptions } from './brokers/index.ts'
import type { Cells } from './cells/index.ts'
import type { Folders } from './folders.ts'
import type { LegacyPluginConfigs } from './legacy-plugin-config.ts'
import type { RunLimits } from './limits.ts'
import type { Locale } from './outcome-texts.ts'
import type { RunEvents } from './run-events.ts'
import type { Bus } from './types.ts'

export interface RunDeps {
  readonly store: Store
  readonly cache: Cache
  /** Shared with the API: what was valid when it was saved is known to be. */
  readonly configChecks: Pick<ConfigChecks, 'check'>
  readonly cells: Cells
  readonly folders: Folders
  /** Absent: no volume of v5 is looked at. */
  readonly pluginConfigs?: LegacyPluginConfigs
  readonly bus: Bus
  readonly limits: RunLimits
  readonly locale: Locale
  /** Processing time of an account that has no limit of its own, in seconds; -1: unlimited. */
  readonly defaultSeconds: number
  /** How long a plugin has to end by itself once it was asked to. */
  readonly graceMs: number
  /** `run`: every run gets a cell of its own. */
  readonly isolation: 'owner' | 'run'
  /** What is the same for the brokers of all runs. */
  readonly brokers: Pick<BrokersOptions, 'policy' | 'dataFair' | 'mailTransport' | 'limits' | 'resolve'>
  openSecrets(processing: Pick<Processing, 'secrets'>): Record<string, string>
  /** Contents of plugins that bring cells down. */
  readonly breaker: Breaker
  readonly events: Pick<RunEvents, 'publish'>
  /** How often a run without effects is run again because its runner stopped or died. */
  readonly maxInterruptions: number
  /** Failure policy, retention, next schedule. Never rejects. */
  afterRun(run: Run, processing: Processing): Promise<void>
  /** What the log says last because of what will follow the end (after-run.ts). Never rejects. Absent: nothing is foreseen. */
  lastLine?(run: Run, end: Pick<Run, 'status' | 'finishedAt'>): Promise<LastLine | undefined>
  onError(error: unknown, run?: Run): void
  /** Sees each message between a run and its brokers, and how many bytes came with it; must not throw. Absent: nobody looks. */
  trace?(message: GuestMessage | HostMessage, bytes: number): void
}
