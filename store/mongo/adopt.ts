/**
 * Documents of data-fair/processings, which lack the fields that this driver finds them by. Nothing else of them changes; what has them is
 * found by an index and left alone, so that a start costs nothing afterwards. Several processes may do it at once.
 */
import type { Database } from './database.ts'
import { text, toStored } from './encoding.ts'
import { unlessDuplicate } from './errors.ts'
import { titleWords } from '../title-words.ts'
import { isArmed } from './processing-records.ts'
import { HELD } from './run-records.ts'

const BATCH = 500

export async function adopt (database: Database): Promise<void> {
  await adoptProcessings(database)
  // A processing may have one live run: the one that goes on first, then the one that somebody has asked for.
  for (const status of [...HELD, 'triggered', 'scheduled'] as const) await adoptRuns(database, status)
}

async function adoptProcessings (database: Database): Promise<void> {
  for (;;) {
    const batch = await database.processings.many({ 'kept.armed': null }, { limit: BATCH, fields: { title: 1, active: 1, scheduling: 1 } })
    for (const { _id, title, active, scheduling } of batch) {
      await database.processings.update({ _id: text(_id), 'kept.armed': null }, {
        $set: { 'kept.armed': isArmed({ active, scheduling }), 'kept.words': toStored(titleWords(String(title ?? ''))) }
      })
    }
    if (batch.length < BATCH) return
  }
}

/** One that stands behind another live run of its processing is left as it is: nothing starts it. */
async function adoptRuns (database: Database, status: string): Promise<void> {
  const runs = await database.runs.many({ status, attempt: null }, { sort: { scheduledAt: 1 }, fields: { processing: 1, scheduledAt: 1, createdAt: 1 } })
  for (const { _id, processing, scheduledAt, createdAt } of runs) {
    const waits = status === 'scheduled' || status === 'triggered'
    await unlessDuplicate(database.runs.update({ _id: text(_id), status, attempt: null }, {
      $set: { attempt: 0, slot: text(processing._id), ...(waits ? { due: scheduledAt ?? createdAt } : {}) }
    }))
  }
}
