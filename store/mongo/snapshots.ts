/**
 * The snapshots in a processing, brought in step with its runs: the run is written first, the processing then. Each time they are made
 * anew from what the runs say; `kept.snapshots` counts, so that an older look cannot overwrite a newer one.
 */
import { StoreError, type Run } from '../types.ts'
import type { Database } from './database.ts'
import type { Change, Stored } from './documents.ts'
import { text, toStored } from './encoding.ts'
import { lastEnded, waits } from './processing-records.ts'
import { ENDED, HELD, isOneOf, LISTED, runOf, snapshotOf } from './run-records.ts'

/** Each time somebody else has written: whoever loses so often is not alone with a fault. */
const TRIES = 100

/** `ended`: the run that has just ended. False when there is no such processing. */
export async function keepSnapshots (database: Database, processingId: string, ended?: Run): Promise<boolean> {
  const _id = text(processingId)
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await database.processings.one({ _id }, { lastRun: 1, kept: 1 })
    if (found === undefined) return false
    const live = await liveRun(database, processingId)
    const change = snapshotChange(found, live, ended ?? await endedUnseen(database, found, live))
    if (await database.processings.update({ _id, 'kept.snapshots': found.kept?.snapshots ?? null }, change)) return true
  }
  throw new StoreError('unavailable', `processing ${processingId}: its snapshots are written by others all the time`)
}

export async function liveRun (database: Database, processingId: string): Promise<Run | undefined> {
  const stored = await database.runs.one({ slot: text(processingId) }, LISTED)
  return stored === undefined ? undefined : runOf(stored)
}

/** The run that is told as held and no longer is: whoever ended it has been cut short. */
async function endedUnseen (database: Database, { lastRun }: Stored, live: Run | undefined): Promise<Run | undefined> {
  if (!isOneOf(HELD, lastRun?.status) || live?._id === lastRun._id) return undefined
  const stored = await database.runs.one({ _id: text(lastRun._id) }, LISTED)
  return stored !== undefined && isOneOf(ENDED, stored.status) ? runOf(stored) : undefined
}

/** Pure. While a run is held, the one that ended before it is put aside: it is the last one again when the run is handed back. */
function snapshotChange (found: Stored, live: Run | undefined, ended: Run | undefined): Change {
  const last = later(lastEnded(found), ended === undefined ? undefined : snapshotOf(ended))
  const held = live !== undefined && !waits(live)
  const fields = {
    lastRun: held ? snapshotOf(live) : last,
    nextRun: live !== undefined && waits(live) ? snapshotOf(live) : undefined,
    'kept.ended': held ? last : undefined
  }
  const set = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => [name, toStored(value)])
  const unset = Object.entries(fields).filter(([, value]) => value === undefined).map(([name]) => [name, ''])
  return {
    $inc: { 'kept.snapshots': 1 },
    ...(set.length === 0 ? {} : { $set: Object.fromEntries(set) }),
    ...(unset.length === 0 ? {} : { $unset: Object.fromEntries(unset) })
  }
}

/** Somebody who is slow to say that a run has ended does not hide one that ended after it. */
function later (known: Stored | undefined, ended: Stored | undefined): Stored | undefined {
  if (known === undefined || ended === undefined) return ended ?? known
  return known.finishedAt > ended.finishedAt ? known : ended
}
