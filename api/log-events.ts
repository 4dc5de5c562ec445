/**
 * The log of a run as a sequence of Server-Sent Events, from any sequence number on, until the run has ended.
 *
 *   event: log       id: <seq>   a new entry
 *   event: progress              { seq, msg, progress, total, progressDate } of a task entry that was updated in place
 *   event: status                { status, … } of the run, first and whenever it changes; the last one after the last entry
 *   event: end                   the run has ended (or is gone) and everything was sent
 *   : heartbeat
 *
 * The store is read; the bus only says when. One turn: 1. the run  2. entries not sent yet  3. progress of open tasks. The run is read
 * before the log, so that a log read after an ended run is whole.
 */
import type { LogEntry, Run, Store } from '../store/types.ts'
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

const PAGE = 500
/** Tasks whose progress is followed at the same time; the newest ones. */
const MAX_TASKS = 32

/** Yields texts to be sent as they are. A reader who is slow is waited for: nothing is read ahead. */
export async function * logEvents (store: Store, waker: Waker, options: LogEventsOptions): AsyncGenerator<string> {
  const tasks = new OpenTasks()
  let seq = 0
  let status = ''
  let sentAt = 0
  // A reader who resumes has missed the progress of tasks that he has already: they are looked up, not sent again.
  for await (const entry of entriesUpTo(store, options.runId, options.after)) {
    seq = entry.seq
    tasks.add(entry, undefined)
  }
  while (!options.signal.aborted) {
    const run = await store.runs.get(options.runId)
    const news = run !== undefined && run.status !== status ? event('status', statusOf(run, options.viewer)) : undefined
    status = run?.status ?? status
    const ended = run === undefined || isEnded(run)
    if (news !== undefined && !ended) yield news // the last status follows the last line
    for await (const entry of entriesAfter(store, options.runId, seq)) {
      seq = entry.seq
      tasks.add(entry, entry.progressDate)
      if (!isVisible(entry, options.viewer.session)) continue
      sentAt = Date.now()
      yield event('log', presentEntry(entry, options.viewer.locale), seq)
    }
    for (const entry of await tasks.changed(store, options.runId)) {
      sentAt = Date.now()
      yield event('progress', { seq: entry.seq, msg: entry.msg, progress: entry.progress, total: entry.total, progressDate: entry.progressDate })
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

/** Task entries that are not complete, with the progress that the reader knows. */
class OpenTasks {
  readonly #known = new Map<number, string | undefined>()

  add (entry: LogEntry, known: string | undefined): void {
    if (entry.type !== 'task') return
    if (isComplete(entry) && known === entry.progressDate) return
    this.#known.set(entry.seq, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_TASKS && oldest !== undefined) this.#known.delete(oldest)
  }

  /** Those whose progress is another than the reader knows. */
  async changed (store: Store, runId: string): Promise<LogEntry[]> {
    const changed: LogEntry[] = []
    for (const [seq, known] of this.#known) {
      const [entry] = await store.logs.read(runId, { after: seq - 1, limit: 1 })
      if (entry?.progressDate === undefined || entry.progressDate === known) continue
      changed.push(entry)
      if (isComplete(entry)) this.#known.delete(seq)
      else this.#known.set(seq, entry.progressDate)
    }
    return changed
  }
}

async function * entriesAfter (store: Store, runId: string, after: number): AsyncGenerator<LogEntry> {
  for (let last = after; ;) {
    const page = await store.logs.read(runId, { after: last, limit: PAGE })
    yield * page
    last = page.at(-1)?.seq ?? last
    if (page.length < PAGE) return
  }
}

async function * entriesUpTo (store: Store, runId: string, end: number): AsyncGenerator<LogEntry> {
  if (end === 0) return
  for await (const entry of entriesAfter(store, runId, 0)) {
    if (entry.seq > end) return
    yield entry
  }
}

function isComplete ({ progress, total }: LogEntry): boolean {
  return progress !== undefined && total !== undefined && progress >= total
}

function isEnded ({ status }: Run): boolean {
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
