/**
 * Runs. Each operation changes one document by a compare-and-set on its status and its attempt; the snapshots of the processing follow
 * (snapshots.ts). The unique index of `slot` keeps a processing from having two live runs.
 */
import { wholeNumber } from '../arguments.ts'
import type { AccountKey, OutcomeRecord, Run, RunStatus, RunStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Change, Where } from './documents.ts'
import { storedFields, text, toStored } from './encoding.ts'
import { orFound } from './errors.ts'
import { all, list, oneOf, ownedBy } from './query.ts'
import { removeRun, retainRuns } from './removal.ts'
import { replacePending } from './replace-pending.ts'
import { HELD, isOneOf, LISTED, runOf, WAITING, WHOLE } from './run-records.ts'
import { scopedTo } from './scope.ts'
import { keepSnapshots } from './snapshots.ts'

const INDEXED = new Map(['_id', 'createdAt'].map(field => [field, field]))
/** Sorting by the last three reads all that the filter leaves: only for the runs of some owners or processings. */
const FILTERED = new Map([...INDEXED.keys(), 'scheduledAt', 'startedAt', 'finishedAt'].map(field => [field, field]))

const NO_LONGER_LIVE = { slot: '', due: '', runner: '' } as const

export function mongoRuns (database: Database): RunStore {
  return {
    replacePending: async run => await replacePending(database, run),
    get: async id => await find(database, id),

    async list (filter, page) {
      const among = filter.processings === undefined ? [] : [oneOf('processing._id', filter.processings)]
      const conditions = [...scopedTo('processing._id', filter), ...among]
      const offered = conditions.length === 0 ? INDEXED : FILTERED
      const { results, count } = await list(database.runs, { where: all(conditions), offered, fields: LISTED }, page)
      return { results: results.map(runOf), count }
    },

    async pending ({ before, limit, except = [] }) {
      const where = {
        status: { $in: [...WAITING] },
        due: before === undefined ? { $gt: '' } : { $lte: before },
        ...(except.length === 0 ? {} : { $nor: except.map(({ type, id }) => ownedBy('owner', { type, id })) })
      }
      return await many(database, where, { due: 1, _id: 1 }, wholeNumber('limit', limit))
    },

    claim: async (id, runner, now) => await claim(database, id, runner, now),

    async update (id, attempt, { effects, receipt }) {
      const set = storedFields({ effects, receipt })
      if (Object.keys(set).length === 0) return await database.runs.one(heldWith(id, attempt), { _id: 1 }) !== undefined
      return await database.runs.update(heldWith(id, attempt), { $set: set })
    },

    async finish (id, attempt, { status, finishedAt, outcome, effects, receipt, deleteOnComplete }) {
      const $set = storedFields({ status, finishedAt, outcome, effects, receipt, deleteOnComplete })
      return await changed(database, heldWith(id, attempt), { $set, $unset: NO_LONGER_LIVE })
    },

    handBack: async (id, attempt, dueAt, resumed) => await changed(database, { ...heldWith(id, attempt), status: 'running' }, {
      $set: storedFields({ status: 'triggered', due: dueAt, scheduledAt: dueAt, resumed }),
      $unset: { startedAt: '', runner: '' }
    }),

    kill: async (id, now, outcome) => await kill(database, id, now, outcome),
    held: async () => await many(database, { status: { $in: [...HELD] } }, { runner: 1, _id: 1 }),
    heldByOwner: async () => await heldByOwner(database),

    reschedule: async (id, scheduledAt) => await changed(database, { _id: text(id), status: { $in: [...WAITING] }, attempt: 0 }, { $set: { due: scheduledAt, scheduledAt } }),

    async removePending (processingId, only) {
      const where = { slot: text(processingId), status: { $in: only === undefined ? [...WAITING] : [only] } }
      const found = await database.runs.one(where, { _id: 1 })
      return found !== undefined && await removeRun(database, found._id, where) ? [found._id] : []
    },

    remove: async id => await removeRun(database, id),
    retain: async (processingId, keep) => await retainRuns(database, processingId, wholeNumber('keep', keep)),
    lastEnded: async (processingId, limit) =>
      await many(database, { 'processing._id': text(processingId), finishedAt: { $gt: '' } }, { finishedAt: -1, _id: -1 }, wholeNumber('limit', limit))
  }
}

/** A claim whose answer was lost is recognised: this runner, at this time, is nobody else. */
async function claim (database: Database, id: string, runner: string, now: string): Promise<Run | undefined> {
  const due = { _id: text(id), status: { $in: [...WAITING] }, due: { $lte: now } }
  const taken = { $set: storedFields({ status: 'running', startedAt: now, runner }), $inc: { attempt: 1 }, $unset: { due: '' } }
  return await told(database, await orFound(
    async () => await database.runs.change(due, taken, { fields: WHOLE }),
    async () => await database.runs.one({ _id: text(id), status: 'running', runner: text(runner), startedAt: now }, WHOLE)
  ))
}

/** Decides on what it finds; when the run has moved on before it writes, it decides anew: a run moves on a few times at most. */
async function kill (database: Database, id: string, now: string, outcome: OutcomeRecord): Promise<Run | undefined> {
  for (;;) {
    const run = await find(database, id)
    if (run === undefined) return undefined
    const where = { _id: text(id), status: run.status, attempt: run.attempt }
    let killed: Run | undefined
    switch (run.status) {
      case 'scheduled': case 'triggered':
        killed = await changed(database, where, { $set: { status: 'killed', finishedAt: now, outcome: toStored(outcome) }, $unset: NO_LONGER_LIVE })
        break
      case 'running':
        killed = await changed(database, where, { $set: { status: 'kill' } })
        break
      case 'kill': return run
      case 'finished': case 'error': case 'killed': return undefined
    }
    if (killed !== undefined) return killed
  }
}

/** Counted here: no more runs are held than all runners together run at once. */
async function heldByOwner (database: Database): Promise<(AccountKey & { count: number })[]> {
  const counts = new Map<string, AccountKey & { count: number }>()
  for (const { owner: { type, id } } of await database.runs.many({ status: { $in: [...HELD] } }, { fields: { owner: 1 } })) {
    const key = JSON.stringify([type, id])
    counts.set(key, { type, id, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}

async function changed (database: Database, where: Where, change: Change): Promise<Run | undefined> {
  return await told(database, await database.runs.change(where, change, { fields: WHOLE }))
}

/** The run after a change, once its processing knows of it. */
async function told (database: Database, stored: object | undefined): Promise<Run | undefined> {
  if (stored === undefined) return undefined
  const run = runOf(stored)
  await keepSnapshots(database, run.processing._id, isOneOf(['finished', 'error', 'killed'] satisfies RunStatus[], run.status) ? run : undefined)
  return run
}

async function find (database: Database, id: string): Promise<Run | undefined> {
  const stored = await database.runs.one({ _id: text(id) }, WHOLE)
  return stored === undefined ? undefined : runOf(stored)
}

async function many (database: Database, where: Where, sort: Record<string, 1 | -1>, limit?: number): Promise<Run[]> {
  if (limit === 0) return []
  return (await database.runs.many(where, { sort, fields: LISTED, ...(limit === undefined ? {} : { limit }) })).map(runOf)
}

function heldWith (id: string, attempt: number): Where {
  return { _id: text(id), attempt, status: { $in: [...HELD] } }
}
