/**
 * Asynchronous operations of one run that take turns: so many at once, the others wait. A lane whose operations compute counts the time of
 * those that go on as well, so that it is known before they end. An estimate: libuv tells nobody what its threads have used.
 */

/** Operations that wait, and their bytes, in one lane. */
const WAITING = 4_096
const WAITING_BYTES = 67_108_864

interface Waiter { readonly bytes: number, readonly begin: () => Promise<void> }

export class Lane {
  readonly #atOnce: number
  readonly #queue: Waiter[] = []
  /** When each that goes on was begun. */
  readonly #since = new Set<{ readonly at: number }>()
  #queuedBytes = 0
  #endedMs = 0
  #closed = false

  constructor (atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Those that go on: nothing ends them, also after `close`. */
  get running (): number { return this.#since.size }
  get waiting (): number { return this.#queue.length }

  /** Of all that were begun, so far. */
  get busyMs (): number {
    const now = performance.now()
    return [...this.#since].reduce((sum, { at }) => sum + now - at, this.#endedMs)
  }

  hasRoomFor (bytes: number): boolean {
    return this.#queue.length < WAITING && this.#queuedBytes + bytes <= WAITING_BYTES
  }

  /** `work` must not reject. */
  add (bytes: number, work: () => Promise<void>): void {
    this.#queue.push({ bytes, begin: work })
    this.#queuedBytes += bytes
    this.#next()
  }

  /** Nothing is begun any more. */
  close (): void {
    this.#closed = true
    this.#queue.length = 0
    this.#queuedBytes = 0
  }

  #next (): void {
    while (this.#since.size < this.#atOnce && !this.#closed) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#queuedBytes -= next.bytes
      const begun = { at: performance.now() }
      this.#since.add(begun)
      next.begin().finally(() => {
        this.#since.delete(begun)
        this.#endedMs += performance.now() - begun.at
        this.#next()
      })
    }
  }
}
