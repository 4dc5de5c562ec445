/** The composition root: everything is opened here in order, and closed in reverse. */
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import pino from 'pino'
import { createApp } from './api/index.ts'
import { openCache } from './cache/index.ts'
import { prepareDataDir, registryOptions } from './config.ts'
import { createAfterRun } from './runner/after-run.ts'
import { createEgressPolicy } from './runner/brokers/egress-policy.ts'
import { createMailTransport } from './runner/brokers/mail.ts'
import { createBus } from './runner/bus.ts'
import { createCells } from './runner/cells/index.ts'
import { prepareSandbox } from './runner/cells/prepared.ts'
import { createCipher } from './runner/cipher.ts'
import { createRunner } from './runner/index.ts'
import { createLease } from './runner/lease.ts'
import { toRunLimits } from './runner/limits.ts'
import { createLoad } from './runner/load.ts'
import { openObserver } from './runner/observer.ts'
import { createPrepare } from './runner/prepare.ts'
import { createLocalQueue } from './runner/queue/local.ts'
import { createTriggers } from './runner/triggers.ts'
import { openSqliteStore } from './store/sqlite/index.ts'
import type { Logger } from 'pino'
import type { AddressInfo } from 'node:net'
import type { Config } from './config.ts'
import type { Cells } from './runner/cells/index.ts'
import type { RunDeps } from './runner/deps.ts'
import type { Load } from './runner/types.ts'

export interface Service {
  readonly url: string
  readonly adminKey: string
  readonly adminKeyPath: string
  /** For an author: a plugin is loaded as for a run, and nothing of it is called. */
  readonly load: Load
  /** Closing twice is harmless. */
  close(): Promise<void>
}

export interface ServiceOptions {
  readonly logger?: Logger
  readonly role?: 'all' | 'api' | 'runner'
  /** For an author: sees what crosses between runs and their brokers. */
  readonly trace?: RunDeps['trace']
}

/** How often contents of the plugin cache that are no longer used are looked for. */
const PRUNE_MS = 3_600_000
/** Requests under way when the service closes may finish for so long. */
const HTTP_CLOSE_MS = 5_000

export async function openService (config: Config, options: ServiceOptions = {}): Promise<Service> {
  const { role = 'all', logger = pino({ level: config.LOG_LEVEL }) } = options
  const closers: (() => Promise<void> | void)[] = []
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= closeAll(closers, logger))
  try {
    return { ...await open(config, { ...options, role, logger }, closers), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open (config: Config, { role, logger, trace }: ServiceOptions & { readonly role: string, readonly logger: Logger }, closers: (() => Promise<void> | void)[]): Promise<Omit<Service, 'close'>> {
  const dataDir = await prepareDataDir(config)
  for (const notice of dataDir.notices) logger.info(notice)
  const limits = toRunLimits(config)
  const locale = config.LOCALE

  const store = openSqliteStore({ file: path.join(dataDir.dir, 'vivarium.db'), synchronous: config.SQLITE_SYNCHRONOUS })
  closers.push(async () => await store.close())
  const bus = createBus({ onError: (error, topic) => logger.error({ err: error, topic }, 'a listener failed') })
  const queue = createLocalQueue()
  closers.push(async () => await queue.close())

  const cache = await openCache(cacheOptions(config, dataDir.tmpDir))
  closers.push(async () => await cache.close())
  const pruning = setInterval(() => { cache.prune().catch(error => logger.error({ err: error }, 'the plugin cache could not be pruned')) }, PRUNE_MS).unref()
  closers.push(() => clearInterval(pruning))

  const cells = createCells({
    dir: path.join(dataDir.tmpDir, 'cells'),
    prepared: await prepareSandbox(path.join(dataDir.tmpDir, 'sandbox')),
    heapMb: limits.heapMb,
    threads: config.CELL_THREADS,
    caps: { headerBytes: 2 * limits.messageBytes, bodyBytes: Math.max(limits.messageBytes, config.PLUGIN_BUNDLE_MB * MB) },
    // A run that is taken always finds a cell: at worst an idle one of somebody else is ended for it.
    max: Math.max(config.CELL_MAX, config.WORKER_CONCURRENCY + config.CELL_SPARES),
    spares: role === 'api' ? 0 : config.CELL_SPARES,
    maxRuns: config.CELL_MAX_RUNS,
    idleMs: config.CELL_IDLE_SECONDS * 1000,
    memoryMb: limits.cellMemoryMb,
    unresponsiveMs: UNRESPONSIVE_MS,
    noNodeSnapshot: config.CELL_NO_NODE_SNAPSHOT,
    ...(config.CELL_WRAPPER === undefined ? {} : { wrapper: config.CELL_WRAPPER.trim().split(/\s+/) }),
    ...(config.CELL_UID === undefined ? {} : { uid: config.CELL_UID }),
    ...(config.CELL_GID === undefined ? {} : { gid: config.CELL_GID }),
    onEvent: event => logger.debug(event, `cell ${event.event}`)
  })
  closers.push(async () => await cells.close())

  const cipher = createCipher({ password: dataDir.cipherPassword, old: config.CIPHER_PASSWORD_OLD === undefined ? [] : [config.CIPHER_PASSWORD_OLD] })
  const triggers = createTriggers({ store, queue, bus, locale })
  const observer = config.OBSERVER_ACTIVE
    ? await openObserver({ host: config.HOST, port: config.OBSERVER_PORT, running: () => runner.running, cells: () => countCells(cells), cache: async () => await cache.usage() })
    : undefined
  if (observer !== undefined) closers.push(observer.close)
  const afterRun = createAfterRun({
    store,
    triggers,
    maxFailures: config.MAX_FAILURES,
    cooldownHours: config.MAX_FAILURES_COOLDOWN,
    retention: config.RUNS_RETENTION,
    onError: (step, run, error) => logger.error({ err: error, run: run._id, step }, 'what follows a run could not be done')
  })
  const brokers = brokerOptions(config)
  if (brokers.closeMail !== undefined) closers.push(brokers.closeMail)
  const runner = createRunner({
    store,
    cache,
    cells,
    bus,
    queue,
    triggers,
    limits,
    locale,
    defaultSeconds: config.DEFAULT_LIMITS_PROCESSINGS_SECONDS,
    graceMs: config.WORKER_GRACE_PERIOD,
    isolation: 'owner',
    concurrency: config.WORKER_CONCURRENCY,
    brokers: brokers.shared,
    ...(trace === undefined ? {} : { trace }),
    lease: createLease({ store, heartbeatMs: HEARTBEAT_MS, deadAfterMs: 6 * HEARTBEAT_MS, onError: error => logger.error({ err: error }, 'the heartbeat could not be written') }),
    openSecrets: processing => Object.fromEntries(Object.entries(processing.secrets ?? {}).map(([name, value]) => [name, cipher.open(value)])),
    async afterRun (run) {
      observer?.ended(run)
      await afterRun(run)
    },
    onError: (error, run) => logger.error({ err: error, run: run?._id }, 'the runner failed')
  })
  if (role !== 'api') {
    await runner.start()
    closers.push(async () => await runner.stop())
  }
  const calls = { cache, cells, limits, locale, timeMs: config.RUN_PREPARE_SECONDS * 1000 }
  const load = createLoad(calls)
  if (role === 'runner') return { url: '', load, adminKey: dataDir.adminKey, adminKeyPath: dataDir.adminKeyPath }

  const stopped = new AbortController()
  const app = createApp({
    store,
    cache,
    triggers,
    bus,
    cipher,
    prepare: createPrepare(calls),
    removeFiles: async id => await rm(path.join(dataDir.dir, 'processings', id), { recursive: true, force: true }),
    adminKey: dataDir.adminKey,
    logger,
    health: () => ({ running: runner.running, cells: cells.list().length }),
    closing: stopped.signal,
    options: { locale, deleteWaitMs: config.WORKER_GRACE_PERIOD + 5_000 }
  })
  const server = createServer(app.callback())
  await listen(server, config.PORT, config.HOST)
  closers.push(async () => {
    stopped.abort()
    await closeServer(server)
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { url: `http://${config.HOST === '0.0.0.0' || config.HOST === '::' ? 'localhost' : config.HOST}:${port}`, load, adminKey: dataDir.adminKey, adminKeyPath: dataDir.adminKeyPath }
}

function countCells (cells: Cells): { owned: number, spare: number } {
  const all = cells.list()
  const spare = all.filter(cell => cell.owner === undefined).length
  return { owned: all.length - spare, spare }
}

const MB = 1_048_576
const HEARTBEAT_MS = 5_000
const UNRESPONSIVE_MS = 10_000

/** Of the cache that the service and `vivarium cache` share. */
export function cacheOptions (config: Config, tmpDir: string): Parameters<typeof openCache>[0] {
  return {
    dir: path.join(tmpDir, 'plugins'),
    registry: registryOptions(config),
    staleIfErrorMs: config.REGISTRY_STALE_IF_ERROR * 1000,
    limits: {
      archiveBytes: config.PLUGIN_ARCHIVE_MB * MB,
      unpackedBytes: config.PLUGIN_UNPACKED_MB * MB,
      entries: config.PLUGIN_ENTRIES,
      depth: config.PLUGIN_DEPTH,
      ratio: config.PLUGIN_RATIO,
      unpackMs: config.PLUGIN_EXTRACT_SECONDS * 1000
    },
    bundle: { outputBytes: config.PLUGIN_BUNDLE_MB * MB, ms: config.PLUGIN_BUNDLE_SECONDS * 1000 },
    prune: { bytes: config.CACHE_MAX_MB * MB, ageMs: config.CACHE_MAX_DAYS * 86_400_000 }
  }
}

function brokerOptions (config: Config): { shared: Parameters<typeof createRunner>[0]['brokers'], closeMail?: () => void } {
  const dataFairUrls = [config.DATA_FAIR_URL, config.PRIVATE_DATA_FAIR_URL].filter(url => url !== undefined)
  const policy = createEgressPolicy({ allow: config.EGRESS_ALLOW, dataFair: dataFairUrls })
  const limits = {
    http: { concurrentRequests: config.RUN_HTTP_CONCURRENT, requests: config.RUN_HTTP_REQUESTS, responseBytes: config.RUN_HTTP_BYTES_IN, requestBytes: config.RUN_HTTP_BYTES_OUT },
    httpKeys: { concurrentRequests: 'RUN_HTTP_CONCURRENT', requests: 'RUN_HTTP_REQUESTS', responseBytes: 'RUN_HTTP_BYTES_IN', requestBytes: 'RUN_HTTP_BYTES_OUT' }
  }
  const dataFair = config.DATA_FAIR_URL === undefined
    ? undefined
    : {
        url: config.DATA_FAIR_URL,
        ...(config.PRIVATE_DATA_FAIR_URL === undefined ? {} : { privateUrl: config.PRIVATE_DATA_FAIR_URL }),
        getFromPrivate: config.GET_FROM_PRIVATE_DATA_FAIR_URL,
        ...(config.DATA_FAIR_API_KEY === undefined ? {} : { apiKey: config.DATA_FAIR_API_KEY }),
        adminMode: config.DATA_FAIR_ADMIN_MODE
      }
  const shared = { policy, limits, ...(dataFair === undefined ? {} : { dataFair }) }
  if (config.MAILS_TRANSPORT === undefined) return { shared }
  const transport = createMailTransport(config.MAILS_TRANSPORT)
  return { shared: { ...shared, mailTransport: () => transport }, closeMail: () => transport.close() }
}

async function listen (server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function closeServer (server: ReturnType<typeof createServer>): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  const timer = setTimeout(() => server.closeAllConnections(), HTTP_CLOSE_MS)
  server.closeIdleConnections()
  await closed
  clearTimeout(timer)
}

async function closeAll (closers: (() => Promise<void> | void)[], logger: Logger): Promise<void> {
  for (const closer of closers.reverse()) {
    try {
      await closer()
    } catch (error) {
      logger.error({ err: error }, 'a part of the service did not close in order')
    }
  }
}
