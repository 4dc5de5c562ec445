/**
 * Spares a registry that does not answer, and those who wait for it. After some failures in a row nobody is let through for a while;
 * then one attempt goes ahead, and its end decides for all.
 */
export interface BreakerOptions {
  /** Failed attempts in a row that open it. @default 5 */
  readonly failures: number
  /** How long it stays open the first time; each further time twice as long. @default 5,000 */
  readonly openMs: number
  /** @default 60,000 */
  readonly maxOpenMs: number
}

const BREAKER: BreakerOptions = Object.freeze({ failures: 5, openMs: 5000, maxOpenMs: 60_000 })

/** A registry may ask for a pause (Retry-After); it is believed up to here. */
const MAX_PAUSE_MS = 300_000

export class Breaker {
  readonly #options: BreakerOptions
  readonly #now: () => number
  #failures = 0
  #opened = 0
  #openUntil = 0
  #probing = false

  /** `now`: milliseconds of a clock that never goes back. */
  constructor (options: Partial<BreakerOptions> = {}, now: () => number = () => performance.now()) {
    this.#options = { ...BREAKER, ...options }
    this.#now = now
  }

  /** 0: the attempt may be made, and its end must be told by `succeeded` or `failed`. Else: milliseconds until the next may. */
  waitMs (): number {
    if (this.#openUntil === 0) return 0
    const left = this.#openUntil - this.#now()
    if (left > 0) return left
    if (this.#probing) return this.#options.openMs
    this.#probing = true
    return 0
  }

  succeeded (): void {
    this.#failures = this.#opened = this.#openUntil = 0
    this.#probing = false
  }

  /** `pauseMs`: the pause that the registry asked for, 0 when it did not. */
  failed (pauseMs: number): void {
    this.#failures++
    const { failures, openMs, maxOpenMs } = this.#options
    const enough = this.#probing || this.#failures >= failures
    this.#probing = false
    if (!enough && pauseMs === 0) return
    // Up to a tenth more, so that many services do not come back at the same moment.
    const ownMs = enough ? Math.min(openMs * 2 ** this.#opened, maxOpenMs) * (1 + Math.random() / 10) : 0
    if (enough) this.#opened++
    this.#openUntil = this.#now() + Math.max(ownMs, Math.min(pauseMs, MAX_PAUSE_MS))
  }
}
