/**
 * The embedded store: one SQLite file, read and written by Node itself (`node:sqlite`, write-ahead log). Several processes of one
 * machine may open it at once; a file on a network share may not be shared. Every operation is synchronous inside and short; one that finds
 * the database held by another process is tried again, and the thread serves others meanwhile (patience.ts).
 */
import type { Store } from '../types.ts'
import { sqliteAccounts } from './accounts.ts'
import { sqliteApiKeys } from './api-keys.ts'
import { sqliteAudit } from './audit.ts'
import { Database, WAIT_MS, type SqliteOptions } from './database.ts'
import { sqliteIdempotency } from './idempotency.ts'
import { sqliteLimits } from './limits.ts'
import { sqliteLogs } from './logs.ts'
import { sqliteOutbox } from './outbox.ts'
import { patientStore } from './patience.ts'
import { sqliteProcessings } from './processings.ts'
import { sqliteRunLimits } from './run-limits.ts'
import { sqliteRunners } from './runners.ts'
import { sqliteRuns } from './runs.ts'
import { migrate, schemaVersion } from './schema.ts'
import { sqliteCrashes, sqliteLocks, sqliteMeta } from './service.ts'

export type { SqliteOptions } from './database.ts'

/** Throws `StoreError`: `unavailable` when the file cannot be used, `too-new` when a later release wrote it. */
export function openSqliteStore (options: SqliteOptions): Store {
  const database = new Database(options)
  try {
    migrate(database)
    database.answered(false) // from now on the thread is held for a moment at most
  } catch (error) {
    database.close()
    throw error
  }
  const store: Store = {
    processings: sqliteProcessings(database),
    runs: sqliteRuns(database),
    logs: sqliteLogs(database),
    runners: sqliteRunners(database),
    accounts: sqliteAccounts(database),
    limits: sqliteLimits(database),
    runLimits: sqliteRunLimits(database),
    apiKeys: sqliteApiKeys(database),
    audit: sqliteAudit(database),
    idempotency: sqliteIdempotency(database),
    outbox: sqliteOutbox(database),
    meta: sqliteMeta(database),
    locks: sqliteLocks(database),
    crashes: sqliteCrashes(database),
    async ping () { schemaVersion(database) },
    async close () { database.close() }
  }
  return patientStore(store, database, options.busyTimeoutMs ?? WAIT_MS)
}
