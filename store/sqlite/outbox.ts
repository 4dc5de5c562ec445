/** Events that wait to be sent. `available_at` is when one may be taken: at once, when its lease ends, or when it is to be tried again. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type OutboxEvent, type OutboxStore, type TakenEvent } from '../types.ts'
import type { Database } from './database.ts'
import { oneOf } from './query.ts'

interface OutboxRow { readonly id: string, readonly created_at: string, readonly attempts: number, readonly body: string }

const INSERT = `
  INSERT INTO outbox (id, created_at, available_at, attempts, body) VALUES (?, ?, '', 0, ?)
  ON CONFLICT (id) DO NOTHING`

const DROP_BEYOND = 'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?)'

const TAKE = `
  UPDATE outbox SET lease = ?, available_at = ?, attempts = attempts + 1
  WHERE id IN (SELECT id FROM outbox WHERE available_at <= ? ORDER BY created_at, id LIMIT ?)
  RETURNING id, created_at, attempts, body`

export function sqliteOutbox (database: Database): OutboxStore {
  return {
    append: async (events, keep) => database.transaction(() => append(database, events, wholeNumber('keep', keep))),

    async take (lease, { limit, now, until }) {
      const rows = database.all<OutboxRow>(TAKE, lease, until, now, wholeNumber('limit', limit))
      return rows.map(eventOf).sort(oldestFirst) // RETURNING has no order
    },

    async done (lease, ids) {
      const { sql, values } = oneOf('id', ids)
      return database.run(`DELETE FROM outbox WHERE lease = ? AND ${sql}`, lease, ...values)
    },

    async release (lease, ids, retryAt) {
      const { sql, values } = oneOf('id', ids)
      return database.run(`UPDATE outbox SET lease = NULL, available_at = ? WHERE lease = ? AND ${sql}`, retryAt, lease, ...values)
    },

    count: async () => count(database)
  }
}

function append (database: Database, events: readonly OutboxEvent[], keep: number): number {
  for (const { _id, createdAt, body } of events) {
    if (database.run(INSERT, _id, createdAt, JSON.stringify(body)) === 0) throw new StoreError('duplicate', `event ${_id} exists already`)
  }
  return count(database) <= keep ? 0 : database.run(DROP_BEYOND, keep)
}

function count (database: Database): number {
  return database.get<{ count: number }>('SELECT count(*) AS count FROM outbox')?.count ?? 0
}

function eventOf ({ id, created_at: createdAt, attempts, body }: OutboxRow): TakenEvent {
  return { _id: id, createdAt, body: JSON.parse(body), attempts }
}

function oldestFirst (a: TakenEvent, b: TakenEvent): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  return a._id < b._id ? -1 : 1
}
