/**
 * Those who wait for a cell, in the order in which they came. It is as long as its callers let it be: runs under way
 * (WORKER_CONCURRENCY) and calls outside runs (runner/call-places.ts).
 */
import type { Entry, Wanted } from './entry.ts'

interface Waiter {
  readonly wanted: Wanted
  give(entry: Promise<Entry>): void
  refuse(reason: unknown): void
}

export class Waiting {
  readonly #waiters = new Set<Waiter>()

  get wanted (): Wanted[] {
    return [...this.#waiters].map(waiter => waiter.wanted)
  }

  /** Rejects with the signal's reason when it is aborted, and the place in the line is given up. */
  async add (wanted: Wanted, signal?: AbortSignal): Promise<Entry> {
    const { promise, resolve, reject } = Promise.withResolvers<Entry>()
    const waiter: Waiter = { wanted, give: resolve, refuse: reject }
    const abort = (): void => {
      if (this.#waiters.delete(waiter)) reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.#waiters.add(waiter)
    return await promise.finally(() => signal?.removeEventListener('abort', abort))
  }

  /** Asks `place` for each in turn; one for whom there is none goes on waiting, and those behind are asked all the same. */
  serve (place: (wanted: Wanted) => Promise<Entry> | undefined): void {
    for (const waiter of this.#waiters) {
      const entry = place(waiter.wanted)
      if (entry === undefined) continue
      this.#waiters.delete(waiter)
      waiter.give(entry)
    }
  }

  refuseAll (reason: Error): void {
    for (const waiter of this.#waiters) waiter.refuse(reason)
    this.#waiters.clear()
  }
}
