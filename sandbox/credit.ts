/**
 * Holds a pool thread back while the cell's main thread, or the runner behind the pipe, has not taken what it sent: whatever a guest floods,
 * what waits between them is bounded, and the main thread stays able to answer. The guest waits for its thread in turn (bridge.ts, `ack`).
 */

/** Messages of one run on their way. */
const WINDOW = 64
/** Then the thread looks at its own messages again: an abort must reach it though nobody reads the pipe. */
const PATIENCE_MS = 100

export class Credit {
  readonly shared: SharedArrayBuffer
  /** How many messages the main thread has passed on. */
  readonly #taken: Int32Array<SharedArrayBuffer>
  #sent = 0

  /** Both sides are made of the same memory. */
  constructor (shared = new SharedArrayBuffer(4)) {
    this.shared = shared
    this.#taken = new Int32Array(shared)
  }

  /** The thread has sent one. Returns when there is room for the next one, or patience is over. */
  spend (): void {
    this.#sent = (this.#sent + 1) | 0
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const taken = Atomics.load(this.#taken, 0)
      if (((this.#sent - taken) | 0) < WINDOW) return
      const leftMs = deadline - performance.now()
      if (leftMs <= 0 || Atomics.wait(this.#taken, 0, taken, leftMs) === 'timed-out') return
    }
  }

  /** The main thread has passed one on. */
  give (): void {
    Atomics.add(this.#taken, 0, 1)
    Atomics.notify(this.#taken, 0)
  }
}
