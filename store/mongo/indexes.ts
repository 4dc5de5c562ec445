/** Every index that this driver relies on. Full ones, but for that of `slot`: no query needs a partial or a text index. */
import { MongoServerError, type IndexDescription } from 'mongodb'
import type { CollectionName, Database } from './database.ts'

type Key = Readonly<Record<string, 1>>
interface Index { readonly key: Key, readonly unique?: true, readonly sparse?: true }

const OWNED = { 'owner.type': 1, 'owner.id': 1 } as const
const ACCOUNT = { 'account.type': 1, 'account.id': 1 } as const
const SHARED: readonly Key[] = [{ 'permissions.target.email': 1 }, { 'permissions.target.organization.id': 1 }]

/** One for each field that a list of all processings may be sorted by. */
const SORTED: readonly Key[] = [
  'title', 'plugin', 'created.date', 'updated.date',
  'lastRun.status', 'lastRun.createdAt', 'lastRun.scheduledAt', 'lastRun.startedAt', 'lastRun.finishedAt', 'nextRun.status', 'nextRun.createdAt', 'nextRun.scheduledAt'
].map(field => ({ [field]: 1, _id: 1 }))

/**
 * `runs.slot` is the id of the processing while the run waits or is held, absent afterwards: its unique index is what keeps a processing
 * from having two live runs. `runs.due` is set while the run waits.
 */
export const INDEXES: Readonly<Record<CollectionName, readonly Index[]>> = {
  processings: plain(
    { ...OWNED, 'updated.date': 1, _id: 1 }, ...SORTED, ...SHARED,
    { 'kept.words': 1 }, { 'kept.armed': 1, _id: 1 }, { 'created.id': 1 }, { 'updated.id': 1 }),
  runs: [
    { key: { slot: 1 }, unique: true, sparse: true },
    ...plain(
      { status: 1, due: 1, _id: 1 }, { createdAt: 1, _id: 1 }, { ...OWNED, createdAt: 1, _id: 1 },
      { 'processing._id': 1, createdAt: 1, _id: 1 }, { 'processing._id': 1, finishedAt: 1, _id: 1 }, ...SHARED)
  ],
  logs: [{ key: { run: 1, seq: 1 }, unique: true }],
  limits: [{ key: { type: 1, id: 1 }, unique: true }, { key: { id: 1 } }, { key: { lastUpdate: 1, id: 1, type: 1 } }],
  apiKeys: [{ key: { hash: 1 }, unique: true }, { key: { ...ACCOUNT, 'created.date': 1, _id: 1 } }],
  audit: [{ key: { date: 1, _id: 1 } }, { key: { ...ACCOUNT, date: 1, _id: 1 } }],
  idempotency: [{ key: { expiresAt: 1 } }],
  outbox: [{ key: { createdAt: 1, _id: 1, availableAt: 1 } }],
  crashes: [{ key: { lastAt: 1, _id: 1 } }],
  services: [{ key: { id: 1 } }],
  runners: [],
  runLimits: [],
  meta: [],
  leases: []
}

function plain (...keys: Key[]): Index[] {
  return keys.map(key => ({ key }))
}

/** Makes those that are missing. One with the same fields counts, whatever its name: data-fair/processings has made some. */
export async function ensureIndexes (database: Database): Promise<void> {
  for (const [name, indexes] of Object.entries(INDEXES) as [CollectionName, readonly Index[]][]) { // the keys of the table
    if (indexes.length === 0) continue
    await database[name].attempt(async collection => {
      const known = new Set((await collection.indexes().catch(noneYet)).map(({ key }) => JSON.stringify(key)))
      const missing = indexes.filter(({ key }) => !known.has(JSON.stringify(key)))
      if (missing.length > 0) await collection.createIndexes(missing.map(index => ({ ...index }) as IndexDescription)) // only `readonly` differs
    })
  }
}

const NAMESPACE_NOT_FOUND = 26

function noneYet (error: unknown): { key: object }[] {
  if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return []
  throw error
}
