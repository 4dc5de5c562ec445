/** Overrides of the limits of runs: one document for each owner or plugin that has some. */
import { wholeNumber } from '../arguments.ts'
import type { AccountKey, LimitSubject, RunLimitOverride, RunLimitStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored } from './documents.ts'
import { storedFields } from './encoding.ts'

export function mongoRunLimits (database: Database): RunLimitStore {
  const find = async (subject: LimitSubject): Promise<RunLimitOverride | undefined> => {
    const stored = await database.runLimits.one({ _id: keyOf(subject) })
    return stored === undefined ? undefined : overrideOf(stored)
  }
  return {
    get: find,
    async put (override) { await database.runLimits.replace({ _id: keyOf(override.subject), ...storedFields(override) }) },
    remove: async subject => await database.runLimits.remove({ _id: keyOf(subject) }),

    async list ({ size, skip }) {
      const limit = wholeNumber('size', size)
      const count = await database.runLimits.count({})
      const stored = await database.runLimits.many({}, { sort: { _id: 1 }, skip: wholeNumber('skip', skip), ...(limit === 0 ? {} : { limit }) })
      return { results: limit === 0 ? [] : stored.map(overrideOf), count }
    },

    async of ({ type, id }, plugin) {
      const [ofOwner, ofPlugin] = await Promise.all([find({ kind: 'owner', owner: { type, id } }), find({ kind: 'plugin', plugin })])
      return { ...(ofOwner === undefined ? {} : { owner: ofOwner }), ...(ofPlugin === undefined ? {} : { plugin: ofPlugin }) }
    }
  }
}

export function ownerKey ({ type, id }: AccountKey): string {
  return JSON.stringify(['owner', type, id])
}

/** JSON: no two subjects have one key, and what is listed is in the order of the contract. */
function keyOf (subject: LimitSubject): string {
  return subject.kind === 'owner' ? ownerKey(subject.owner) : JSON.stringify(['plugin', '', subject.plugin])
}

function overrideOf ({ _id, ...override }: Stored): RunLimitOverride {
  return override as RunLimitOverride // what `put` wrote
}
