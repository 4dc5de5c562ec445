/**
 * Processings. The snapshots are not stored with them: nextRun is the run that waits, lastRun the one that is held, both
 * found by their slot, else the last one that ended (table `last_runs`). So a run's life never rewrites a processing.
 */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type Processing, type ProcessingStore } from '../types.ts'
import type { Database } from './database.ts'
import { facetsOf, listProcessings } from './processing-lists.ts'
import { applyPatch } from './processing-patch.ts'
import { keepTitleWords, processingColumns, processingOf, selectProcessings, type ProcessingRow } from './processing-records.ts'
import { insertInto } from './query.ts'
import { removeProcessing } from './removal.ts'
import { keepShares } from './scope.ts'

const UNARMED = `${selectProcessings} WHERE processings.armed = 1 AND runs.id IS NULL ORDER BY processings.id LIMIT ?`

const HELD_FOR = 'SELECT 1 FROM runs WHERE id = ? AND processing = ? AND attempt = ? AND runner IS NOT NULL'

export function sqliteProcessings (database: Database): ProcessingStore {
  return {
    insert: async processing => database.transaction(() => insert(database, processing)),
    get: async id => get(database, id),

    list: async (filter, page) => listProcessings(database, filter, page),
    facets: async (filter, wanted) => facetsOf(database, filter, wanted),

    patch: async (id, set, unset = [], { ifRevision } = {}) =>
      database.transaction(() => applyPatch(database, id, set, unset, ifRevision) ? get(database, id) : undefined),
    mergeConfig: async (id, runId, attempt, patch) => database.transaction(() => mergeConfig(database, id, runId, attempt, patch)),
    remove: async id => removeProcessing(database, id),
    unarmed: async limit => database.all<ProcessingRow>(UNARMED, wholeNumber('limit', limit)).map(processingOf)
  }
}

function insert (database: Database, processing: Processing): void {
  const columns = { ...processingColumns(processing), revision: processing.revision ?? 0 }
  const inserted = database.run(`${insertInto('processings', columns)} ON CONFLICT (id) DO NOTHING`, ...Object.values(columns))
  if (inserted === 0) throw new StoreError('duplicate', `processing ${processing._id} exists already`)
  keepTitleWords(database, processing._id, processing.title)
  keepShares(database, processing._id, processing.permissions)
}

function get (database: Database, id: string): Processing | undefined {
  const row = database.get<ProcessingRow>(`${selectProcessings} WHERE processings.id = ?`, id)
  return row === undefined ? undefined : processingOf(row)
}

function mergeConfig (database: Database, id: string, runId: string, attempt: number, patch: Record<string, unknown>): Record<string, unknown> | undefined {
  if (database.get(HELD_FOR, runId, id, attempt) === undefined) return undefined
  const found = database.get<{ config: string | null }>('SELECT config FROM processings WHERE id = ?', id)
  // Through JSON first: a key set to undefined says nothing. Spread, not assignment: `__proto__` is a key like any other.
  const merged = JSON.stringify({ ...JSON.parse(found?.config ?? '{}'), ...JSON.parse(JSON.stringify(patch)) })
  database.run('UPDATE processings SET config = ?, revision = revision + 1 WHERE id = ?', merged, id)
  return JSON.parse(merged)
}
