import { setTimeout as sleep } from 'node:timers/promises'

export interface RetryOptions {
  /** Attempts in all. @default 3 */
  readonly attempts: number
  /** Wait before the second attempt, at most; it triples each time, and a random part of it is taken. @default 200 */
  readonly delayMs: number
  /** No wait is longer; a registry that asks for more (Retry-After) is not asked again. @default 2,000 */
  readonly maxDelayMs: number
}

export const RETRY: RetryOptions = Object.freeze({ attempts: 3, delayMs: 200, maxDelayMs: 2000 })

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

/** Calls `attempt` until it does not throw `Retryable`; at the end of the attempts throws the failure inside. */
export async function withRetries<T> (options: RetryOptions, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
      if (tries >= options.attempts || error.afterMs > options.maxDelayMs || signal.aborted) throw error.failure
      await sleep(waitMs(options, tries, error.afterMs), undefined, { signal }).catch(() => { throw error.failure })
    }
  }
}

/** Exponential with full jitter, so that many runners do not come back at the same moment. */
function waitMs (options: RetryOptions, tries: number, atLeastMs: number): number {
  const ceiling = Math.min(options.delayMs * 3 ** (tries - 1), options.maxDelayMs)
  return Math.max(atLeastMs, Math.random() * ceiling)
}

/** Milliseconds of a Retry-After header: seconds, or an HTTP date. 0 when there is none. */
export function retryAfterMs (header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
