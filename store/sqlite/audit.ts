/** The audit trail: entries are added and, when they are old, deleted; none is ever changed. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type AuditStore } from '../types.ts'
import type { Database } from './database.ts'
import { list, ownedBy, type Condition } from './query.ts'

const INSERT = `
  INSERT INTO audit (id, date, owner_type, owner_id, owner_department, doc) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING`

const PRUNE = 'DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE date < ? ORDER BY date, id LIMIT ?)'

const COLUMNS = new Map([['date', 'date'], ['_id', 'id']])
const NEWEST = [['date', -1]] as const

export function sqliteAudit (database: Database): AuditStore {
  return {
    async append (entry) {
      const { _id: id, date, account: { type, id: owner, department } } = entry
      const inserted = database.run(INSERT, id, date, type, owner, department ?? null, JSON.stringify(entry))
      if (inserted === 0) throw new StoreError('duplicate', `audit entry ${id} exists already`)
    },

    async list ({ account, from, until }, page) {
      const conditions: Condition[] = ownedBy('audit', account)
      if (from !== undefined) conditions.push({ sql: 'date >= ?', values: [from] })
      if (until !== undefined) conditions.push({ sql: 'date < ?', values: [until] })
      const { results, count } = list<{ doc: string }>(
        database, { select: 'SELECT doc FROM audit', from: 'audit', conditions, columns: COLUMNS }, { ...page, sort: NEWEST })
      return { results: results.map(({ doc }) => JSON.parse(doc)), count }
    },

    prune: async (before, limit) => database.run(PRUNE, before, wholeNumber('limit', limit))
  }
}
