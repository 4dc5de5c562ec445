/**
 * What a plugin threw, as a RunError made of strings. Whatever was thrown (null, a Proxy, an object whose getters throw), a RunError comes out.
 * A getter that never returns is ended from outside, with the isolate.
 */
import type { RunError } from '../protocol.ts'
import { fullOf } from './disk-limit.ts'
import { getHttpErrorMessage, prepareAxiosError } from './http-error.ts'
import { theJob } from './job.ts'
import { parts } from './parts.ts'
import { errorStack, isError, symbolToString } from './primordials.ts'
import { cut } from './cut.ts'
import { printable } from './printable.ts'
import { withoutOurFrames } from './stack.ts'
import { unsupportedFeature } from './unsupported.ts'

const MAX_MESSAGE = 10_000
const MAX_STACK = 20_000
const MAX_DETAIL = 20_000
const MAX_CAUSES = 3

/** `phase`: `load` until the bundle has been evaluated, then `call`. */
export function toRunError (thrown: unknown, phase: 'load' | 'call'): RunError {
  const feature = attempt(() => unsupportedFeature(thrown))
  const stack = stackOf(thrown)
  const limit = attempt(() => limitOf(thrown))
  if (limit !== undefined) return { code: limit, ...stack }
  const full = attempt(() => isError(thrown) ? fullOf(thrown) : undefined)
  if (full !== undefined) return { code: 'disk-limit', what: full, ...stack }
  if (feature !== undefined) return { code: 'plugin-unsupported', feature: cut(feature, 200), ...stack }
  const message = messageOf(thrown)
  if (phase === 'load') return { code: 'plugin-invalid', message: withName(thrown, message), ...stack }
  const http = attempt(() => httpError(thrown))
  if (http !== undefined) return { ...http, ...stack }
  const name = attempt(() => nameOf(thrown))
  return { code: 'plugin-error', message, ...(name === undefined ? {} : { name }), ...stack }
}

/** Of a limit that the guest itself applies (link.ts, timers.ts): the platform has a sentence for it. */
function limitOf (thrown: unknown): 'message-limit' | 'timer-limit' | undefined {
  if (!isError(thrown)) return undefined
  const { code } = thrown as Error & { code?: unknown } // whatever it is
  return code === 'message-too-large' ? 'message-limit' : code === 'too-many-timers' ? 'timer-limit' : undefined
}

function httpError (thrown: unknown): RunError | undefined {
  const shaped = prepareAxiosError(thrown)
  const message = getHttpErrorMessage(shaped, [theJob().dataFairUrl])
  if (message === undefined) return undefined
  return { code: 'http-error', message: cut(message, MAX_MESSAGE), detail: httpDetail(shaped as object) }
}

/** The rest of the response: the message and the stack travel beside it. */
function httpDetail (shaped: object): string {
  const { message, stack, ...rest } = shaped as Record<string, unknown>
  return cut(attempt(() => parts.inspect().inspect(rest, { depth: 4, customInspect: false })) ?? printable(rest, MAX_DETAIL) ?? '', MAX_DETAIL)
}

function messageOf (thrown: unknown): string {
  switch (typeof thrown) {
    case 'string': return thrown === '' ? 'the plugin threw an empty string' : cut(thrown, MAX_MESSAGE)
    case 'symbol': return cut(symbolToString(thrown), MAX_MESSAGE)
    case 'number': case 'boolean': case 'bigint': case 'undefined': return `the plugin threw ${attempt(() => cut(`${thrown}`, 100))}, which is not an error`
    case 'function': return 'the plugin threw a function, which is not an error'
    case 'object': return thrown === null ? 'the plugin threw null, which is not an error' : objectMessage(thrown)
  }
}

function objectMessage (thrown: object): string {
  const message = attempt(() => (thrown as { message?: unknown }).message)
  if (typeof message === 'string' && message !== '') return cut(withCause(thrown, message), MAX_MESSAGE)
  if (attempt(() => isError(thrown)) === true) return attempt(() => nameOf(thrown)) ?? 'Error'
  return `the plugin threw an object that is not an error: ${printable(thrown, 1_000) ?? 'unreadable'}`
}

/** The words of fetch say nothing by themselves: what went wrong is in the cause. */
function withCause (thrown: object, message: string): string {
  if (message !== 'fetch failed' && message !== 'terminated') return message
  const cause = attempt(() => isError(thrown) && isError(thrown.cause) ? thrown.cause.message : undefined)
  return typeof cause === 'string' && cause !== '' ? `${message}: ${cause}` : message
}

function nameOf (thrown: unknown): string | undefined {
  if (!isError(thrown)) return undefined
  const { name } = thrown
  return typeof name === 'string' && name !== '' ? cut(name, 100) : undefined
}

/** `ReferenceError: x is not defined`: at load the kind of an error matters, and no other field carries it. */
function withName (thrown: unknown, message: string): string {
  const name = attempt(() => nameOf(thrown))
  return name === undefined || name === 'Error' || name === message ? message : `${name}: ${message}`
}

function stackOf (thrown: unknown): { stack?: string } {
  const stack = attempt(() => stackWithCauses(thrown, MAX_CAUSES))
  return stack === undefined || stack === '' ? {} : { stack: cut(stack, MAX_STACK) }
}

function stackWithCauses (thrown: unknown, causes: number): string | undefined {
  if (!isError(thrown)) return undefined
  const stack = errorStack(thrown)
  if (typeof stack !== 'string') return undefined
  const shown = withoutOurFrames(cut(stack, MAX_STACK))
  const { cause } = thrown
  const below = causes > 0 && cause !== undefined ? attempt(() => stackWithCauses(cause, causes - 1)) : undefined
  return below === undefined ? shown : `${shown}\nCaused by: ${below}`
}

/** What `read` answers, or undefined when it throws. */
function attempt<T> (read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

export function withoutRun (entry: string): RunError {
  return { code: 'plugin-invalid', message: cut(`its entry ${entry} exports no function run()`, MAX_MESSAGE), noRun: entry }
}
