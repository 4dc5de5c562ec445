/** Processings. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type Processing, type ProcessingStore } from '../types.ts'
import type { Database } from './database.ts'
import { text } from './encoding.ts'
import { facetsOf, listProcessings } from './processing-lists.ts'
import { applyPatch, mergeConfig } from './processing-patch.ts'
import { storedProcessing } from './processing-records.ts'
import { findProcessing, withRuns } from './processings-read.ts'
import { removeProcessing } from './removal.ts'

/** Processings of which one look at the runs is taken. */
const BATCH = 1000

export function mongoProcessings (database: Database): ProcessingStore {
  return {
    async insert (processing) {
      if (await database.processings.insert(storedProcessing(processing))) return
      throw new StoreError('duplicate', `processing ${processing._id} exists already`)
    },

    get: async id => await findProcessing(database, id),
    list: async (filter, page) => await listProcessings(database, filter, page),
    facets: async (filter, wanted) => await facetsOf(database, filter, wanted),
    patch: async (id, set, unset = [], { ifRevision } = {}) =>
      await applyPatch(database, id, set, unset, ifRevision) ? await findProcessing(database, id) : undefined,
    mergeConfig: async (id, runId, attempt, patch) => await mergeConfig(database, id, runId, attempt, patch),
    remove: async id => await removeProcessing(database, id),
    unarmed: async limit => await unarmed(database, wholeNumber('limit', limit))
  }
}

/** Asks the runs themselves, by an index that holds the live ones alone: a snapshot may be late. */
async function unarmed (database: Database, limit: number): Promise<Processing[]> {
  const found: unknown[] = []
  for (let last: unknown; found.length < limit;) {
    const where = { 'kept.armed': true, ...(last === undefined ? {} : { _id: { $gt: last } }) }
    const ids = (await database.processings.many(where, { sort: { _id: 1 }, limit: BATCH, fields: { _id: 1 } })).map(({ _id }) => text(_id))
    const live = new Set((await database.runs.many({ slot: { $in: ids } }, { fields: { slot: 1 } })).map(({ slot }) => slot))
    found.push(...ids.filter(id => !live.has(id)))
    if (ids.length < BATCH) break
    last = ids.at(-1)
  }
  const wanted = found.slice(0, limit)
  if (wanted.length === 0) return []
  return await withRuns(database, await database.processings.many({ _id: { $in: wanted } }, { sort: { _id: 1 } }))
}
