/** What the service keeps for itself in a row or two: versions, small documents, locks, contents that crash. */
import { wholeNumber } from '../arguments.ts'
import type { CrashRecord, CrashStore, LockRecord, LockStore, MetaStore } from '../types.ts'
import type { Database } from './database.ts'

const WRITE_META = 'INSERT OR REPLACE INTO meta (kind, name, value) VALUES (?, ?, ?)'

const ACQUIRE = `
  INSERT INTO locks (name, owner, until) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE until <= ? OR owner = excluded.owner`

const KEEP_CRASH = 'INSERT OR REPLACE INTO crashes (content, last_at, doc) VALUES (?, ?, ?)'
const PRUNE_CRASHES = 'DELETE FROM crashes WHERE content IN (SELECT content FROM crashes WHERE last_at < ? ORDER BY last_at, content LIMIT ?)'
const MAX_CRASHES = 20

export function sqliteMeta (database: Database): MetaStore {
  const read = (kind: 'version' | 'document', name: string): unknown => {
    const row = database.get<{ value: string }>('SELECT value FROM meta WHERE kind = ? AND name = ?', kind, name)
    return row === undefined ? undefined : JSON.parse(row.value)
  }
  return {
    version: async service => read('version', service) as string | undefined, // written by setVersion alone
    async setVersion (service, version) { database.run(WRITE_META, 'version', service, JSON.stringify(version)) },
    read: async name => read('document', name),
    async write (name, value) { database.run(WRITE_META, 'document', name, JSON.stringify(value)) }
  }
}

export function sqliteLocks (database: Database): LockStore {
  return {
    acquire: async (name, owner, now, until) => database.run(ACQUIRE, name, owner, until, now) === 1,
    renew: async (name, owner, until) => database.run('UPDATE locks SET until = ? WHERE name = ? AND owner = ?', until, name, owner) === 1,
    release: async (name, owner) => database.run('DELETE FROM locks WHERE name = ? AND owner = ?', name, owner) === 1,
    async get (name) {
      const row = database.get<LockRecord>('SELECT name, owner, until FROM locks WHERE name = ?', name)
      return row === undefined ? undefined : { ...row } // SQLite's rows have no prototype
    }
  }
}

export function sqliteCrashes (database: Database): CrashStore {
  return {
    get: async content => known(database, content),

    record: async ({ content, artefact, runId, date, alone }) => database.transaction(() => {
      const before = known(database, content)
      const convicted = before?.convicted ?? (alone ? { date, runId } : undefined)
      const crashes = [...before?.crashes ?? [], date].slice(-MAX_CRASHES)
      const after: CrashRecord = { content, artefact, crashes, ...(convicted === undefined ? {} : { convicted }) }
      database.run(KEEP_CRASH, content, date, JSON.stringify(after))
      return after
    }),

    async list (limit) {
      const rows = database.all<{ doc: string }>('SELECT doc FROM crashes ORDER BY last_at DESC, content DESC LIMIT ?', wholeNumber('limit', limit))
      return rows.map(({ doc }) => JSON.parse(doc))
    },

    pardon: async content => database.run('DELETE FROM crashes WHERE content = ?', content) === 1,
    prune: async (before, limit) => database.run(PRUNE_CRASHES, before, wholeNumber('limit', limit))
  }
}

function known (database: Database, content: string): CrashRecord | undefined {
  const row = database.get<{ doc: string }>('SELECT doc FROM crashes WHERE content = ?', content)
  return row === undefined ? undefined : JSON.parse(row.doc)
}
