/** A real runner for a test: real store, cache, cells and schedule, with what a test wants otherwise. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCache } from '../../cache/index.ts'
import { createAfterRun } from '../../runner/after-run.ts'
import { createBreaker } from '../../runner/breaker.ts'
import { createEgressPolicy } from '../../runner/brokers/egress-policy.ts'
import { createBus } from '../../runner/bus.ts'
import { createCells } from '../../runner/cells/index.ts'
import { prepareSandbox } from '../../runner/cells/prepared.ts'
import { createFolders } from '../../runner/folders.ts'
import { createRunner } from '../../runner/index.ts'
import { createLease } from '../../runner/lease.ts'
import { toRunLimits } from '../../runner/limits.ts'
import { createLocalQueue } from '../../runner/queue/local.ts'
import { createRunEvents, type RunEvent } from '../../runner/run-events.ts'
import { createTriggers } from '../../runner/triggers.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { createConfigChecks } from '../../validation/index.ts'
import type { Runner } from '../../runner/index.ts'
import type { Triggers } from '../../runner/types.ts'
import type { Store } from '../../store/types.ts'

export interface TestRunner {
  readonly runner: Runner
  readonly store: Store
  readonly triggers: Triggers
  readonly events: RunEvent[]
  readonly errors: unknown[]
  readonly databaseFile: string
  close (): Promise<void>
}

export interface TestRunnerOptions {
  /** A folder of test/fixtures/plugins. */
  readonly plugins: string
  readonly pollMs: number
  readonly maxInterruptions?: number
  /** `host:port` that plugins may reach. */
  readonly allow?: readonly string[]
  /** What the runner is given in place of the store. */
  readonly through?: (store: Store) => Store
}

export async function openRunner ({ plugins, pollMs, maxInterruptions = 3, allow = [], through = store => store }: TestRunnerOptions): Promise<TestRunner> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-runner-'))
  const databaseFile = path.join(dir, 'store.db')
  const store = openSqliteStore({ file: databaseFile, busyTimeoutMs: 10 })
  const seen = through(store)
  const errors: unknown[] = []
  const events: RunEvent[] = []
  const [bus, queue, limits] = [createBus(), createLocalQueue(), toRunLimits({ RUN_HEAP_MB: 64 })]
  const cache = await openCache({ dir: path.join(dir, 'cache'), registry: { kind: 'dir', dir: fileURLToPath(new URL(`../fixtures/plugins/${plugins}`, import.meta.url)) } })
  const configChecks = createConfigChecks({ threads: 1 })
  const folders = createFolders({ root: path.join(dir, 'processings') })
  const cells = createCells({
    dir: path.join(dir, 'cells'),
    filesDir: path.join(dir, 'runs'),
    keep: folders.keep,
    prepared: await prepareSandbox(path.join(dir, 'sandbox')),
    heapMb: 64,
    threads: 2,
    caps: { headerBytes: 1e7, bodyBytes: 1e7 },
    max: 4,
    spares: 1,
    maxRuns: 100,
    idleMs: 60_000,
    memoryMb: 512,
    readyMs: 20_000,
    unresponsiveMs: 10_000
  })
  const triggers = createTriggers({ store, queue, bus, locale: 'en' })
  const news = createRunEvents(error => { errors.push(error) })
  news.subscribe(event => { events.push(event) })
  const onError = (error: unknown): void => { errors.push(error) }
  const runner = createRunner({
    store: seen,
    cache,
    configChecks,
    cells,
    folders,
    bus,
    queue,
    triggers,
    limits,
    locale: 'en',
    defaultSeconds: -1,
    graceMs: 200,
    maxInterruptions,
    events: news,
    breaker: createBreaker({ store: seen, rules: { crashes: 3, windowMs: 300_000, pauseMs: 900_000 }, trialMs: 60_000 }),
    isolation: 'owner',
    concurrency: 4,
    pollMs,
    brokers: { policy: createEgressPolicy({ allow }) },
    lease: createLease({ store, heartbeatMs: 60_000, deadAfterMs: 600_000, onError }),
    openSecrets: () => ({}),
    afterRun: createAfterRun({ store: seen, bus, locale: 'en', triggers, maxFailures: 10, cooldownHours: 12, retention: 100, onError: (_step, _run, error) => onError(error) }),
    onError
  })
  await runner.start()
  return {
    runner,
    store,
    triggers,
    events,
    errors,
    databaseFile,
    async close () {
      await runner.stop()
      await cells.close()
      await configChecks.close()
      await cache.close()
      await queue.close()
      await store.close()
      await rm(dir, { recursive: true, force: true })
    }
  }
}
