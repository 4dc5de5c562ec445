/** Idempotency keys: who inserts the row is the first. */
import { wholeNumber } from '../arguments.ts'
import type { IdempotencyRecord, IdempotencyStore } from '../types.ts'
import type { Database } from './database.ts'

interface IdempotencyRow {
  readonly scope: string
  readonly key: string
  readonly body_hash: string
  readonly expires_at: string
  readonly result: string | null
}

/** Changes no row when there is one that has not expired. */
const PUT = `
  INSERT INTO idempotency (scope, key, body_hash, expires_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (scope, key) DO UPDATE SET body_hash = excluded.body_hash, expires_at = excluded.expires_at, result = NULL WHERE expires_at <= ?`

const SET = 'UPDATE idempotency SET result = ? WHERE scope = ? AND key = ? AND body_hash = ?'
const FORGET = 'DELETE FROM idempotency WHERE scope = ? AND key = ? AND body_hash = ? AND result IS NULL'
const EXPIRE = 'DELETE FROM idempotency WHERE (scope, key) IN (SELECT scope, key FROM idempotency WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)'

export function sqliteIdempotency (database: Database): IdempotencyStore {
  return {
    putOnce: async ({ scope, key, bodyHash, expiresAt }, now) => database.transaction(() => {
      if (database.run(PUT, scope, key, bodyHash, expiresAt, now) === 1) return { first: true }
      const row = database.get<IdempotencyRow>('SELECT * FROM idempotency WHERE scope = ? AND key = ?', scope, key)
      return { first: false, record: recordOf(row as IdempotencyRow) } // it was in the way a moment ago, and nobody else may write
    }),
    setResult: async ({ scope, key, bodyHash }, result) => database.run(SET, result, scope, key, bodyHash) === 1,
    forget: async ({ scope, key, bodyHash }) => database.run(FORGET, scope, key, bodyHash) === 1,
    expire: async (now, limit) => database.run(EXPIRE, now, wholeNumber('limit', limit))
  }
}

function recordOf ({ scope, key, body_hash: bodyHash, expires_at: expiresAt, result }: IdempotencyRow): IdempotencyRecord {
  return { scope, key, bodyHash, expiresAt, ...(result === null ? {} : { result }) }
}
