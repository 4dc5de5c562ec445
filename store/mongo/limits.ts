/** Quotas of accounts: the collection `limits` of data-fair/processings. */
import { finite } from '../arguments.ts'
import { StoreError, type AccountKey, type AccountLimits, type LimitStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Change, Fields, Stored } from './documents.ts'
import { present, storedFields, text } from './encoding.ts'
import { orElse } from './errors.ts'
import { list } from './query.ts'

const OFFERED = new Map([['lastUpdate', 'lastUpdate'], ['_id', 'id']])
const NEWEST = [['lastUpdate', -1]] as const
/** Its `_id` means nothing to anybody. */
const FIELDS: Fields = { _id: 0 }

export function mongoLimits (database: Database): LimitStore {
  /** Two who make the same document at once: the unique index refuses one of them, who then finds it. */
  const written = async (account: AccountKey, change: Change): Promise<AccountLimits> => {
    const write = async (): Promise<Stored | undefined> => await database.limits.change(keyOf(account), change, { upsert: true, fields: FIELDS })
    return await orElse(write(), write) as AccountLimits // an upsert answers its document
  }
  return {
    get: async account => present(await database.limits.one(keyOf(account), FIELDS)) as AccountLimits | undefined, // written below, or by data-fair/processings

    async put (account, { name, lastUpdate, defaults, processings_seconds: seconds }) {
      const limit = seconds?.limit === undefined ? undefined : finite('limit', seconds.limit)
      const consumption = seconds?.consumption === undefined ? undefined : finite('consumption', seconds.consumption)
      return await written(account, {
        $set: storedFields({ name, lastUpdate, defaults, 'processings_seconds.limit': limit, 'processings_seconds.consumption': consumption }),
        ...(defaults === true ? {} : { $unset: { defaults: '' } })
      })
    },

    ensure: async (account, now) => await written(account, { $setOnInsert: { lastUpdate: now, defaults: true } }),

    async addConsumption (account, seconds, now) {
      if (!(finite('seconds', seconds) >= 0)) throw new StoreError('invalid', `seconds: a number from 0 up is wanted, found ${seconds}`)
      return await written(account, { $setOnInsert: { lastUpdate: now, defaults: true }, $inc: { 'processings_seconds.consumption': seconds } })
    },

    async list ({ type, id }, page) {
      const where = { ...(type === undefined ? {} : { type: text(type) }), ...(id === undefined ? {} : { id: text(id) }) }
      const { results, count } = await list(database.limits, { where, offered: OFFERED, fields: FIELDS }, { ...page, sort: NEWEST })
      return { results: results.map(present) as AccountLimits[], count } // as `get`
    }
  }
}

function keyOf ({ type, id }: AccountKey): { type: unknown, id: unknown } {
  return { type: text(type), id: text(id) }
}
