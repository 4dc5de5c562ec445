/** Errors that a plugin may see. Everything else that a broker catches is our own fault and is not shown. */
import type { GuestError } from '../../sandbox/protocol.ts'
import type { TextParams } from '../outcome-texts.ts'

/**
 * `code` is stable, `message` is a sentence without paths, addresses or names of the host. With `params`, `code` is also that of a
 * text of the runner: a reader can see it in his language when the plugin did not catch the error.
 */
export class BrokerError extends Error {
  readonly code: string
  readonly params?: TextParams
  constructor (code: string, message: string, { params, ...options }: ErrorOptions & { readonly params?: TextParams } = {}) {
    super(message, options)
    this.name = 'BrokerError'
    this.code = code
    if (params !== undefined) this.params = params
  }
}

/** What a broker refused because of a rule or a limit of the platform. */
export interface Refusal {
  readonly code: RefusalCode
  readonly params: TextParams
  /** The sentence that the plugin was given. */
  readonly message: string
}

type RefusalCode = 'disk-limit' | 'network-denied' | 'network-limit'
const REFUSAL_CODES: readonly RefusalCode[] = ['disk-limit', 'network-denied', 'network-limit']

/** Undefined for an error that is no refusal of the platform's own. */
export function toRefusal ({ code, params, message }: BrokerError): Refusal | undefined {
  const refusalCode = REFUSAL_CODES.find(known => known === code)
  return refusalCode === undefined || params === undefined ? undefined : { code: refusalCode, params, message }
}

/** What the plugin is told. An error that is not a `BrokerError` may name things of the host: it becomes `internal`. */
export function toGuestError (error: unknown): GuestError {
  if (error instanceof BrokerError) return { code: error.code, message: error.message }
  return { code: 'internal', message: 'The platform failed to do this on behalf of the plugin.' }
}

/** True for `{…}` as JSON gives it: neither null nor an array. */
export function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
