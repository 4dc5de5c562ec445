/**
 * Finds due runs early. The run document is the truth: a queue only says, soon after the time, that something is due, and
 * whoever is told reads the store. So a lost entry costs latency (a reconciler asks the store), never a run, and an
 * entry too many costs one look at the store.
 */
export interface Queue {
  /**
   * Remembers that a run is due at `dueAt` (ISO 8601, UTC; in the past: at once). A second call with the same run id moves it.
   * Memory is bounded: a full queue forgets the entry that is due last. Dates may lie years ahead. After `close`: does nothing.
   * Throws `TypeError` for what is no date.
   */
  schedule(runId: string, dueAt: string): Promise<void>
  /** Forgets a run. An unknown one is no error. */
  cancel(runId: string): Promise<void>
  /** From now on `onDue` is called at or after each due time, once for all runs that are due together. It must not throw. */
  start(onDue: () => void): Promise<void>
  /** No more calls of `onDue` once it has resolved. Closing twice is harmless. */
  close(): Promise<void>
}
