/**
 * The log of a run as a sequence of Server-Sent Events, from any sequence number on, until the run has ended.
 *
 *   event: log       id: <seq>   a new entry
 *   event: progress              { seq, msg, progress, total, progressDate } of a task entry that was updated in place
 *   event: status                { status, … } of the run, first and whenever it changes; the last one after the last entry
 *   event: end                   the run has ended (or is gone) and everything was sent
 *   : heartbeat
 *
 * The store is read; the bus only says when. One turn: 1. the run  2. entries not sent yet, and between them the progress of open
 * tasks that was made before  3. progress of open tasks. The run is read before the log, so that a log read after an ended run is whole.
 */
import type { LogEntry, Run, Store } from '../store/types.ts'
import { entriesAfter, pagesAfter } from './log-pages.ts'
import { isVisible, presentEntry, presentRun, type Viewer } from './present.ts'
import type { Waker } from './waker.ts'

export interface LogEventsOptions {
  readonly runId: string
  readonly viewer: Viewer
  /** The last sequence number that the reader has. */
  readonly after: number
  readonly pollMs: number
  readonly heartbeatMs: number
  readonly signal: AbortSignal
}

/** Tasks whose progress is followed at the same time; the newest ones. */
const MAX_TASKS = 32

/** Yields texts to be sent as they are. A reader who is slow is waited for: nothing is read ahead. */
export async function * logEvents (store: Store, waker: Waker, options: LogEventsOptions): AsyncGenerator<string> {
  const tasks = new OpenTasks()
  let seq = 0
  let status = ''
  let sentAt = 0
  // A reader who resumes has missed the progress of tasks that he has already: they are looked up, not sent again.
  if (options.after > 0) {
    for await (const entry of entriesAfter(store.logs, options.runId, 0, { types: ['task'] })) {
      if (entry.seq > options.after) break
      tasks.add(entry, undefined)
    }
    seq = Math.min(options.after, await store.logs.last(options.runId))
  }
  while (!options.signal.aborted) {
    const run = await store.runs.get(options.runId)
    const news = run !== undefined && run.status !== status ? event('status', statusOf(run, options.viewer)) : undefined
    status = run?.status ?? status
    const ended = run === undefined || isEnded(run)
    if (news !== undefined && !ended) yield news // the last status follows the last line
    for await (const page of pagesAfter(store.logs, options.runId, seq)) {
      for (const entry of inOrder(page, await tasks.changed(store, options.runId))) {
        const isNew = entry.seq > seq
        if (isNew) {
          seq = entry.seq
          tasks.add(entry, progressOf(entry))
          if (!isVisible(entry, options.viewer.session)) continue
        }
        sentAt = Date.now()
        yield isNew ? event('log', presentEntry(entry, options.viewer.locale), seq) : progressEvent(entry)
      }
    }
    for (const entry of await tasks.changed(store, options.runId)) {
      sentAt = Date.now()
      yield progressEvent(entry)
    }
    if (news !== undefined) sentAt = Date.now()
    if (ended) {
      if (news !== undefined) yield news
      yield event('end', { status: run?.status ?? 'deleted' })
      return
    }
    if (Date.now() - sentAt >= options.heartbeatMs) {
      sentAt = Date.now()
      yield ': heartbeat\n\n'
    }
    await waker.wait(Math.min(options.pollMs, options.heartbeatMs))
  }
}

/** New entries, and before each the progress that was made by then: what a task came to is told before the next step begins. */
function inOrder (page: readonly LogEntry[], progressed: readonly LogEntry[]): LogEntry[] {
  const waiting = progressed.toSorted((a, b) => compare(a.progressDate ?? '', b.progressDate ?? ''))
  const ordered: LogEntry[] = []
  for (const entry of page) {
    const made = waiting.findIndex(({ progressDate = '' }) => progressDate > entry.date)
    ordered.push(...waiting.splice(0, made === -1 ? waiting.length : made), entry)
  }
  return [...ordered, ...waiting]
}

function compare (a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function progressEvent ({ seq, msg, progress, total, progressDate }: LogEntry): string {
  return event('progress', { seq, msg, progress, total, progressDate })
}

/** Task entries that are not complete, with the progress that the reader knows. */
class OpenTasks {
  readonly #known = new Map<number, string | undefined>()

  add (entry: LogEntry, known: string | undefined): void {
    if (entry.type !== 'task') return
    if (isComplete(entry) && known === progressOf(entry)) return
    this.#known.set(entry.seq, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_TASKS && oldest !== undefined) this.#known.delete(oldest)
  }

  /** Those whose progress is another than the reader knows. */
  async changed (store: Store, runId: string): Promise<LogEntry[]> {
    const changed: LogEntry[] = []
    for (const [seq, known] of this.#known) {
      const [entry] = await store.logs.read(runId, { after: seq - 1, limit: 1 })
      if (entry?.progressDate === undefined || progressOf(entry) === known) continue
      changed.push(entry)
      if (isComplete(entry)) this.#known.delete(seq)
      else this.#known.set(seq, progressOf(entry))
    }
    return changed
  }
}

/** The date alone would not do: two values may come within a millisecond. */
function progressOf ({ progress, total, progressDate }: LogEntry): string | undefined {
  return progressDate === undefined ? undefined : `${progressDate} ${progress} ${total}`
}

function isComplete ({ progress, total }: LogEntry): boolean {
  return progress !== undefined && total !== undefined && progress >= total
}

export function isEnded ({ status }: Pick<Run, 'status'>): boolean {
  return status === 'finished' || status === 'error' || status === 'killed'
}

function statusOf (run: Run, viewer: Viewer): Record<string, unknown> {
  const { _id, status, createdAt, scheduledAt, startedAt, finishedAt, outcome } = presentRun(run, viewer)
  return { _id, status, createdAt, scheduledAt, startedAt, finishedAt, outcome }
}

/** JSON has no line break: one `data` line is enough. */
function event (name: string, data: Record<string, unknown>, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
