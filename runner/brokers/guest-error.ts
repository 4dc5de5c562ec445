/** Errors that a plugin may see. Everything else that a broker catches is our own fault and is not shown. */
import type { GuestError } from '../../sandbox/protocol.ts'
import { renderText, type TextCode, type TextParams } from '../outcome-texts.ts'

/** The text of the runner that a broker's error says: a reader can see it in his language when the plugin did not catch the error. */
export interface BrokerText {
  readonly code: RefusalCode
  readonly params: TextParams
}

/** `code` is stable, `message` is a sentence without paths, addresses or names of the host. */
export class BrokerError extends Error {
  readonly code: string
  readonly text?: BrokerText
  constructor (code: string, message: string, { text, ...options }: ErrorOptions & { readonly text?: BrokerText } = {}) {
    super(message, options)
    this.name = 'BrokerError'
    this.code = code
    if (text !== undefined) this.text = text
  }
}

/** `code`: what the plugin sees. @default that of the text */
export function refuse (text: RefusalCode, params: TextParams = {}, { code = text, ...options }: ErrorOptions & { readonly code?: string } = {}): BrokerError {
  return new BrokerError(code, renderText(text, params, 'en'), { ...options, text: { code: text, params } })
}

/** What a broker refused because of a rule or a limit of the platform. */
export interface Refusal {
  readonly code: RefusalCode
  readonly params: TextParams
  /** The sentence that the plugin was given. */
  readonly message: string
}

type RefusalCode = Extract<TextCode,
  | 'network-denied' | 'network-limit' | 'mail-unavailable' | 'mail-limit' | 'mail-refused'
  | 'data-fair-unavailable' | 'config-limit' | 'journal-limit' | 'journal-refused' | 'call-limit' | 'call-failed'>

/** Undefined for an error that is no refusal of the platform's own. */
export function toRefusal (error: unknown): Refusal | undefined {
  const { text, message } = error instanceof BrokerError ? error : FAILED
  return text === undefined ? undefined : { ...text, message }
}

/** What the plugin is told. An error that is not a `BrokerError` may name things of the host: it becomes `internal`. */
export function toGuestError (error: unknown): GuestError {
  if (error instanceof BrokerError) return { code: error.code, message: error.message }
  return { code: 'internal', message: FAILED.message }
}

const FAILED = refuse('call-failed')

/** True for `{…}` as JSON gives it: neither null nor an array. */
export function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
