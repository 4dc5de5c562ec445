/** API keys, found by their hash. */
import { StoreError, type ApiKey, type ApiKeyStore } from '../types.ts'
import type { Database } from './database.ts'
import { storedFields, text } from './encoding.ts'
import { list, ownedBy } from './query.ts'

const OFFERED = new Map([['created.date', 'created.date'], ['_id', '_id']])
const NEWEST = [['created.date', -1]] as const

export function mongoApiKeys (database: Database): ApiKeyStore {
  return {
    async insert (key) {
      if (await database.apiKeys.insert(storedFields(key))) return
      throw new StoreError('duplicate', `API key ${key._id} exists already, or its hash does`)
    },

    findByHash: async hash => await database.apiKeys.one({ hash: text(hash) }) as ApiKey | undefined, // what `insert` wrote

    async list (account, page) {
      const { results, count } = await list(database.apiKeys, { where: ownedBy('account', account), offered: OFFERED }, { ...page, sort: NEWEST })
      return { results: results as ApiKey[], count } // as above
    },

    revoke: async (account, id) => await database.apiKeys.remove({ ...ownedBy('account', account), _id: text(id) }),

    async touch (id, now, unlessSince) {
      await database.apiKeys.update({ _id: text(id), lastUsedAt: { $not: { $gte: unlessSince } } }, { $set: { lastUsedAt: now } })
    }
  }
}
