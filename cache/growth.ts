/**
 * Keeps the cache within its size while it is filled: after something was fetched it is measured, and pruned when it is too large. Not at
 * every fetch: measuring looks at each content. What is in use stays, so that it is looked at again while it is too large.
 */

/** Between two looks. */
const LOOK_MS = 10_000
/** To the next look, when all that is there is in use. */
const CROWDED_MS = 60_000

export interface GrowthOptions {
  /** Bytes of all contents that may stay. */
  readonly maxBytes: number
  readonly measure: () => Promise<number>
  readonly prune: () => Promise<unknown>
  readonly lookMs?: number
}

export class Growth {
  readonly #options: GrowthOptions
  readonly #lookMs: number
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #lookedAt = -Infinity
  #closed = false

  constructor (options: GrowthOptions) {
    this.#options = options
    this.#lookMs = options.lookMs ?? LOOK_MS
  }

  /** Something was added. */
  grown (): void {
    this.#lookIn(Math.max(0, this.#lookedAt + this.#lookMs - performance.now()))
  }

  async close (): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  #lookIn (ms: number): void {
    if (this.#closed || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      // What cannot be measured or removed now is so at the next fetch, or at the prune of the hour, which tells its failure.
      this.#looking = this.#look().catch(() => {})
    }, ms).unref()
  }

  async #look (): Promise<void> {
    const { maxBytes, measure, prune } = this.#options
    this.#timer = undefined
    this.#lookedAt = performance.now()
    if (await measure() <= maxBytes) return
    await prune()
    if (await measure() > maxBytes) this.#lookIn(Math.max(CROWDED_MS, this.#lookMs))
  }
}
