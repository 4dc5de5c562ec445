/** Log entries: one row each, in the order of their run and number. Their progress has columns of its own, since it alone changes. */
import { StoreError, type LogEntry, type LogStore, type LogType } from '../types.ts'
import type { Database } from './database.ts'
import { wholeNumber } from './query.ts'

interface LogRow {
  readonly seq: number
  readonly type: LogType
  readonly progress: number | null
  readonly total: number | null
  readonly progress_date: string | null
  /** `msg`, `date`, `extra`, `code`, `params`. */
  readonly doc: string
}

const INSERT = 'INSERT INTO log_entries (run, seq, type, progress, total, progress_date, doc) VALUES (?, ?, ?, ?, ?, ?, ?)'

const PROGRESS = `
  UPDATE log_entries SET progress = ?, total = ?, progress_date = ?
  WHERE run = ? AND seq = ? AND type = 'task' AND EXISTS (SELECT 1 FROM runs WHERE id = ? AND attempt = ?)`

const READ = `
  SELECT seq, type, progress, total, progress_date, doc FROM log_entries
  WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?`

export function sqliteLogs (database: Database): LogStore {
  return {
    append: async (runId, attempt, entries) => entries.length === 0
      ? isCurrent(database, runId, attempt)
      : database.transaction(() => append(database, runId, attempt, entries)),

    async progress (runId, attempt, seq, { progress, total, progressDate }) {
      return database.run(PROGRESS, progress, total, progressDate, runId, seq, runId, attempt) === 1
    },

    async read (runId, { after = 0, limit }) {
      return database.all<LogRow>(READ, runId, after, wholeNumber('limit', limit)).map(entryOf)
    },

    last: async runId => last(database, runId)
  }
}

/** The attempt is enough: the holder of a run may add to its log after it has ended, until somebody else claims it. */
function append (database: Database, runId: string, attempt: number, entries: readonly LogEntry[]): boolean {
  if (!isCurrent(database, runId, attempt)) return false
  let expected = last(database, runId) + 1
  for (const { seq, type, progress, total, progressDate, ...doc } of entries) {
    if (seq !== expected) throw new StoreError('sequence', `log of run ${runId}: entry ${expected} is wanted, found ${seq}`)
    database.run(INSERT, runId, seq, type, progress ?? null, total ?? null, progressDate ?? null, JSON.stringify(doc))
    expected++
  }
  return true
}

function isCurrent (database: Database, runId: string, attempt: number): boolean {
  return database.get('SELECT 1 FROM runs WHERE id = ? AND attempt = ?', runId, attempt) !== undefined
}

function last (database: Database, runId: string): number {
  return database.get<{ last: number | null }>('SELECT max(seq) AS last FROM log_entries WHERE run = ?', runId)?.last ?? 0
}

function entryOf (row: LogRow): LogEntry {
  return {
    seq: row.seq,
    type: row.type,
    ...JSON.parse(row.doc), // written by `append`
    ...(row.progress === null ? {} : { progress: row.progress }),
    ...(row.total === null ? {} : { total: row.total }),
    ...(row.progress_date === null ? {} : { progressDate: row.progress_date })
  }
}
