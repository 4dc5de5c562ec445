/**
 * Documents of the collection `processings` and the `Processing` they stand for. Beside the fields of data-fair/processings each has `kept`,
 * which is the driver's own: what it finds a processing by, and what its snapshots are made of. Pure.
 */
import type { Processing, Run } from '../types.ts'
import { titleWords } from '../title-words.ts'
import type { Stored } from './documents.ts'
import { present, storedFields, toStored } from './encoding.ts'
import { ENDED, isOneOf, snapshotOf, WAITING } from './run-records.ts'

/** The snapshots are those of a new processing: none. */
export function storedProcessing (processing: Processing): Stored {
  const { lastRun, nextRun, ...fields } = processing
  return { ...storedFields(fields), kept: { words: toStored(titleWords(processing.title)), armed: isArmed(processing) } }
}

/** Of documents of data-fair/processings too, whose `scheduling` may be missing or no list. */
export function isArmed (processing: Pick<Processing, 'active' | 'scheduling'>): boolean {
  return processing.active === true && Array.isArray(processing.scheduling) && processing.scheduling.length > 0
}

/**
 * What its snapshots tell is read from the run that waits or is held, if any: those in the document serve filters and sorting,
 * and follow a moment later (snapshots.ts).
 */
export function processingOf (stored: Stored, live: Run | undefined): Processing {
  const { kept, lastRun, nextRun, owner, ...fields } = stored
  const last = live !== undefined && !waits(live) ? snapshotOf(live) : lastEnded(stored)
  return {
    ...present(fields),
    owner: present(owner),
    ...(last === undefined ? {} : { lastRun: last }),
    ...(live !== undefined && waits(live) ? { nextRun: snapshotOf(live) } : {})
  } as Processing // what `storedProcessing` wrote, or data-fair/processings in the same shape
}

/** The snapshot of the run that ended last, as it is stored. */
export function lastEnded ({ lastRun, kept }: Stored): Stored | undefined {
  return isOneOf(ENDED, lastRun?.status) ? lastRun : kept?.ended ?? undefined
}

/** Its last run has ended meanwhile, and whoever ended it has not come to say so. */
export function isStale ({ lastRun }: Stored, live: Run | undefined): boolean {
  return lastRun !== undefined && lastRun !== null && !isOneOf(ENDED, lastRun.status) && live?._id !== lastRun._id
}

export function waits (run: Run): boolean {
  return isOneOf(WAITING, run.status)
}
