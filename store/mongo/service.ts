/** What the service keeps for itself in a document or two: versions, small documents, locks, contents that crash. */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type CrashRecord, type CrashStore, type LockStore, type MetaStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored } from './documents.ts'
import { storedFields, text, toStored } from './encoding.ts'
import { orElse, unlessDuplicate } from './errors.ts'
import { removeOldest } from './remove-oldest.ts'

const MAX_CRASHES = 20

/** Versions are in `services`, as those of data-fair/processings. */
export function mongoMeta (database: Database): MetaStore {
  return {
    version: async service => (await database.services.one({ id: text(service) }))?.version,
    async setVersion (service, version) {
      await database.services.update({ id: text(service) }, { $set: { version: text(version) } }, { upsert: true })
    },
    read: async name => (await database.meta.one({ _id: text(name) }))?.value,
    async write (name, value) { await database.meta.replace({ _id: text(name), value: toStored(value) }) }
  }
}

export function mongoLocks (database: Database): LockStore {
  return {
    /** Held by somebody else, the document matches nothing: to make a second one under its name is refused. */
    async acquire (name, owner, now, until) {
      const free = { _id: text(name), $or: [{ until: { $lte: now } }, { owner: text(owner) }] }
      return await unlessDuplicate(database.leases.update(free, { $set: storedFields({ owner, until }) }, { upsert: true })) ?? false
    },
    renew: async (name, owner, until) => await database.leases.update({ _id: text(name), owner: text(owner) }, { $set: { until } }),
    release: async (name, owner) => await database.leases.remove({ _id: text(name), owner: text(owner) }),
    async get (name) {
      const found = await database.leases.one({ _id: text(name) })
      return found === undefined ? undefined : { name, owner: found.owner, until: found.until }
    }
  }
}

export function mongoCrashes (database: Database): CrashStore {
  return {
    async get (content) {
      const found = await database.crashes.one({ _id: text(content) })
      return found === undefined ? undefined : crashOf(found)
    },

    /** The first conviction stays: where there is one, the document does not match, and a second one under its name is refused. */
    async record ({ content, artefact, runId, date, alone }) {
      const known = { $set: storedFields({ artefact, lastAt: date }), $push: { crashes: { $each: [date], $slice: -MAX_CRASHES } } }
      const write = async (): Promise<Stored | undefined> => await database.crashes.change({ _id: text(content) }, known, { upsert: true })
      const convict = async (): Promise<Stored | undefined> => await database.crashes.change(
        { _id: text(content), convicted: null },
        { ...known, $set: { ...known.$set, convicted: toStored({ date, runId }) } },
        { upsert: true })
      // A document that two have made at once is found at the second try.
      const written = await orElse(alone ? orElse(convict(), convict) : write(), write)
      if (written === undefined) throw new StoreError('unavailable', `crash of ${content}: the document is wanted, found none`)
      return crashOf(written)
    },

    list: async limit => wholeNumber('limit', limit) === 0 ? [] : (await database.crashes.many({}, { sort: { lastAt: -1, _id: -1 }, limit })).map(crashOf),
    pardon: async content => await database.crashes.remove({ _id: text(content) }),
    prune: async (before, limit) => await removeOldest(database.crashes, { lastAt: { $lt: before } }, { lastAt: 1, _id: 1 }, wholeNumber('limit', limit))
  }
}

function crashOf ({ _id, artefact, crashes, convicted }: Stored): CrashRecord {
  return { content: _id, artefact, crashes, ...(convicted === undefined ? {} : { convicted }) }
}
