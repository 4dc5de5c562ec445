/** Writes the log of one run to the store: in order, in batches, one write at a time. */
import { setTimeout as delay } from 'node:timers/promises'
import { StoreError, type LogEntry, type LogStore, type TaskProgress } from '../../store/types.ts'

export interface LogWriterOptions {
  readonly logs: LogStore
  readonly runId: string
  readonly attempt: number
  /** After each write: readers may be woken. */
  readonly onAppended: () => void
  /** Once: the run belongs to another attempt. Everything later is dropped. */
  readonly onFenced: () => void
  /** Once: the store has refused for too long. Everything later is dropped. */
  readonly onError: (error: unknown) => void
}

const BATCH_ENTRIES = 500
/** Waits between tries of a write that fails: about ten seconds in all. */
const RETRY_MS = [50, 100, 200, 400, 800, 1_600, 3_200, 3_200]

/**
 * While a batch is on its way the next one collects. What waits is bounded by the limits of the log, which the broker applies
 * before it calls `append`; progress keeps the latest value of each task.
 */
export class LogWriter {
  readonly #options: LogWriterOptions
  #entries: LogEntry[] = []
  readonly #progress = new Map<number, TaskProgress>()
  #working: Promise<void> | undefined
  #state: 'open' | 'fenced' | 'broken' = 'open'

  constructor (options: LogWriterOptions) {
    this.#options = options
  }

  append (entry: LogEntry): void {
    if (this.#state !== 'open') return
    this.#entries.push(entry)
    this.#work()
  }

  /** Of the task entry `seq`, which may still be waiting. */
  progress (seq: number, progress: TaskProgress): void {
    if (this.#state !== 'open') return
    const first = this.#entries[0]
    const index = first === undefined ? -1 : seq - first.seq // sequence numbers have no gap
    const waiting = this.#entries[index]
    if (waiting === undefined) this.#progress.set(seq, progress)
    else this.#entries[index] = { ...waiting, ...progress }
    this.#work()
  }

  /** Resolves when all that was given is written, or will never be. Never rejects. */
  async flush (): Promise<void> {
    while (this.#working !== undefined) await this.#working
  }

  #work (): void {
    this.#working ??= this.#run()
  }

  /** Never rejects. Nothing is awaited between the last look at what waits and the end: what is added later starts it again. */
  async #run (): Promise<void> {
    await new Promise(resolve => setImmediate(resolve)) // what this turn of the event loop brings goes together
    try {
      while (this.#state === 'open' && (this.#entries.length > 0 || this.#progress.size > 0)) {
        if (this.#entries.length > 0) await this.#writeEntries()
        else await this.#writeProgress()
        if (this.#state === 'open') this.#options.onAppended()
      }
    } catch (error) {
      this.#break(error)
    } finally {
      this.#working = undefined
    }
  }

  async #writeEntries (): Promise<void> {
    const { logs, runId, attempt } = this.#options
    let batch = this.#entries.splice(0, BATCH_ENTRIES)
    await this.#persist(async retry => {
      if (retry) {
        // The write that failed may have been done all the same.
        const last = await logs.last(runId)
        batch = batch.filter(entry => entry.seq > last)
      }
      return batch.length === 0 || await logs.append(runId, attempt, batch)
    })
  }

  async #writeProgress (): Promise<void> {
    const { logs, runId, attempt } = this.#options
    const latest = [...this.#progress]
    this.#progress.clear()
    for (const [seq, progress] of latest) {
      if (this.#state !== 'open') return
      await this.#persist(() => logs.progress(runId, attempt, seq, progress))
    }
  }

  async #persist (write: (retry: boolean) => Promise<boolean>): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        if (!await write(tries > 0)) this.#fence()
        return
      } catch (error) {
        const waitMs = RETRY_MS[tries]
        const hopeless = waitMs === undefined || (error instanceof StoreError && error.code !== 'unavailable' && tries > 0)
        if (hopeless) return this.#break(error)
        await delay(waitMs)
      }
    }
  }

  #fence (): void {
    this.#end('fenced')
    this.#options.onFenced()
  }

  #break (error: unknown): void {
    if (this.#state !== 'open') return
    this.#end('broken')
    this.#options.onError(error)
  }

  #end (state: 'fenced' | 'broken'): void {
    this.#state = state
    this.#entries = []
    this.#progress.clear()
  }
}
