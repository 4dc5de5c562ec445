/** What one run may use of the network. */
import { refuse, type BrokerError } from './guest-error.ts'

export interface HttpLimits {
  /** Requests under way at once; more wait for a place. @default 16 */
  readonly concurrentRequests: number
  /** Requests that wait for a place. @default 1000 */
  readonly waitingRequests: number
  /** Bytes of request bodies held at once, waiting or under way. @default 64 MiB */
  readonly heldRequestBytes: number
  /** Requests handed to the network, each redirect being one. @default 10,000 */
  readonly requests: number
  /** Bytes of request bodies, in all. @default 1 GiB */
  readonly requestBytes: number
  /** Bytes of response bodies, before or after decoding, whichever is more, in all. @default 1 GiB */
  readonly responseBytes: number
  /** Times that a response may grow while it is decoded, once it has passed `freeDecodedBytes`. @default 200 */
  readonly decodedRatio: number
  /** @default 10 MiB */
  readonly freeDecodedBytes: number
  /** Bytes of the headers of a response. @default 32 KiB */
  readonly headerBytes: number
  /** Redirects followed, whatever the caller asks. @default 5 */
  readonly redirects: number
  /** Open sockets, idle ones (4 s) included. @default 128 */
  readonly sockets: number
  /** @default 10 s */
  readonly connectMs: number
  /** From the request to the last header of the response. @default 30 s */
  readonly headersMs: number
  /** Between two chunks of a response; the time in which the plugin does not read is not counted. @default 60 s */
  readonly idleMs: number
  /** One request with its redirects, from its place to the end of the response. @default 10 min */
  readonly totalMs: number
  /** Bytes of a response sent to the guest and not yet acknowledged. @default 256 KiB */
  readonly windowBytes: number
}

export const defaultHttpLimits: HttpLimits = Object.freeze({
  concurrentRequests: 16,
  waitingRequests: 1000,
  heldRequestBytes: 64 * 2 ** 20,
  requests: 10_000,
  requestBytes: 2 ** 30,
  responseBytes: 2 ** 30,
  decodedRatio: 200,
  freeDecodedBytes: 10 * 2 ** 20,
  headerBytes: 32 * 1024,
  redirects: 5,
  sockets: 128,
  connectMs: 10_000,
  headersMs: 30_000,
  idleMs: 60_000,
  totalMs: 600_000,
  windowBytes: 262_144
})

/** Configuration key of a limit, named in its sentence so that a reader knows what to ask for. */
export type HttpLimitKeys = Partial<Record<keyof HttpLimits, string>>

/** The error for a limit that was hit: its sentence says which, and its value. */
export function limitReached (name: keyof HttpLimits, limits: HttpLimits, keys: HttpLimitKeys): BrokerError {
  const params = { variant: UNITS[name], what: name, limit: limits[name], ...(keys[name] === undefined ? {} : { key: keys[name] }) }
  return refuse('network-limit', params)
}

/** Variant of the text `network-limit`; how each limit is called is in text-formats.ts. */
const UNITS: Record<keyof HttpLimits, 'count' | 'bytes' | 'time'> = {
  concurrentRequests: 'count',
  waitingRequests: 'count',
  heldRequestBytes: 'bytes',
  requests: 'count',
  requestBytes: 'bytes',
  responseBytes: 'bytes',
  decodedRatio: 'count',
  freeDecodedBytes: 'bytes',
  headerBytes: 'bytes',
  redirects: 'count',
  sockets: 'count',
  connectMs: 'time',
  headersMs: 'time',
  idleMs: 'time',
  totalMs: 'time',
  windowBytes: 'bytes'
}
