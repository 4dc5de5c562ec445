/**
 * Runs. Who may write to one is told by three columns (see schema.ts): `due` while it waits, `runner` while it is held,
 * `finished_at` once it has ended. The snapshots of a processing need no care here, save the one of its last ended run:
 * nextRun, and lastRun while a run is held, are read from the run itself (processings.ts).
 */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type AccountKey, type NewRun, type OutcomeRecord, type PendingResult, type Run, type RunStore } from '../types.ts'
import type { Database, Value } from './database.ts'
import { insertInto, list, oneOf, type SortColumns } from './query.ts'
import { countedValues, finishValues, json, LISTED_COLUMNS, newRunColumns, runOf, snapshotOf, type RunRow } from './run-records.ts'
import { removeRun, retainRuns } from './removal.ts'
import { scopedTo } from './scope.ts'

const SELECT = `SELECT ${LISTED_COLUMNS} FROM runs`

const HELD_WITH = 'WHERE id = ? AND attempt = ? AND runner IS NOT NULL'

const CLAIM = `
  UPDATE runs SET status = 'running', attempt = attempt + 1, started_at = ?, runner = ?, due = NULL
  WHERE id = ? AND due <= ? RETURNING *`

const UPDATE = `UPDATE runs SET effects = coalesce(?, effects), receipt = coalesce(?, receipt) ${HELD_WITH}`

const FINISH = `
  UPDATE runs SET status = ?, finished_at = ?, outcome = ?, effects = coalesce(?, effects), receipt = coalesce(?, receipt),
    delete_on_complete = coalesce(?, delete_on_complete), runner = NULL, slot = 'ended:' || id
  ${HELD_WITH} RETURNING *`

const HAND_BACK = `
  UPDATE runs SET status = 'triggered', due = ?, scheduled_at = ?, resumed = ?, started_at = NULL, runner = NULL
  ${HELD_WITH} AND status = 'running' RETURNING *`

const RESCHEDULE = `
  UPDATE runs SET due = ?, scheduled_at = ?
  WHERE id = ? AND due IS NOT NULL AND attempt = 0 RETURNING *`

const END_PENDING = `
  UPDATE runs SET status = 'killed', finished_at = ?, outcome = ?, due = NULL, slot = 'ended:' || id
  WHERE id = ? RETURNING *`

const KEEP_AS_LAST = `
  INSERT OR REPLACE INTO last_runs (processing, status, created_at, scheduled_at, started_at, finished_at, run)
  VALUES (?, ?, ?, ?, ?, ?, ?)`

const REMOVE_PENDING = 'DELETE FROM runs WHERE slot = ? AND due IS NOT NULL'

/** Without the hint SQLite may walk all runs in the order of their owners. */
const HELD_BY_OWNER = `
  SELECT owner_type AS type, owner_id AS id, count(*) AS count FROM runs INDEXED BY runs_held
  WHERE runner IS NOT NULL GROUP BY owner_type, owner_id`

const LAST_ENDED = `${SELECT} WHERE processing = ? AND finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT ?`

const INDEXED: SortColumns = new Map([['_id', 'runs.id'], ['createdAt', 'runs.created_at']])
/** Sorting by the last three reads all that the filter leaves: only for the runs of some owners or processings. */
const FILTERED: SortColumns = new Map([
  ...INDEXED, ['scheduledAt', 'runs.scheduled_at'], ['startedAt', 'runs.started_at'], ['finishedAt', 'runs.finished_at']
])

/** An account as one text; a type holds no colon. */
const ACCOUNT = "owner_type || ':' || owner_id"

export function sqliteRuns (database: Database): RunStore {
  return {
    replacePending: async run => database.transaction(() => replacePending(database, run)),
    get: async id => one(database, 'SELECT * FROM runs WHERE id = ?', id),

    async list (filter, page) {
      const among = filter.processings === undefined ? [] : [oneOf('runs.processing', filter.processings)]
      const conditions = [...scopedTo('runs', 'runs.processing', filter), ...among]
      const columns = conditions.length === 0 ? INDEXED : FILTERED
      const { results, count } = list<RunRow>(database, { select: SELECT, from: 'runs', conditions, columns }, page)
      return { results: results.map(runOf), count }
    },

    async pending ({ before, limit, except = [] }) {
      const size = wholeNumber('limit', limit)
      const when = before === undefined ? { sql: 'due IS NOT NULL', values: [] } : { sql: 'due <= ?', values: [before] }
      const who = except.length === 0 ? { sql: '', values: [] } : { sql: ` AND ${ACCOUNT} NOT IN (SELECT value FROM json_each(?))`, values: [json(except.map(({ type, id }) => `${type}:${id}`))] }
      return many(database, `${SELECT} WHERE ${when.sql}${who.sql} ORDER BY due, id LIMIT ?`, ...when.values, ...who.values, size)
    },

    claim: async (id, runner, now) => one(database, CLAIM, now, runner, id, now),
    update: async (id, attempt, set) => database.run(UPDATE, ...countedValues(set), id, attempt) === 1,
    finish: async (id, attempt, patch) => database.transaction(() => ended(database, FINISH, ...finishValues(patch), id, attempt)),
    handBack: async (id, attempt, dueAt, resumed) => one(database, HAND_BACK, dueAt, dueAt, json(resumed), id, attempt),
    kill: async (id, now, outcome) => database.transaction(() => kill(database, id, now, outcome)),
    held: async () => many(database, `${SELECT} WHERE runner IS NOT NULL ORDER BY runner, id`),
    heldByOwner: async () => database.all<AccountKey & { count: number }>(HELD_BY_OWNER).map(row => ({ ...row })), // SQLite's rows have no prototype
    reschedule: async (id, scheduledAt) => one(database, RESCHEDULE, scheduledAt, scheduledAt, id),

    async removePending (processingId, only) {
      const which = only === undefined ? '' : "AND status = 'scheduled'"
      const rows = database.all<{ id: string }>(`${REMOVE_PENDING} ${which} RETURNING id`, processingId)
      return rows.map(row => row.id)
    },

    remove: async id => removeRun(database, id),
    retain: async (processingId, keep) => retainRuns(database, processingId, wholeNumber('keep', keep)),
    lastEnded: async (processingId, limit) => many(database, LAST_ENDED, processingId, wholeNumber('limit', limit))
  }
}

/** Inside a transaction: between the look at the slot and the insertion nobody else may take it. */
function replacePending (database: Database, run: NewRun): PendingResult {
  if (run.status !== 'scheduled' && run.status !== 'triggered') {
    throw new StoreError('invalid', `run ${run._id}: a scheduled or triggered run is wanted, found ${run.status}`)
  }
  const active = one(database, `${SELECT} WHERE slot = ?`, run.processing._id)
  if (active !== undefined && active.status !== 'scheduled') return { ok: false, active }
  if (active !== undefined) removeRun(database, active._id)
  if (database.get('SELECT 1 FROM processings WHERE id = ?', run.processing._id) === undefined) {
    throw new StoreError('invalid', `run ${run._id}: its processing ${run.processing._id} does not exist`)
  }
  const columns = newRunColumns(run)
  const inserted = one(database, `${insertInto('runs', columns)} ON CONFLICT (id) DO NOTHING RETURNING *`, ...Object.values(columns))
  if (inserted === undefined) throw new StoreError('duplicate', `run ${run._id} exists already`)
  return { ok: true, run: inserted }
}

function kill (database: Database, id: string, now: string, outcome: OutcomeRecord): Run | undefined {
  const run = one(database, 'SELECT * FROM runs WHERE id = ?', id)
  switch (run?.status) {
    case 'scheduled': case 'triggered': return ended(database, END_PENDING, now, json(outcome), id)
    case 'running': return one(database, "UPDATE runs SET status = 'kill' WHERE id = ? RETURNING *", id)
    case 'kill': return run
    case 'finished': case 'error': case 'killed': case undefined: return undefined
  }
}

/** Runs an update that ends a run, and keeps the result as the last run of its processing. */
function ended (database: Database, sql: string, ...values: Value[]): Run | undefined {
  const run = one(database, sql, ...values)
  if (run === undefined) return undefined
  const { processing, status, createdAt, scheduledAt, startedAt, finishedAt } = run
  const dates = [createdAt, scheduledAt, startedAt, finishedAt].map(date => date ?? null)
  database.run(KEEP_AS_LAST, processing._id, status, ...dates, JSON.stringify(snapshotOf(run)))
  return run
}

function one (database: Database, sql: string, ...values: Value[]): Run | undefined {
  const row = database.get<RunRow>(sql, ...values)
  return row === undefined ? undefined : runOf(row)
}

function many (database: Database, sql: string, ...values: Value[]): Run[] {
  return database.all<RunRow>(sql, ...values).map(runOf)
}
