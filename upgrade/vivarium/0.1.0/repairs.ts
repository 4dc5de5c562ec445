/**
 * What data-fair/processings may leave behind and this service cannot work with, found document by document. Each repair changes one
 * document, by a compare-and-set on what was found, so that it may be said again, and does nothing when somebody was quicker.
 *
 * - a processing with several runs that wait or are held (a crash, two workers, a patch during a run): one stays
 * - runs that wait or are held although their processing is gone: none stays
 * - `nextRun` of a processing that names a run which does not wait any more, or not the one that does
 * - runs with another owner than their processing (its change of owner writes the runs first, and may fail afterwards), or with none
 * - an owner without a name; one without a type or an id cannot be mended, and is told
 */
import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../../../store/mongo/database.ts'
import { storedFields, text, toStored } from '../../../store/mongo/encoding.ts'
import type { Change, Stored, Where } from '../../../store/mongo/documents.ts'
import type { Interruption } from '../../types.ts'
import { HELD, judgeLiveRuns, WAITING, type LiveRun } from './live-runs.ts'

export type RepairKind = 'planned-behind' | 'asked-behind' | 'left-running' | 'next-run' | 'run-owner' | 'owner-name' | 'owner-unusable'

export interface Repair {
  readonly kind: RepairKind
  /** Which document, for people. */
  readonly line: string
  /** Undefined: it cannot be mended. */
  readonly apply?: () => Promise<unknown>
}

const BATCH = 500

/** In the order in which they are to be applied. */
export async function * findRepairs (database: Database, interrupted: Interruption): AsyncGenerator<Repair> {
  const live = await liveRuns(database)
  for await (const processings of inBatches(database, 'processings', { title: 1, owner: 1, nextRun: 1 })) {
    for (const processing of processings) {
      const { keep, ...surplus } = judgeLiveRuns(live.get(processing._id) ?? [], true)
      live.delete(processing._id)
      yield * surplusRuns(database, surplus, nameOf(processing), interrupted)
      yield * nextRun(database, processing, keep)
      yield * owner(database, processing)
    }
  }
  for (const [processing, runs] of live) yield * surplusRuns(database, judgeLiveRuns(runs, false), `${processing}, which is gone`, interrupted)
  yield * runOwners(database)
}

/** By processing. There are about as many as processings that are active. */
async function liveRuns (database: Database): Promise<Map<string, LiveRun[]>> {
  const runs = await database.runs.many({ status: { $in: [...HELD, ...WAITING] } }, { fields: { processing: 1, status: 1, createdAt: 1, scheduledAt: 1, startedAt: 1, permissions: 1, slot: 1 } })
  return Map.groupBy(runs as (Stored & LiveRun)[], ({ processing }) => String(processing?._id)) // as data-fair/processings writes them
}

function * surplusRuns (database: Database, { remove, kill, interrupt }: Omit<ReturnType<typeof judgeLiveRuns>, 'keep'>, processing: string, interrupted: Interruption): Generator<Repair> {
  for (const run of remove) yield { kind: 'planned-behind', line: `${run._id} of ${processing}`, apply: async () => await database.runs.remove(asFound(run)) }
  for (const run of kill) yield { kind: 'asked-behind', line: `${run._id} of ${processing}`, apply: async () => await database.runs.update(asFound(run), { $set: { status: 'killed', finishedAt: now() } }) }
  for (const run of interrupt) {
    const end = { status: 'error', finishedAt: now(), outcome: toStored(interrupted) }
    yield { kind: 'left-running', line: `${run._id} of ${processing}`, apply: async () => await database.runs.update(asFound(run), { $set: end }) }
  }
}

function asFound ({ _id, status }: LiveRun): Where {
  return { _id: text(_id), status, slot: null }
}

function * nextRun (database: Database, processing: Stored, keep: LiveRun | undefined): Generator<Repair> {
  const waiting = keep !== undefined && WAITING.includes(keep.status) ? keep : undefined
  const found = processing.nextRun?._id
  if (found === waiting?._id) return
  const where = { _id: text(processing._id), 'nextRun._id': found === undefined ? null : text(found) }
  const change: Change = waiting === undefined ? { $unset: { nextRun: '' } } : { $set: { nextRun: snapshotOf(waiting) } }
  yield { kind: 'next-run', line: `${nameOf(processing)}: ${found ?? 'none'} becomes ${waiting?._id ?? 'none'}`, apply: async () => await database.processings.update(where, change) }
}

function snapshotOf ({ slot, processing, ...fields }: Stored): Stored {
  return storedFields(fields)
}

function * owner (database: Database, { _id, title, owner }: Stored): Generator<Repair> {
  const line = nameOf({ _id, title })
  if (!isUsable(owner)) yield { kind: 'owner-unusable', line: `${line}: ${owner === undefined || owner === null ? 'none' : JSON.stringify(owner)}` }
  else if (typeof owner.name !== 'string') yield { kind: 'owner-name', line: `${line}: ${owner.id}`, apply: async () => await database.processings.update({ _id: text(_id), 'owner.name': null }, { $set: { 'owner.name': toStored(owner.id) } }) }
}

/** After the owners of processings: they are read again. */
async function * runOwners (database: Database): AsyncGenerator<Repair> {
  for await (const runs of inBatches(database, 'runs', { owner: 1, processing: 1 })) {
    const ids = [...new Set(runs.map(({ processing }) => processing?._id).filter(id => typeof id === 'string'))]
    const owners = new Map((await database.processings.many({ _id: { $in: ids.map(id => text(id)) } }, { fields: { owner: 1 } })).map(({ _id, owner }) => [_id, owner]))
    for (const { _id, processing, owner: found } of runs) {
      const wanted = owners.get(processing?._id)
      if (!isUsable(wanted) || isSame(found, wanted)) continue
      const where = { _id: text(_id), 'owner.type': found?.type ?? null, 'owner.id': found?.id ?? null }
      yield { kind: 'run-owner', line: `${_id}: ${placeOf(found)} becomes ${placeOf(wanted)}`, apply: async () => await database.runs.update(where, { $set: { owner: toStored(wanted) } }) }
    }
  }
}

/** Along the ids: what changes meanwhile is not met twice. */
async function * inBatches (database: Database, name: 'processings' | 'runs', fields: Readonly<Record<string, 1>>): AsyncGenerator<Stored[]> {
  for (let last = ''; ;) {
    const batch = await database[name].many({ _id: { $gt: text(last) } }, { sort: { _id: 1 }, limit: BATCH, fields })
    if (batch.length > 0) yield batch
    if (batch.length < BATCH) return
    last = batch.at(-1)?._id
  }
}

interface Owner { readonly type: string, readonly id: string, readonly department?: string, readonly name?: unknown }

function isUsable (owner: unknown): owner is Owner {
  if (typeof owner !== 'object' || owner === null) return false
  const { type, id } = owner as Record<string, unknown> // checked in the line above
  return (type === 'user' || type === 'organization') && typeof id === 'string' && id !== ''
}

/** Names are brought in step by the accounts' own changes. */
function isSame (found: unknown, wanted: Owner): boolean {
  return isUsable(found) && isDeepStrictEqual([found.type, found.id, found.department ?? null], [wanted.type, wanted.id, wanted.department ?? null])
}

function placeOf (owner: unknown): string {
  return isUsable(owner) ? [owner.type, owner.id, owner.department].filter(part => part !== undefined && part !== null).join(':') : 'none'
}

function nameOf ({ _id, title }: Stored): string {
  return `${String(_id)} ${JSON.stringify(title ?? '')}`
}

function now (): string {
  return new Date().toISOString()
}
