/** A new run of a processing, in the place of the one that was planned. */
import { isDeepStrictEqual } from 'node:util'
import { StoreError, type NewRun, type PendingResult } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored } from './documents.ts'
import { text, toStored } from './encoding.ts'
import { removeRun } from './removal.ts'
import { isOneOf, runOf, storedRun, WAITING, WHOLE } from './run-records.ts'
import { keepSnapshots, liveRun } from './snapshots.ts'

/** Each time somebody else has come first: with another planned run, which is replaced in its turn. */
const TRIES = 100

/**
 * 1. What must hold is looked at first, so that a refused run removes nothing.
 * 2. The planned run goes, by a compare-and-set on its status: cut short here, the processing has no run, and is armed again (`unarmed`).
 * 3. The new one is inserted; the unique index of `slot` lets one of many through, and the others decide anew.
 * 4. The run is shared as its processing is now, whatever the caller has seen: who changes the permissions writes the processing first,
 *    then the runs that he finds.
 * 5. The processing is told. If it is gone meanwhile, the run goes too.
 */
export async function replacePending (database: Database, run: NewRun): Promise<PendingResult> {
  if (!isOneOf(WAITING, run.status)) throw new StoreError('invalid', `run ${run._id}: a scheduled or triggered run is wanted, found ${run.status}`)
  const processingId = run.processing._id
  for (let tries = 0; tries < TRIES; tries++) {
    const active = await liveRun(database, processingId)
    if (active !== undefined && active.status !== 'scheduled') return { ok: false, active }
    if (await database.processings.one({ _id: text(processingId) }, { _id: 1 }) === undefined) throw noProcessing(run)
    if (active?._id !== run._id && await exists(database, run._id)) throw new StoreError('duplicate', `run ${run._id} exists already`)
    if (active !== undefined && !await removeRun(database, active._id, { status: 'scheduled' })) continue
    const stored = storedRun(run)
    if (!await database.runs.insert(stored)) continue // the look at what is in the way says why
    await shareAsProcessing(database, stored)
    if (await keepSnapshots(database, processingId)) return { ok: true, run: runOf(await database.runs.one({ _id: text(run._id) }, WHOLE) ?? stored) }
    await removeRun(database, run._id)
    throw noProcessing(run)
  }
  throw new StoreError('unavailable', `run ${run._id}: others plan runs of its processing all the time`)
}

/** No permissions and an empty list of them are the same. */
async function shareAsProcessing (database: Database, run: Stored): Promise<void> {
  const processing = await database.processings.one({ _id: run.slot }, { permissions: 1 })
  const permissions = toStored(processing?.permissions ?? [])
  if (isDeepStrictEqual(permissions, run.permissions ?? [])) return
  await database.runs.update({ _id: run._id }, { $set: { permissions } })
}

async function exists (database: Database, id: string): Promise<boolean> {
  return await database.runs.one({ _id: text(id) }, { _id: 1 }) !== undefined
}

function noProcessing (run: NewRun): StoreError {
  return new StoreError('invalid', `run ${run._id}: its processing ${run.processing._id} does not exist`)
}
