/** Reading a log by type and by text. The text is looked for here, piece by piece, so that no case is missed and the thread serves others between. */
import { setImmediate } from 'node:timers/promises'
import type { LogEntry, LogFilter, LogType } from '../types.ts'
import type { Database } from './database.ts'
import { oneOf, type Condition } from './query.ts'

interface LogRow {
  readonly seq: number
  readonly type: LogType
  readonly progress: number | null
  readonly total: number | null
  readonly progress_date: string | null
  /** `msg`, `date`, `extra`, `code`, `params`. */
  readonly doc: string
}

const CHUNK = 1000

export async function readLog (database: Database, runId: string, filter: LogFilter, after: number, limit: number): Promise<LogEntry[]> {
  if (filter.q === undefined || filter.q === '') return rows(database, runId, filter, after, limit).map(entryOf)
  const entries: LogEntry[] = []
  for await (const entry of matching(database, runId, filter, filter.q, after)) {
    if (entries.length === limit) break
    entries.push(entry)
  }
  return entries
}

export async function countLog (database: Database, runId: string, filter: LogFilter): Promise<number> {
  if (filter.q === undefined || filter.q === '') {
    const { sql, values } = ofTypes(filter)
    return database.get<{ count: number }>(`SELECT count(*) AS count FROM log_entries WHERE run = ? AND ${sql}`, runId, ...values)?.count ?? 0
  }
  let count = 0
  const found = matching(database, runId, filter, filter.q, 0)
  while ((await found.next()).done !== true) count++
  return count
}

async function * matching (database: Database, runId: string, filter: LogFilter, q: string, after: number): AsyncGenerator<LogEntry> {
  const wanted = q.toLowerCase()
  for (let last = after; ;) {
    const chunk = rows(database, runId, filter, last, CHUNK)
    for (const row of chunk) {
      const entry = entryOf(row)
      if (entry.msg.toLowerCase().includes(wanted)) yield entry
    }
    const end = chunk.at(-1)
    if (end === undefined || chunk.length < CHUNK) return
    last = end.seq
    await setImmediate()
  }
}

function rows (database: Database, runId: string, filter: LogFilter, after: number, limit: number): LogRow[] {
  const { sql, values } = ofTypes(filter)
  return database.all<LogRow>(
    `SELECT seq, type, progress, total, progress_date, doc FROM log_entries WHERE run = ? AND seq > ? AND ${sql} ORDER BY seq LIMIT ?`,
    runId, after, ...values, limit)
}

function ofTypes ({ types }: LogFilter): Condition {
  return types === undefined ? { sql: 'TRUE', values: [] } : oneOf('type', types)
}

function entryOf (row: LogRow): LogEntry {
  return {
    seq: row.seq,
    type: row.type,
    ...JSON.parse(row.doc), // written by `append` (logs.ts)
    ...(row.progress === null ? {} : { progress: row.progress }),
    ...(row.total === null ? {} : { total: row.total }),
    ...(row.progress_date === null ? {} : { progressDate: row.progress_date })
  }
}
