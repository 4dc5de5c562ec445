/**
 * Processings. The snapshots are not stored with them: nextRun is the run that waits, lastRun the one that is held, both
 * found by their slot, else the last one that ended (table `last_runs`). So a run's life never rewrites a processing.
 */
import { StoreError, type Processing, type ProcessingStore } from '../types.ts'
import { titleWords } from '../title-words.ts'
import type { Database } from './database.ts'
import { applyPatch } from './processing-patch.ts'
import { keepTitleWords, processingColumns, processingOf, type ProcessingRow } from './processing-records.ts'
import { insertInto, list, ownedBy, wholeNumber, type Condition, type SortColumns } from './query.ts'
import { removeProcessing } from './removal.ts'

const SELECT = `
  SELECT processings.doc AS processing_doc, processings.config, last_runs.run AS last_run, runs.*
  FROM processings
  LEFT JOIN last_runs ON last_runs.processing = processings.id
  LEFT JOIN runs ON runs.slot = processings.id`

const UNARMED = `${SELECT} WHERE processings.armed = 1 AND runs.id IS NULL ORDER BY processings.id LIMIT ?`

const HELD_FOR = 'SELECT 1 FROM runs WHERE id = ? AND processing = ? AND attempt = ? AND runner IS NOT NULL'

const COLUMNS: SortColumns = new Map([
  ['_id', 'processings.id'], ['title', 'processings.title'], ['plugin', 'processings.plugin'],
  ['created.date', 'processings.created_date'], ['updated.date', 'processings.updated_date']
])

export function sqliteProcessings (database: Database): ProcessingStore {
  return {
    insert: async processing => database.transaction(() => insert(database, processing)),
    get: async id => get(database, id),

    async list (filter, page) {
      const conditions = [...ownedBy('processings', filter.owner), ...matching(filter.q)]
      const { results, count } = list<ProcessingRow>(database, { select: SELECT, table: 'processings', conditions, columns: COLUMNS }, page)
      return { results: results.map(processingOf), count }
    },

    patch: async (id, set, unset = []) => database.transaction(() => applyPatch(database, id, set, unset) ? get(database, id) : undefined),
    mergeConfig: async (id, runId, attempt, patch) => database.transaction(() => mergeConfig(database, id, runId, attempt, patch)),
    remove: async id => removeProcessing(database, id),
    unarmed: async limit => database.all<ProcessingRow>(UNARMED, wholeNumber('limit', limit)).map(processingOf)
  }
}

function insert (database: Database, processing: Processing): void {
  const columns = processingColumns(processing)
  const inserted = database.run(`${insertInto('processings', columns)} ON CONFLICT (id) DO NOTHING`, ...Object.values(columns))
  if (inserted === 0) throw new StoreError('duplicate', `processing ${processing._id} exists already`)
  keepTitleWords(database, processing._id, processing.title)
}

function get (database: Database, id: string): Processing | undefined {
  const row = database.get<ProcessingRow>(`${SELECT} WHERE processings.id = ?`, id)
  return row === undefined ? undefined : processingOf(row)
}

function mergeConfig (database: Database, id: string, runId: string, attempt: number, patch: Record<string, unknown>): Record<string, unknown> | undefined {
  if (database.get(HELD_FOR, runId, id, attempt) === undefined) return undefined
  const found = database.get<{ config: string | null }>('SELECT config FROM processings WHERE id = ?', id)
  // Through JSON first: a key set to undefined says nothing. Spread, not assignment: `__proto__` is a key like any other.
  const merged = JSON.stringify({ ...JSON.parse(found?.config ?? '{}'), ...JSON.parse(JSON.stringify(patch)) })
  database.run('UPDATE processings SET config = ? WHERE id = ?', merged, id)
  return JSON.parse(merged)
}

/** Each word sought must begin a word of the title. A text without any word finds nothing; an empty one is no filter. */
function matching (q: string | undefined): Condition[] {
  if (q === undefined || q === '') return []
  const words = titleWords(q)
  if (words.length === 0) return [{ sql: 'FALSE', values: [] }]
  return words.map(word => ({
    sql: 'processings.id IN (SELECT processing FROM title_words WHERE word >= ? AND word < ?)',
    values: [word, `${word}\u{10FFFF}`]
  }))
}
