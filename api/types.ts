/** What the API is made of, and what a request carries through it. */
import type { RouterContext } from '@koa/router'
import type { Logger } from 'pino'
import type { Cache } from '../cache/types.ts'
import type { Cipher } from '../runner/cipher.ts'
import type { Bus, Prepare, Triggers } from '../runner/types.ts'
import type { Store } from '../store/types.ts'
import type { Locale } from './texts.ts'
import type { Session } from './permissions.ts'

export interface ApiOptions {
  /** Language of a caller who names none. */
  readonly locale: Locale
  /** Largest body. @default 102400 */
  readonly bodyBytes?: number
  /** How long a deletion waits for the run it stops: the grace period and a little more. @default 25000 */
  readonly deleteWaitMs?: number
  /** Log streams open at the same time; one more is answered 503. @default 1000 */
  readonly maxStreams?: number
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
  readonly bus: Bus
  readonly cipher: Cipher
  /** Removes the persistent files of a processing that was deleted. */
  readonly removeFiles: (processingId: string) => Promise<void>
  readonly adminKey: string
  readonly logger: Logger
  /** Facts for /healthz beside the store's state. Must not wait for anything. */
  readonly health: () => Record<string, unknown>
  /** Ends the log streams when the service stops. */
  readonly closing?: AbortSignal
  readonly options: ApiOptions
}

export interface ApiState {
  /** Made here, or given by a proxy in `x-request-id`; errors and log lines name it. */
  requestId: string
  locale: Locale
  /** Undefined: nobody said who calls. */
  session?: Session
}

export type Context = RouterContext<ApiState>
