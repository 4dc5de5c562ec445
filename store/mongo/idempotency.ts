/** Idempotency keys: who inserts the document is the first. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type IdempotencyRecord, type IdempotencyStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Where } from './documents.ts'
import { storedFields, text } from './encoding.ts'
import { removeOldest } from './remove-oldest.ts'

/** Each time the record that was in the way is gone before it is read. */
const TRIES = 100

export function mongoIdempotency (database: Database): IdempotencyStore {
  return {
    async putOnce (record, now) {
      const _id = keyOf(record)
      const { scope, key, bodyHash, expiresAt } = record
      const fields = storedFields({ scope, key, bodyHash, expiresAt })
      for (let tries = 0; tries < TRIES; tries++) {
        if (await database.idempotency.insert({ _id, ...fields })) return { first: true }
        if (await database.idempotency.update({ _id, expiresAt: { $lte: now } }, { $set: fields, $unset: { result: '' } })) return { first: true }
        const found = await database.idempotency.one({ _id }, { _id: 0 })
        if (found !== undefined) return { first: false, record: found as IdempotencyRecord } // written above
      }
      throw new StoreError('unavailable', 'an idempotency key comes and goes all the time')
    },

    setResult: async (record, result) => await database.idempotency.update(sameBody(record), { $set: { result: text(result) } }),
    forget: async record => await database.idempotency.remove({ ...sameBody(record), result: null }),
    expire: async (now, limit) => await removeOldest(database.idempotency, { expiresAt: { $lte: now } }, { expiresAt: 1 }, wholeNumber('limit', limit))
  }
}

function keyOf ({ scope, key }: Pick<IdempotencyRecord, 'scope' | 'key'>): string {
  return JSON.stringify([scope, key])
}

function sameBody (record: Pick<IdempotencyRecord, 'scope' | 'key' | 'bodyHash'>): Where {
  return { _id: keyOf(record), bodyHash: text(record.bodyHash) }
}
