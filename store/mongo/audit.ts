/** The audit trail: entries are added and, when they are old, deleted; none is ever changed. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type AuditEntry, type AuditStore } from '../types.ts'
import type { Database } from './database.ts'
import { storedFields } from './encoding.ts'
import { list, ownedBy } from './query.ts'
import { removeOldest } from './remove-oldest.ts'

const OFFERED = new Map([['date', 'date'], ['_id', '_id']])
const NEWEST = [['date', -1]] as const

export function mongoAudit (database: Database): AuditStore {
  return {
    async append (entry) {
      if (!await database.audit.insert(storedFields(entry))) throw new StoreError('duplicate', `audit entry ${entry._id} exists already`)
    },

    async list ({ account, from, until }, page) {
      const range = { ...(from === undefined ? {} : { $gte: from }), ...(until === undefined ? {} : { $lt: until }) }
      const where = { ...(account === undefined ? {} : ownedBy('account', account)), ...(Object.keys(range).length === 0 ? {} : { date: range }) }
      const { results, count } = await list(database.audit, { where, offered: OFFERED }, { ...page, sort: NEWEST })
      return { results: results as AuditEntry[], count } // what `append` wrote
    },

    prune: async (before, limit) => await removeOldest(database.audit, { date: { $lt: before } }, { date: 1, _id: 1 }, wholeNumber('limit', limit))
  }
}
