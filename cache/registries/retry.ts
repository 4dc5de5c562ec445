import { setTimeout as sleep } from 'node:timers/promises'
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import type { Breaker } from './breaker.ts'

export interface RetryOptions {
  /** Attempts in all. @default 3 */
  readonly attempts: number
  /** Wait before the second attempt, at most; it triples each time, and a random part of it is taken. @default 200 */
  readonly delayMs: number
  /** No wait is longer; a registry that asks for more (Retry-After) is not asked again until then. @default 2,000 */
  readonly maxDelayMs: number
  /** No attempt begins later than this after the first. @default 12,000 */
  readonly totalMs: number
}

export const RETRY: RetryOptions = Object.freeze({ attempts: 3, delayMs: 200, maxDelayMs: 2000, totalMs: 12_000 })

/** A failed attempt that may be made again, no sooner than after `afterMs`. */
export class Retryable extends Error {
  readonly failure: Error
  readonly afterMs: number
  constructor (failure: Error, afterMs = 0) {
    super(failure.message, { cause: failure })
    this.failure = failure
    this.afterMs = afterMs
  }
}

export interface RetryWork {
  readonly artefact: string
  readonly options: RetryOptions
  readonly breaker: Breaker
  readonly signal: AbortSignal
}

/**
 * Calls `attempt` until it does not throw `Retryable`; at the end of the attempts throws the failure inside. While the breaker is open
 * nothing is attempted: that costs no time, also for whoever is between two attempts.
 */
export async function withRetries<T> ({ artefact, options, breaker, signal }: RetryWork, attempt: () => Promise<T>): Promise<T> {
  const lastStart = performance.now() + options.totalMs
  let failure: Error | undefined
  for (let tries = 1; ; tries++) {
    const waitMs = breaker.waitMs()
    if (waitMs > 0) throw failure ?? spared(artefact, waitMs)
    const found = await once(breaker, options, attempt)
    if ('result' in found) return found.result
    failure = found.failed.failure
    const pauseMs = delayMs(options, tries, found.failed.afterMs)
    if (tries >= options.attempts || found.failed.afterMs > options.maxDelayMs || performance.now() + pauseMs > lastStart) throw failure
    await sleep(pauseMs, undefined, { signal }).catch(() => { throw found.failed.failure })
  }
}

/** Whatever the registry answers, a refusal too, shows that it is there. */
async function once<T> (breaker: Breaker, options: RetryOptions, attempt: () => Promise<T>): Promise<{ result: T } | { failed: Retryable }> {
  try {
    const result = await attempt()
    breaker.succeeded()
    return { result }
  } catch (error) {
    if (!(error instanceof Retryable)) {
      breaker.succeeded()
      throw error
    }
    breaker.failed(error.afterMs > options.maxDelayMs ? error.afterMs : 0)
    return { failed: error }
  }
}

function spared (artefact: string, waitMs: number): CacheError {
  return new CacheError('registry-unavailable', artefact, reason('asked-again', { waitMs: Math.ceil(waitMs / 1000) * 1000 }))
}

/** Exponential with full jitter, so that many runners do not come back at the same moment. */
function delayMs (options: RetryOptions, tries: number, atLeastMs: number): number {
  const ceiling = Math.min(options.delayMs * 3 ** (tries - 1), options.maxDelayMs)
  return Math.max(atLeastMs, Math.random() * ceiling)
}

/** Milliseconds of a Retry-After header: seconds, or an HTTP date. 0 when there is none. */
export function retryAfterMs (header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
