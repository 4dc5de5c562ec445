/** API keys, found by their hash. Their last use has a column of its own, since it alone changes often. */
import { StoreError, type ApiKey, type ApiKeyStore } from '../types.ts'
import type { Database } from './database.ts'
import { insertInto, list, ownedBy, whereOf } from './query.ts'

interface KeyRow { readonly doc: string, readonly last_used: string | null }

const COLUMNS = new Map([['created.date', 'created_date'], ['_id', 'id']])
const NEWEST = [['created.date', -1]] as const

export function sqliteApiKeys (database: Database): ApiKeyStore {
  return {
    async insert (key) {
      const { lastUsedAt, ...doc } = key
      const columns = {
        id: key._id,
        hash: key.hash,
        owner_type: key.account.type,
        owner_id: key.account.id,
        owner_department: key.account.department ?? null,
        created_date: key.created.date,
        last_used: lastUsedAt ?? null,
        doc: JSON.stringify(doc)
      }
      const inserted = database.run(`${insertInto('api_keys', columns)} ON CONFLICT DO NOTHING`, ...Object.values(columns))
      if (inserted === 0) throw new StoreError('duplicate', `API key ${key._id} exists already, or its hash does`)
    },

    async findByHash (hash) {
      const row = database.get<KeyRow>('SELECT doc, last_used FROM api_keys WHERE hash = ?', hash)
      return row === undefined ? undefined : keyOf(row)
    },

    async list (account, page) {
      const query = { select: 'SELECT doc, last_used FROM api_keys', from: 'api_keys', conditions: ownedBy('api_keys', account), columns: COLUMNS }
      const { results, count } = list<KeyRow>(database, query, { ...page, sort: NEWEST })
      return { results: results.map(keyOf), count }
    },

    async revoke (account, id) {
      const { where, values } = whereOf([{ sql: 'id = ?', values: [id] }, ...ownedBy('api_keys', account)])
      return database.run(`DELETE FROM api_keys${where}`, ...values) === 1
    },

    async touch (id, now, unlessSince) {
      database.run('UPDATE api_keys SET last_used = ? WHERE id = ? AND (last_used IS NULL OR last_used < ?)', now, id, unlessSince)
    }
  }
}

function keyOf (row: KeyRow): ApiKey {
  return { ...JSON.parse(row.doc), ...(row.last_used === null ? {} : { lastUsedAt: row.last_used }) }
}
