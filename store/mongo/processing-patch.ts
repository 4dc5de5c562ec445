/** Changes of a processing: read, then written unless somebody else has written meanwhile. */
import { patched } from '../patched.ts'
import { StoreError, type Processing, type ProcessingPatch } from '../types.ts'
import { titleWords } from '../title-words.ts'
import type { Database } from './database.ts'
import type { Change, Stored, Where } from './documents.ts'
import { text, toStored } from './encoding.ts'
import { isArmed } from './processing-records.ts'
import { HELD } from './run-records.ts'

const TRIES = 100

/** False when there is no such processing. Throws `StoreError` `conflict` when it has another revision than `ifRevision`. */
export async function applyPatch (database: Database, id: string, set: ProcessingPatch, unset: readonly (keyof ProcessingPatch)[], ifRevision?: number): Promise<boolean> {
  const touched = new Set<string>([...Object.entries(set).filter(([, value]) => value !== undefined).map(([name]) => name), ...unset])
  const after = await changed(database, id, before => {
    if (ifRevision !== undefined && ifRevision !== (before.revision ?? 0)) {
      throw new StoreError('conflict', `processing ${id}: revision ${ifRevision} is wanted, found ${before.revision ?? 0}`)
    }
    const { lastRun, nextRun, kept, ...fields } = before
    const processing = patched(fields, set, unset)
    return { change: patchChange(before, processing, touched), result: processing }
  })
  if (after === undefined) return false
  const carried = ['owner', 'permissions'].filter(name => touched.has(name))
  if (carried.length > 0) await database.runs.updateAll({ 'processing._id': text(id) }, assigned(carried, after))
  return true
}

/** Refused (undefined) unless the run is held under this attempt; each claim and each end of a run is seen by `kept.snapshots`. */
export async function mergeConfig (database: Database, id: string, runId: string, attempt: number, patch: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
  const said = JSON.parse(JSON.stringify(patch)) // a key set to undefined says nothing
  return await changed(database, id, async before => {
    const held = await database.runs.one({ _id: text(runId), 'processing._id': text(id), attempt, status: { $in: [...HELD] } }, { _id: 1 })
    if (held === undefined) return undefined
    const config = { ...before.config, ...said } // spread, not assignment: `__proto__` is a key like any other
    return { change: { $set: { config: toStored(config) } }, result: JSON.parse(JSON.stringify(config)) }
  })
}

interface Decision<T> { readonly change: Change, readonly result: T }

/** Decides, writes, and decides anew on what it finds when somebody else was faster. Undefined: no such processing, or nothing was decided. */
async function changed<T> (database: Database, id: string, decide: (before: Stored) => Promise<Decision<T> | undefined> | Decision<T>): Promise<T | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await database.processings.one({ _id: text(id) })
    if (before === undefined) return undefined
    const decided = await decide(before)
    if (decided === undefined) return undefined
    if (await database.processings.update(asItWas(before), { ...decided.change, $inc: { revision: 1 } })) return decided.result
  }
  throw new StoreError('unavailable', `processing ${id}: it is written by others all the time`)
}

function asItWas ({ _id, revision, kept }: Stored): Where {
  return { _id: text(_id), revision: revision ?? null, 'kept.snapshots': kept?.snapshots ?? null }
}

function patchChange (before: Stored, after: Processing, touched: ReadonlySet<string>): Change {
  const { $set = {}, $unset = {} } = assigned([...touched], after)
  const permissions = touched.has('permissions') ? permittedSnapshots(before, after) : {}
  return nonEmpty({
    $set: { ...$set, ...permissions.$set, 'kept.armed': isArmed(after), ...(touched.has('title') ? { 'kept.words': toStored(titleWords(after.title)) } : {}) },
    $unset: { ...$unset, ...permissions.$unset }
  })
}

/** The snapshots carry the permissions too. */
function permittedSnapshots ({ lastRun, nextRun, kept }: Stored, { permissions }: Processing): ReturnType<typeof assigned> {
  const snapshots = Object.entries({ lastRun, nextRun, 'kept.ended': kept?.ended }).filter(([, snapshot]) => snapshot !== undefined && snapshot !== null)
  const fields = snapshots.map(([path]) => `${path}.permissions`)
  return assigned(fields, Object.fromEntries(fields.map(field => [field, permissions])))
}

/** Sets the named fields of `values`, unsets those that it lacks. */
function assigned (names: readonly string[], values: object): { readonly $set?: Record<string, unknown>, readonly $unset?: Record<string, ''> } {
  const found = new Map(Object.entries(values).filter(([, value]) => value !== undefined))
  const given = names.filter(name => found.has(name))
  const gone = names.filter(name => !found.has(name))
  return nonEmpty({
    $set: Object.fromEntries(given.map(name => [name, toStored(found.get(name))])),
    $unset: Object.fromEntries(gone.map(name => [name, '' as const]))
  })
}

/** A server refuses an empty `$set`. */
function nonEmpty<T extends Record<string, object>> (change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, fields]) => Object.keys(fields).length > 0)) as Partial<T> // that is what the filter leaves
}
