/** Counts what the cache does, for metrics. */
import type { Kept } from './prune.ts'
import type { CacheUsage, Ensured } from './types.ts'

const MEASURE_MS = 60_000

export interface UsageOptions {
  /** Of every content on disk. */
  readonly measure: () => Promise<readonly Kept[]>
  readonly clock: () => number
}

export class Usage {
  readonly #options: UsageOptions
  readonly #counts = { hits: 0, downloads: 0, stale: 0, failures: 0, downloadedBytes: 0 }
  #measured: { readonly at: number, readonly all: Promise<readonly Kept[]> } | undefined

  constructor (options: UsageOptions) {
    this.#options = options
  }

  ensured ({ from, stale }: Ensured): void {
    this.#counts[stale !== undefined ? 'stale' : from === 'hit' ? 'hits' : 'downloads']++
  }

  failed (): void {
    this.#counts.failures++
  }

  downloaded (bytes: number): void {
    this.#counts.downloadedBytes += bytes
  }

  async read (): Promise<CacheUsage> {
    const now = this.#options.clock()
    if (this.#measured === undefined || now - this.#measured.at >= MEASURE_MS) this.#measured = { at: now, all: this.#options.measure() }
    const all = await this.#measured.all
    const oldest = Math.min(now, ...all.map(({ usedAt }) => usedAt))
    return { ...this.#counts, contents: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), oldestUseMs: now - oldest }
  }
}
