/** Quotas of accounts, one row each. */
import { finite } from '../arguments.ts'
import { StoreError, type AccountKey, type AccountLimits, type LimitStore } from '../types.ts'
import type { Database } from './database.ts'
import { list, type Condition } from './query.ts'

interface LimitRow {
  readonly owner_type: AccountKey['type']
  readonly owner_id: string
  readonly name: string | null
  readonly last_update: string
  readonly defaults: number
  readonly seconds_limit: number | null
  readonly seconds_used: number | null
}

const PUT = `
  INSERT INTO limits (owner_id, owner_type, name, last_update, defaults, seconds_limit, seconds_used) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (owner_id, owner_type) DO UPDATE SET name = coalesce(excluded.name, name), last_update = excluded.last_update, defaults = excluded.defaults,
    seconds_limit = coalesce(excluded.seconds_limit, seconds_limit), seconds_used = coalesce(excluded.seconds_used, seconds_used)
  RETURNING *`

/** The update changes nothing: it is there for RETURNING, which answers only rows that were written. */
const ENSURE = `
  INSERT INTO limits (owner_id, owner_type, last_update, defaults) VALUES (?, ?, ?, 1)
  ON CONFLICT (owner_id, owner_type) DO UPDATE SET owner_id = owner_id RETURNING *`

const ADD = `
  INSERT INTO limits (owner_id, owner_type, last_update, defaults, seconds_used) VALUES (?, ?, ?, 1, ?)
  ON CONFLICT (owner_id, owner_type) DO UPDATE SET seconds_used = coalesce(seconds_used, 0) + excluded.seconds_used RETURNING *`

const COLUMNS = new Map([['lastUpdate', 'last_update'], ['_id', 'owner_id']])
const NEWEST = [['lastUpdate', -1]] as const

export function sqliteLimits (database: Database): LimitStore {
  const written = (sql: string, account: AccountKey, ...values: (string | number | null)[]): AccountLimits =>
    limitsOf(database.get<LimitRow>(sql, account.id, account.type, ...values) as LimitRow) // each of these statements answers its row
  return {
    async get (account) {
      const row = database.get<LimitRow>('SELECT * FROM limits WHERE owner_id = ? AND owner_type = ?', account.id, account.type)
      return row === undefined ? undefined : limitsOf(row)
    },

    async put (account, { name, lastUpdate, defaults, processings_seconds: seconds }) {
      const limit = seconds?.limit === undefined ? null : finite('limit', seconds.limit)
      const consumption = seconds?.consumption === undefined ? null : finite('consumption', seconds.consumption)
      return written(PUT, account, name ?? null, lastUpdate, Number(defaults === true), limit, consumption)
    },

    ensure: async (account, now) => written(ENSURE, account, now),

    async addConsumption (account, seconds, now) {
      if (!(finite('seconds', seconds) >= 0)) throw new StoreError('invalid', `seconds: a number from 0 up is wanted, found ${seconds}`)
      return written(ADD, account, now, seconds)
    },

    async list ({ type, id }, page) {
      const conditions: Condition[] = []
      if (type !== undefined) conditions.push({ sql: 'owner_type = ?', values: [type] })
      if (id !== undefined) conditions.push({ sql: 'owner_id = ?', values: [id] })
      const { results, count } = list<LimitRow>(database, { select: 'SELECT * FROM limits', from: 'limits', conditions, columns: COLUMNS }, { ...page, sort: NEWEST })
      return { results: results.map(limitsOf), count }
    }
  }
}

function limitsOf (row: LimitRow): AccountLimits {
  const { seconds_limit: limit, seconds_used: consumption } = row
  const seconds = { ...(limit === null ? {} : { limit }), ...(consumption === null ? {} : { consumption }) }
  return {
    type: row.owner_type,
    id: row.owner_id,
    ...(row.name === null ? {} : { name: row.name }),
    lastUpdate: row.last_update,
    ...(row.defaults === 1 ? { defaults: true } : {}),
    ...(limit === null && consumption === null ? {} : { processings_seconds: seconds })
  }
}
