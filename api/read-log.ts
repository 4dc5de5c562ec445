/** GET /api/v1/runs/:id/log and /log.txt: a log in pages, and as a file. */
import { Readable } from 'node:stream'
import type { LogEntry, LogFilter, LogStore, LogType, Run } from '../store/types.ts'
import { viewerOf } from './access.ts'
import { entriesAfter, entrySize } from './log-pages.ts'
import { entryText } from './log-text.ts'
import { entryMessage, presentEntry, visibleTypes, type Viewer } from './present.ts'
import type { Call } from './routes/route.ts'

export const LOG_TYPES: readonly LogType[] = ['step', 'info', 'warning', 'error', 'debug', 'task']
export const DEFAULT_ENTRIES = 1000
export const MAX_ENTRIES = 10_000
/** Of the texts of one page. */
const MAX_CHARS = 2_097_152
/** What the file is written in. */
const PIECE_CHARS = 65_536

interface LogPage {
  readonly results: Record<string, unknown>[]
  /** `after` of the next page. Absent: there was no more. */
  readonly next?: number
}

/** Parameters have been checked by the route table. A page ends at `limit` entries, or after about 2 MB; it has one entry at least. */
export async function readLogPage ({ ctx, deps: { store }, subject, query }: Call<Run>): Promise<LogPage> {
  const viewer = viewerOf(ctx)
  const limit = Number(query.limit ?? DEFAULT_ENTRIES)
  const { entries, more } = await takeEntries(store.logs, subject._id, { after: Number(query.after ?? 0), limit, filter: filterOf(query, viewer) })
  const next = more ? entries.at(-1)?.seq : undefined
  return { results: entries.map(entry => presentEntry(entry, viewer.locale)), ...(next === undefined ? {} : { next }) }
}

/** The whole log that the viewer may see, read as the reader takes it. Of a run that goes on: until now. */
export function downloadLog ({ ctx, deps: { store }, subject }: Call<Run>): Readable {
  ctx.attachment(`${subject._id}.log.txt`)
  return Readable.from(texts(store.logs, subject._id, viewerOf(ctx)), { objectMode: false, highWaterMark: PIECE_CHARS })
}

async function takeEntries (logs: LogStore, runId: string, { after, limit, filter }: { readonly after: number, readonly limit: number, readonly filter: LogFilter }): Promise<{ readonly entries: LogEntry[], readonly more: boolean }> {
  const entries: LogEntry[] = []
  let chars = 0
  for await (const entry of entriesAfter(logs, runId, after, filter)) {
    chars += entrySize(entry)
    if (entries.length === limit || (entries.length > 0 && chars > MAX_CHARS)) return { entries, more: true }
    entries.push(entry)
  }
  return { entries, more: false }
}

/** `debug` is for super-admins, however it is asked for. */
function filterOf ({ level, q }: Call<Run>['query'], { session }: Viewer): LogFilter {
  const { types: visible = LOG_TYPES } = visibleTypes(session)
  const wanted = level?.split(',')
  return { types: visible.filter(type => wanted === undefined || wanted.includes(type)), ...(q === undefined ? {} : { q }) }
}

async function * texts (logs: LogStore, runId: string, { session, locale }: Viewer): AsyncGenerator<string> {
  let piece = ''
  for await (const entry of entriesAfter(logs, runId, 0, visibleTypes(session))) {
    piece += entryText({ ...entry, msg: entryMessage(entry, locale) })
    if (piece.length < PIECE_CHARS) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
