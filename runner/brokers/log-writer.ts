/** Writes the log of one run to the store: in order, in batches, one write at a time. */
import { setTimeout as delay } from 'node:timers/promises'
import { ProgressQueue } from './progress-queue.ts'
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
/** Between two values of one task: a reader looks at the stored value, and should see each. */
const PACE_MS = 15

/**
 * While a batch is on its way the next one collects. What waits is bounded by the limits of the log, which the broker applies
 * before it calls `append`; of progress see progress-queue.ts.
 */
export class LogWriter {
  readonly #options: LogWriterOptions
  #entries: LogEntry[] = []
  readonly #progress = new ProgressQueue()
  /** Somebody waits for the end. */
  #flushing = 0
  #endPause = (): void => {}
  #working: Promise<void> | undefined
  #state: 'open' | 'fenced' | 'broken' = 'open'

  constructor (options: LogWriterOptions) {
    this.#options = options
  }

  append (entry: LogEntry): void {
    if (this.#state !== 'open') return
    this.#entries.push(entry)
    this.#endPause() // a line waits for no bar
    this.#work()
  }

  /** Of the task entry `seq`, which may still be waiting. */
  progress (seq: number, progress: TaskProgress): void {
    if (this.#state !== 'open') return
    const first = this.#entries[0]
    const index = first === undefined ? -1 : seq - first.seq // sequence numbers have no gap
    const waiting = this.#entries[index]
    if (waiting === undefined || waiting.progressDate !== undefined) this.#progress.add(seq, progress)
    else this.#entries[index] = { ...waiting, ...progress }
    this.#work()
  }

  /** Resolves when all that was given is written, or will never be. Never rejects. */
  async flush (): Promise<void> {
    this.#flushing++
    this.#endPause()
    while (this.#working !== undefined) await this.#working
    this.#flushing--
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
        if (this.#progress.size > 0 && this.#entries.length === 0) await this.#pause()
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
    if (batch.some(({ type }) => type === 'step')) await this.#settleTasks(batch)
    if (this.#state !== 'open') return
    await this.#persist(async retry => {
      if (retry) {
        // The write that failed may have been done all the same.
        const last = await logs.last(runId)
        batch = batch.filter(entry => entry.seq > last)
      }
      return batch.length === 0 || await logs.append(runId, attempt, batch)
    })
  }

  /** Before a new step begins, the tasks of those before it stand where they came to; what lies between is not shown. */
  async #settleTasks (batch: LogEntry[]): Promise<void> {
    const { logs, runId, attempt } = this.#options
    const first = batch[0]?.seq ?? 0
    for (const [seq, progress] of this.#progress.takeLast()) {
      if (this.#state !== 'open') return
      const waiting = batch[seq - first]
      if (waiting !== undefined) batch[seq - first] = { ...waiting, ...progress }
      else if (seq < first) await this.#persist(() => logs.progress(runId, attempt, seq, progress))
      else this.#progress.add(seq, progress) // its task comes after this batch
    }
  }

  async #writeProgress (): Promise<void> {
    const { logs, runId, attempt } = this.#options
    for (const [seq, progress] of this.#flushing > 0 ? this.#progress.takeLast() : this.#progress.takeFirst()) {
      if (this.#state !== 'open') return
      await this.#persist(() => logs.progress(runId, attempt, seq, progress))
    }
  }

  async #pause (): Promise<void> {
    if (this.#flushing > 0) return
    await new Promise<void>(resolve => {
      this.#endPause = resolve
      setTimeout(resolve, PACE_MS)
    })
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
