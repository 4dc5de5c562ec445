/** Events that wait to be sent. `availableAt` is when one may be taken: at once, when its lease ends, or when it is to be tried again. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type OutboxStore, type TakenEvent } from '../types.ts'
import type { Database } from './database.ts'
import type { Fields, Stored } from './documents.ts'
import { storedFields, text, toStored } from './encoding.ts'
import { oneOf } from './query.ts'
import { removeOldest } from './remove-oldest.ts'

const OLDEST = { createdAt: 1, _id: 1 } as const
const FIELDS: Fields = { createdAt: 1, attempts: 1, body: 1 }

export function mongoOutbox (database: Database): OutboxStore {
  return {
    async append (events, keep) {
      const most = wholeNumber('keep', keep)
      for (const { _id, createdAt, body } of events) {
        const stored = { ...storedFields({ _id, createdAt, availableAt: '', attempts: 0 }), body: toStored(body) }
        if (!await database.outbox.insert(stored)) throw new StoreError('duplicate', `event ${_id} exists already`)
      }
      const beyond = await database.outbox.count({}) - most
      return beyond <= 0 ? 0 : await removeOldest(database.outbox, {}, OLDEST, beyond)
    },

    /** The same oldest events may be wanted by several: each is given to the first who writes his lease into it. */
    async take (lease, { limit, now, until }) {
      const size = wholeNumber('limit', limit)
      if (size === 0) return []
      const free = { availableAt: { $lte: now } }
      const ids = (await database.outbox.many(free, { sort: OLDEST, limit: size, fields: { _id: 1 } })).map(({ _id }) => text(_id))
      if (ids.length === 0) return []
      const among = { _id: { $in: ids } }
      await database.outbox.updateAll({ ...free, ...among }, { $set: storedFields({ lease, availableAt: until }), $inc: { attempts: 1 } })
      return (await database.outbox.many({ ...among, lease: text(lease) }, { sort: OLDEST, fields: FIELDS })).map(eventOf)
    },

    done: async (lease, ids) => await database.outbox.removeAll({ ...oneOf('_id', ids), lease: text(lease) }),
    release: async (lease, ids, retryAt) =>
      await database.outbox.updateAll({ ...oneOf('_id', ids), lease: text(lease) }, { $set: { availableAt: retryAt }, $unset: { lease: '' } }),
    count: async () => await database.outbox.count({})
  }
}

function eventOf (stored: Stored): TakenEvent {
  return stored as TakenEvent // what `append` and `take` wrote
}
