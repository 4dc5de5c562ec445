/**
 * Deletion of runs and of processings. The log goes first, so that none is left that nobody can find; what its holder adds until the run
 * itself is gone goes after it.
 */
import type { Database } from './database.ts'
import type { Where } from './documents.ts'
import { text } from './encoding.ts'
import { keepSnapshots } from './snapshots.ts'
import { ENDED } from './run-records.ts'

const BATCH = 200

/** `where`: conditions that the run must still meet. */
export async function removeRun (database: Database, id: string, where: Where = {}): Promise<boolean> {
  const run = text(id)
  if (Object.keys(where).length === 0) await database.logs.removeAll({ run })
  const removed = await database.runs.take({ ...where, _id: run }, { slot: 1, processing: 1 })
  if (removed === undefined) return false
  await database.logs.removeAll({ run })
  if (removed.slot !== undefined) await keepSnapshots(database, removed.processing._id)
  return true
}

/** How many ended runs were removed. */
export async function retainRuns (database: Database, processingId: string, keep: number): Promise<number> {
  const ended = { 'processing._id': text(processingId), status: { $in: [...ENDED] } }
  let removed = 0
  for (;;) {
    const batch = await database.runs.many(ended, { sort: { createdAt: -1, _id: -1 }, skip: keep, limit: BATCH, fields: { _id: 1 } })
    for (const { _id } of batch) if (await removeRun(database, _id)) removed++
    if (batch.length < BATCH) return removed
  }
}

/** The runs first, the processing last. A run that is inserted meanwhile takes itself away (runs.ts) when it sees that the processing is gone. */
export async function removeProcessing (database: Database, id: string): Promise<boolean> {
  await removeRuns(database, id)
  const removed = await database.processings.remove({ _id: text(id) })
  if (removed) await removeRuns(database, id)
  return removed
}

async function removeRuns (database: Database, processingId: string): Promise<void> {
  for (;;) {
    const batch = await database.runs.many({ 'processing._id': text(processingId) }, { sort: { createdAt: 1, _id: 1 }, limit: BATCH, fields: { _id: 1 } })
    for (const { _id } of batch) await removeRun(database, _id)
    if (batch.length < BATCH) return
  }
}
