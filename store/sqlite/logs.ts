/** Log entries: one row each, in the order of their run and number. Their progress has columns of its own, since it alone changes. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type LogEntry, type LogStore } from '../types.ts'
import type { Database } from './database.ts'
import { countLog, readLog } from './log-search.ts'

const INSERT = 'INSERT INTO log_entries (run, seq, type, progress, total, progress_date, doc) VALUES (?, ?, ?, ?, ?, ?, ?)'

const PROGRESS = `
  UPDATE log_entries SET progress = ?, total = ?, progress_date = ?
  WHERE run = ? AND seq = ? AND type = 'task' AND EXISTS (SELECT 1 FROM runs WHERE id = ? AND attempt = ?)`

export function sqliteLogs (database: Database): LogStore {
  return {
    append: async (runId, attempt, entries) => entries.length === 0
      ? isCurrent(database, runId, attempt)
      : database.transaction(() => append(database, runId, attempt, entries)),

    async progress (runId, attempt, seq, { progress, total, progressDate }) {
      return database.run(PROGRESS, progress, total, progressDate, runId, seq, runId, attempt) === 1
    },

    read: async (runId, { after = 0, limit, ...filter }) => readLog(database, runId, filter, after, wholeNumber('limit', limit)),
    count: async (runId, filter = {}) => countLog(database, runId, filter),
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
