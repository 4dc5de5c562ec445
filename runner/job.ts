/** What an isolate is told of its run: all that it may know. */
import { toJobLimits } from './limits.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { Job } from '../sandbox/protocol.ts'
import type { RunLimits } from './limits.ts'

export interface JobInput {
  readonly call: Job['call']
  readonly processing: { readonly _id: string, readonly title: string, readonly config?: Record<string, unknown>, readonly debug?: boolean }
  /** In clear. */
  readonly secrets: Record<string, string>
  /** Absent: it is no run. */
  readonly trigger?: Job['trigger']
  /** @default {} */
  readonly pluginConfig?: Readonly<Record<string, unknown>>
  readonly plugin: CachedPlugin
  readonly limits: RunLimits
  readonly dataFairUrl: string
}

/** The same for every run: a plugin never learns a path of the host. */
const DIR = '/processing'
const TMP_DIR = '/tmp/run'

export function toJob ({ call, processing, secrets, trigger, pluginConfig = {}, plugin, limits, dataFairUrl }: JobInput): Job {
  const { artefact, name, version, entry, builtins, async } = plugin
  return {
    call,
    processingId: processing._id,
    processingTitle: processing.title,
    processingConfig: processing.config ?? {},
    pluginConfig,
    secrets,
    ...(trigger === undefined ? {} : { trigger }),
    debug: processing.debug === true,
    dir: DIR,
    tmpDir: TMP_DIR,
    dataFairUrl,
    plugin: { artefact, name, version, entry, builtins, async },
    limits: toJobLimits(limits)
  }
}
