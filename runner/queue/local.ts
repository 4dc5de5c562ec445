/** The queue of a service that runs in one process: a sorted list and one timer. */
import type { Queue } from './types.ts'

interface Entry { readonly runId: string, readonly dueMs: number }

export interface LocalQueueOptions {
  /** Entries kept in memory. @default 10_000 */
  readonly capacity?: number
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
}

/** No timer sleeps longer: setTimeout cannot wait 2^31 ms, and the wall clock may be set while it sleeps. */
const LONGEST_SLEEP_MS = 60_000

export function createLocalQueue (options: LocalQueueOptions = {}): Queue {
  return new LocalQueue(options.capacity ?? 10_000, options.clock ?? Date.now)
}

class LocalQueue implements Queue {
  readonly #capacity: number
  readonly #clock: () => number
  /** By due time, then id: the first is the next. */
  readonly #entries: Entry[] = []
  readonly #dueMs = new Map<string, number>()
  #onDue: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor (capacity: number, clock: () => number) {
    this.#capacity = capacity
    this.#clock = clock
  }

  async schedule (runId: string, dueAt: string): Promise<void> {
    const dueMs = Date.parse(dueAt)
    if (Number.isNaN(dueMs)) throw new TypeError(`a queue needs a date to schedule run ${runId}, found "${dueAt}"`)
    if (this.#closed) return
    this.#remove(runId)
    this.#insert({ runId, dueMs })
    this.#arm()
  }

  async cancel (runId: string): Promise<void> {
    this.#remove(runId)
    this.#arm()
  }

  async start (onDue: () => void): Promise<void> {
    if (this.#closed) return
    this.#onDue = onDue
    this.#arm()
  }

  async close (): Promise<void> {
    this.#closed = true
    this.#onDue = undefined
    this.#entries.length = 0
    this.#dueMs.clear()
    clearTimeout(this.#timer)
  }

  #insert (entry: Entry): void {
    this.#entries.splice(this.#position(entry), 0, entry)
    this.#dueMs.set(entry.runId, entry.dueMs)
    if (this.#entries.length <= this.#capacity) return
    const last = this.#entries.pop() as Entry // there are more entries than the capacity, so at least one
    this.#dueMs.delete(last.runId)
  }

  #remove (runId: string): void {
    const dueMs = this.#dueMs.get(runId)
    if (dueMs === undefined) return
    this.#dueMs.delete(runId)
    this.#entries.splice(this.#position({ runId, dueMs }), 1)
  }

  /** Where the entry is, or belongs (binary search). */
  #position (entry: Entry): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(this.#entries[middle] as Entry, entry)) low = middle + 1 // middle < length
      else high = middle
    }
    return low
  }

  #arm (): void {
    clearTimeout(this.#timer)
    const next = this.#entries[0]
    if (next === undefined || this.#onDue === undefined) return
    const sleepMs = Math.min(Math.max(next.dueMs - this.#clock(), 0), LONGEST_SLEEP_MS)
    this.#timer = setTimeout(() => this.#wake(), sleepMs)
  }

  #wake (): void {
    const now = this.#clock()
    const later = this.#entries.findIndex(entry => entry.dueMs > now)
    const due = this.#entries.splice(0, later === -1 ? this.#entries.length : later)
    for (const { runId } of due) this.#dueMs.delete(runId)
    this.#arm()
    if (due.length > 0) this.#onDue?.()
  }
}

function isBefore (a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.runId < b.runId)
}
