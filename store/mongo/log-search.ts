/** Reading a log by type and by text. The text is looked for here, piece by piece, so that no case is missed and no pattern is made of it. */
import type { LogEntry, LogFilter } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored, Where } from './documents.ts'
import { embeddedLog } from './embedded-logs.ts'
import { text } from './encoding.ts'
import { oneOf } from './query.ts'

const CHUNK = 1000

export async function readLog (database: Database, runId: string, filter: LogFilter, after: number, limit: number): Promise<LogEntry[]> {
  if (limit === 0) return []
  if (hasText(filter)) {
    const entries: LogEntry[] = []
    for await (const entry of matching(database, runId, filter, after)) {
      if (entries.push(entry) === limit) break
    }
    return entries
  }
  return await pieceOf(database, runId, filter, after, limit)
}

export async function countLog (database: Database, runId: string, filter: LogFilter): Promise<number> {
  if (!hasText(filter)) return (await embedded(database, runId, filter, 0))?.length ?? await database.logs.count(entriesOf(runId, filter, 0))
  let count = 0
  const found = matching(database, runId, filter, 0)
  while ((await found.next()).done !== true) count++
  return count
}

export async function lastOf (database: Database, runId: string): Promise<number> {
  const run = await database.runs.one({ _id: text(runId) }, { logged: 1 })
  if (run === undefined) return 0
  return run.logged ?? (await embeddedLog(database, runId))?.length ?? 0
}

async function * matching (database: Database, runId: string, filter: LogFilter, after: number): AsyncGenerator<LogEntry> {
  const wanted = filter.q?.toLowerCase() ?? ''
  for (let last = after; ;) {
    const piece = await pieceOf(database, runId, filter, last, CHUNK)
    for (const entry of piece) if (entry.msg.toLowerCase().includes(wanted)) yield entry
    const end = piece.at(-1)
    if (end === undefined || piece.length < CHUNK) return
    last = end.seq
  }
}

async function pieceOf (database: Database, runId: string, filter: LogFilter, after: number, limit: number): Promise<LogEntry[]> {
  const inRun = await embedded(database, runId, filter, after)
  if (inRun !== undefined) return inRun.slice(0, limit)
  return (await database.logs.many(entriesOf(runId, filter, after), { sort: { seq: 1 }, limit, fields: { _id: 0, run: 0, attempt: 0 } })).map(asEntry)
}

/** Undefined: the log is in its own collection. */
async function embedded (database: Database, runId: string, { types }: LogFilter, after: number): Promise<LogEntry[] | undefined> {
  const entries = await embeddedLog(database, runId)
  return entries?.filter(({ seq, type }) => seq > after && types?.includes(type) !== false)
}

function entriesOf (runId: string, { types }: LogFilter, after: number): Where {
  return { run: text(runId), ...(after > 0 ? { seq: { $gt: after } } : {}), ...(types === undefined ? {} : oneOf('type', types)) }
}

function asEntry (stored: Stored): LogEntry {
  return stored as LogEntry // what `append` or `splitLog` wrote, without the fields that name the run
}

function hasText ({ q }: LogFilter): boolean {
  return q !== undefined && q !== ''
}
