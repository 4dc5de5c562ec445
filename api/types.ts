/** What the API is made of, and what a request carries through it. */
import type { RouterContext } from '@koa/router'
import type { Logger } from 'pino'
import type { Cache } from '../cache/types.ts'
import type { Cipher } from '../runner/cipher.ts'
import type { RunLimits } from '../runner/limits.ts'
import type { Bus, Prepare, Triggers } from '../runner/types.ts'
import type { Store } from '../store/types.ts'
import type { ConfigChecks } from '../validation/index.ts'
import type { Directory } from './callers/directory.ts'
import type { Door } from './callers/door.ts'
import type { LogStreams } from './log-stream.ts'
import type { Route } from './routes/route.ts'
import type { Locale } from './texts.ts'
import type { Session } from './permissions.ts'
import type { RunWaits } from './wait-for-run.ts'
import type { WaitingOptions } from './waiting-for.ts'
import type { WebhookRate, WebhookRateOptions } from './webhook-rate.ts'
import type { WrongKeys, WrongKeysOptions } from './callers/wrong-keys.ts'

export interface ApiOptions extends WebhookRateOptions, WrongKeysOptions {
  /** Language of a caller who names none. */
  readonly locale: Locale
  /** Where plugins are published, as callers are told it. @default the registry is not named */
  readonly registry?: string
  /** Proxies whose `x-forwarded-*` are believed: addresses, ranges, `loopback`, `private`. @default none */
  readonly trustProxy?: readonly string[]
  /** By which other services of the platform are known. Absent: they are not served. */
  readonly secrets?: { readonly identities?: string | undefined, readonly limits?: string | undefined }
  /** Serves them through the reverse proxy too. @default false */
  readonly internalThroughProxy?: boolean
  /** Processing time of an account that has no limit of its own, in seconds, as for runs. @default -1: unlimited */
  readonly defaultSeconds?: number
  /** The configured limits of a run: what overrides may say follows them. @default those of runner/limits.ts */
  readonly runLimits?: RunLimits
  /** For /api/v1/admin/status: how the store is called there. @default 'sqlite' */
  readonly storeName?: 'mongodb' | 'sqlite'
  /** Must take files. Absent: not looked at. */
  readonly dataDir?: string
  /** Largest body. @default 102400 */
  readonly bodyBytes?: number
  /** How long a deletion waits for the run it stops: the grace period and a little more. @default 25000 */
  readonly deleteWaitMs?: number
  /** Log streams open at the same time; one more is answered 503. @default 1000 */
  readonly maxStreams?: number
  /** Log streams that one account has open at the same time; one more is answered 429. @default 100 */
  readonly maxAccountStreams?: number
  /** What tells why runs wait. @default only what needs none of it is told */
  readonly waiting?: WaitingOptions
  /** Requests that wait for the end of a run at the same time; one more is answered at once. @default 1000 */
  readonly maxWaits?: number
  /** @default 15000 */
  readonly heartbeatMs?: number
  /** A stream looks at the store so often, woken or not. @default 1000 */
  readonly pollMs?: number
  /** A stream is closed after so long; its reader resumes where it was. @default 3600000 */
  readonly streamMs?: number
}

export interface ApiDeps {
  readonly store: Store
  readonly cache: Pick<Cache, 'ensure'>
  readonly triggers: Triggers
  readonly prepare: Prepare
  readonly configChecks: Pick<ConfigChecks, 'check'>
  readonly bus: Bus
  readonly cipher: Cipher
  /** Removes the persistent files of a processing that was deleted. */
  readonly removeFiles: (processingId: string) => Promise<void>
  readonly adminKey: string
  /** Whose sessions (cookies) are known. Absent: keys alone are. */
  readonly directory?: Directory
  readonly logger: Logger
  /** Facts for /healthz beside the store's state. Must not wait for anything. `canStartCells`: false after a failure (the reason is in the log), until one starts again. */
  readonly health: () => Record<string, unknown> & { readonly canStartCells?: boolean }
  /** Ends the log streams when the service stops. */
  readonly closing?: AbortSignal
  readonly options: ApiOptions
}

/** What handlers get beside: made once for each application. */
export interface ApiParts extends ApiDeps {
  readonly streams: Pick<LogStreams, 'open'>
  readonly webhookRate: WebhookRate
  readonly waits: Pick<RunWaits, 'ended'>
  readonly wrongKeys: WrongKeys
  /** The whole table, for its documents. */
  readonly routes: readonly Route[]
}

export interface ApiState {
  /** Made here, or given by a proxy in `x-request-id`; errors and log lines name it. */
  requestId: string
  locale: Locale
  /** By which way the request came in. */
  door: Door
  /** Undefined: nobody said who calls. */
  session?: Session
  /** Path of the route as the table has it. */
  route?: string
  /** What the call is about, for the log: ids. */
  about?: { readonly processing?: string, readonly run?: string }
}

export type Context = RouterContext<ApiState>
