/**
 * The store of several machines: a MongoDB database, read and written by the official driver. It takes up a database of
 * data-fair/processings v6 as it is. Only single-document writes and full unique indexes are relied on, no transactions.
 */
import { StoreError, type Store } from '../types.ts'
import { mongoAccounts } from './accounts.ts'
import { adopt } from './adopt.ts'
import { mongoApiKeys } from './api-keys.ts'
import { mongoAudit } from './audit.ts'
import { openDatabase, type Database, type MongoOptions } from './database.ts'
import { mongoIdempotency } from './idempotency.ts'
import { ensureIndexes } from './indexes.ts'
import { mongoLimits } from './limits.ts'
import { mongoLogs } from './logs.ts'
import { mongoOutbox } from './outbox.ts'
import { mongoProcessings } from './processings.ts'
import { mongoRunLimits } from './run-limits.ts'
import { mongoRunners } from './runners.ts'
import { mongoRuns } from './runs.ts'
import { mongoCrashes, mongoLocks, mongoMeta } from './service.ts'

export type { MongoOptions } from './database.ts'

/** One more when a later release keeps its documents in a way that this one cannot read. */
const LAYOUT = 1
const LAYOUT_NAME = 'layout'

/**
 * Connects, makes the indexes that are missing, and gives documents of data-fair/processings the fields that this driver finds them by.
 * Throws `StoreError`: `invalid` for an address that cannot be one, `unavailable` when no server answers, `too-new` when a later release wrote the database.
 */
export async function openMongoStore (options: MongoOptions): Promise<Store> {
  const database = openDatabase(options)
  try {
    await assertReadable(database)
    await ensureIndexes(database)
    await adopt(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    processings: mongoProcessings(database),
    runs: mongoRuns(database),
    logs: mongoLogs(database),
    runners: mongoRunners(database),
    accounts: mongoAccounts(database),
    limits: mongoLimits(database),
    runLimits: mongoRunLimits(database),
    apiKeys: mongoApiKeys(database),
    audit: mongoAudit(database),
    idempotency: mongoIdempotency(database),
    outbox: mongoOutbox(database),
    meta: mongoMeta(database),
    locks: mongoLocks(database),
    crashes: mongoCrashes(database),
    ping: async () => await database.ping(),
    close: async () => await database.close()
  }
}

async function assertReadable (database: Database): Promise<void> {
  const meta = mongoMeta(database)
  const found = await meta.read(LAYOUT_NAME)
  if (found === undefined) await meta.write(LAYOUT_NAME, LAYOUT)
  else if (typeof found !== 'number' || found > LAYOUT) {
    throw new StoreError('too-new', `${database.connection.name} has layout ${JSON.stringify(found)}, this release knows layouts up to ${LAYOUT}: start the newer release again, or restore a backup made before it`)
  }
}
