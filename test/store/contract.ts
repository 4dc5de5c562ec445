/**
 * The suite that every driver of store/types.ts passes. A test file names a driver:
 *
 *   testStore('sqlite', openSqlite)
 */
import type { Store } from '../../store/types.ts'
import { testAccounts } from './contract/accounts.ts'
import { testApiKeys } from './contract/api-keys.ts'
import { testAudit } from './contract/audit.ts'
import { testContention } from './contract/contention.ts'
import { testDurability } from './contract/durability.ts'
import { testFilters } from './contract/filters.ts'
import { testHostileStrings } from './contract/hostile-strings.ts'
import { testHostileKeys } from './contract/hostile-keys.ts'
import { testIdempotency } from './contract/idempotency.ts'
import { testLimits } from './contract/limits.ts'
import { testLogSearch } from './contract/log-search.ts'
import { testLogs } from './contract/logs.ts'
import { testOutbox } from './contract/outbox.ts'
import { testPages } from './contract/pages.ts'
import { testProcessings } from './contract/processings.ts'
import { testRemoval } from './contract/removal.ts'
import { testReschedule } from './contract/reschedule.ts'
import { testRevisions } from './contract/revisions.ts'
import { testRunTriggers } from './contract/run-triggers.ts'
import { testRunners } from './contract/runners.ts'
import { testHeldRuns } from './contract/runs-held.ts'
import { testPendingRuns } from './contract/runs-pending.ts'
import { testScopes } from './contract/scopes.ts'
import { testSearch } from './contract/search.ts'
import { testService } from './contract/service.ts'
import { testSnapshots } from './contract/snapshots.ts'

/** An empty database and a first connection to it. */
export interface OpenedStore {
  readonly store: Store
  /** One more connection to the same data, as another process would have. */
  reopen(): Promise<Store>
  /** Closes every connection and deletes the data. */
  close(): Promise<void>
}

/** The database of the test that runs. */
export interface Fixture {
  readonly store: Store
  reopen(): Promise<Store>
}

export function testStore (name: string, open: () => Promise<OpenedStore>): void {
  describe(`store ${name}`, () => {
    let opened: OpenedStore | undefined
    const current = (): OpenedStore => {
      if (opened === undefined) throw new Error('the store is used outside of a test')
      return opened
    }
    const fixture: Fixture = {
      get store () { return current().store },
      reopen: () => current().reopen()
    }

    beforeEach(async () => { opened = await open() })
    afterEach(async () => {
      await opened?.close()
      opened = undefined
    })

    for (const suite of SUITES) suite(fixture)
  })
}

const SUITES = [
  testProcessings, testRevisions, testSearch, testPages, testScopes, testFilters,
  testPendingRuns, testReschedule, testRunTriggers, testHeldRuns, testSnapshots, testRemoval,
  testLogs, testLogSearch, testRunners, testAccounts, testLimits, testApiKeys, testAudit,
  testIdempotency, testOutbox, testService, testHostileStrings, testHostileKeys, testDurability, testContention
]
