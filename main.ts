/** The composition root: everything is opened here in order, and closed in reverse. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import pino from 'pino'
import { startAuditRetention } from './api/audit-retention.ts'
import { createDirectory, type Directory } from './api/callers/directory.ts'
import { createApp } from './api/index.ts'
import { openCache } from './cache/index.ts'
import { orStartError, prepareDataDir, registryOptions, StartError } from './config.ts'
import { createAfterRun, createLastLine, type AfterRunOptions } from './runner/after-run.ts'
import { createBreaker } from './runner/breaker.ts'
import { createEgressPolicy } from './runner/brokers/egress-policy.ts'
import { roomLimits } from './runner/brokers/mail-room.ts'
import { createMailTransport } from './runner/brokers/mail-transport.ts'
import { createBus } from './runner/bus.ts'
import { createCallPlaces, callPlacesFor } from './runner/call-places.ts'
import { lineOf } from './runner/cells/event.ts'
import { capsOfCell } from './runner/cells/from-cell.ts'
import { closeToCells } from './runner/cells/identity.ts'
import { createCells } from './runner/cells/index.ts'
import { prepareSandbox } from './runner/cells/prepared.ts'
import { createCipher } from './runner/cipher.ts'
import { createFolders } from './runner/folders.ts'
import { createLegacyPluginConfigs } from './runner/legacy-plugin-config.ts'
import { createRunner } from './runner/index.ts'
import { createLease } from './runner/lease.ts'
import { toRunLimits } from './runner/limits.ts'
import { createLoad } from './runner/load.ts'
import { openObserver } from './runner/observer.ts'
import { createPrepare } from './runner/prepare.ts'
import { renderText } from './runner/outcome-texts.ts'
import { createLocalQueue } from './runner/queue/local.ts'
import { createRunEvents, logRuns } from './runner/run-events.ts'
import { createTriggers } from './runner/triggers.ts'
import { openMongoStore } from './store/mongo/index.ts'
import { openSqliteStore } from './store/sqlite/index.ts'
import { StoreError, type Store } from './store/types.ts'
import { runUpgrade, type UpgradeOptions } from './upgrade/index.ts'
import { createConfigChecks } from './validation/index.ts'
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
  /** Where metrics are served; undefined without OBSERVER_ACTIVE. */
  readonly metricsUrl: string | undefined
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
  /** Gives the opening up: `openService` closes what it has opened, and rejects. Of no effect once the service is open. */
  readonly signal?: AbortSignal
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
  const giveUp = new AbortController()
  const onAbort = (): void => { giveUp.abort(options.signal?.reason) }
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted === true) onAbort()
  try {
    const opened = await open(config, { ...options, role, logger, signal: giveUp.signal }, closers)
    options.signal?.removeEventListener('abort', onAbort) // an open service is closed in order: its runs get their grace period
    return { ...opened, close }
  } catch (error) {
    options.signal?.removeEventListener('abort', onAbort)
    await close()
    throw error
  }
}

async function open (config: Config, { role, logger, trace, signal }: ServiceOptions & { readonly role: string, readonly logger: Logger }, closers: (() => Promise<void> | void)[]): Promise<Omit<Service, 'close'>> {
  const dataDir = await orStartError(({ path: place }) => place?.startsWith(path.resolve(config.TMP_DIR)) === true ? 'TMP_DIR' : 'DATA_DIR', 'a folder that the service can write to', prepareDataDir(config))
  for (const notice of dataDir.notices) logger.info(notice)
  const limits = toRunLimits(config)
  const locale = config.LOCALE

  const store = await openStore(config, dataDir.dir, logger, signal)
  closers.push(async () => await store.close())
  const bus = createBus({ onError: (error, topic) => logger.error({ err: error, topic }, 'a listener failed') })
  const queue = createLocalQueue()
  closers.push(async () => await queue.close())

  const registry = registryOptions(config)
  if (registry.kind === 'dir' && !existsSync(registry.dir)) logger.warn(`PLUGINS_DIR: wanted a folder of plugins, found nothing at ${registry.dir}: no plugin can run until it is there.`)
  const cache = await orStartError('TMP_DIR', 'a folder that the service can write to', openCache({ ...cacheOptions(config, dataDir.tmpDir), onHeldBack: (plugin, versions) => logger.warn({ plugin, ...versions }, 'the registry offers a lower version of a plugin than the one used before: it is not followed') }))
  closers.push(async () => await cache.close())
  const configChecks = createConfigChecks()
  closers.push(async () => await configChecks.close())
  const pruning = setInterval(() => { cache.prune().catch(error => logger.error({ err: error }, 'the plugin cache could not be pruned')) }, PRUNE_MS).unref()
  closers.push(() => clearInterval(pruning))

  const cellUser = { ...(config.CELL_UID === undefined ? {} : { uid: config.CELL_UID }), ...(config.CELL_GID === undefined ? {} : { gid: config.CELL_GID }) }
  // The files of runs lie beside those that stay: a processing's folder moves from one to the other by a rename.
  const folders = createFolders({ root: path.join(dataDir.dir, 'processings'), ...cellUser })
  if (config.CELL_UID !== undefined && config.CELL_GID !== undefined) {
    const user = { uid: config.CELL_UID, gid: config.CELL_GID }
    await closeToCells(user, dataDir.dir, ['runs', path.relative(dataDir.dir, dataDir.tmpDir)])
    await closeToCells(user, dataDir.tmpDir, ['cells', 'sandbox'])
  }
  const cells = createCells({
    dir: path.join(dataDir.tmpDir, 'cells'),
    filesDir: path.join(dataDir.dir, 'runs'),
    keep: folders.keep,
    ours: [dataDir.dir, dataDir.tmpDir],
    prepared: await prepareSandbox(path.join(dataDir.tmpDir, 'sandbox'), signal),
    heapMb: limits.heapMb,
    threads: config.CELL_THREADS,
    caps: { headerBytes: 2 * limits.messageBytes, bodyBytes: Math.max(limits.messageBytes, config.PLUGIN_BUNDLE_MB * MB) },
    receives: capsOfCell(limits),
    max: config.CELL_MAX,
    spares: role === 'api' ? 0 : config.CELL_SPARES,
    maxRuns: config.CELL_MAX_RUNS,
    idleMs: config.CELL_IDLE_SECONDS * 1000,
    memoryMb: limits.cellMemoryMb,
    unresponsiveMs: UNRESPONSIVE_MS,
    readyMs: config.CELL_READY_SECONDS * 1000,
    noNodeSnapshot: config.CELL_NO_NODE_SNAPSHOT,
    ...(config.CELL_WRAPPER === undefined ? {} : { wrapper: config.CELL_WRAPPER.trim().split(/\s+/) }),
    ...cellUser,
    onEvent: event => {
      const { level, fields, message } = lineOf(event)
      logger[level](fields, message)
    }
  })
  closers.push(async () => await cells.close())
  // Whoever waits for a cell, the start itself first of all, gives up.
  signal?.addEventListener('abort', () => { cells.close().catch(() => {}) }, { once: true }) // the closer above reports it
  signal?.throwIfAborted()

  const cipher = createCipher({ password: dataDir.cipherPassword, old: config.CIPHER_PASSWORD_OLD === undefined ? [] : [config.CIPHER_PASSWORD_OLD] })
  const triggers = createTriggers({ store, queue, bus, locale })
  const observerKey = role === 'runner' ? 'RUNNER_OBSERVER_PORT' : 'OBSERVER_PORT'
  const observer = config.OBSERVER_ACTIVE
    ? await orStartError(observerKey, `a free port on ${config.HOST}, such as ${config[observerKey]}`, openObserver({ host: config.HOST, port: config[observerKey], running: () => runner.running, cells: () => countCells(cells), cache: async () => await cache.usage() }))
    : undefined
  if (observer !== undefined) closers.push(observer.close)
  const events = createRunEvents(error => logger.error({ err: error }, 'a listener of runs failed'))
  events.subscribe(logRuns(logger))
  const followUp: AfterRunOptions = {
    store,
    bus,
    locale,
    triggers,
    maxFailures: config.MAX_FAILURES,
    cooldownHours: config.MAX_FAILURES_COOLDOWN,
    retention: config.RUNS_RETENTION,
    onDisabled: (run, processing) => events.publish({ event: 'disabled', run, processing }),
    onError: (step, run, error) => logger.error({ err: error, run: run._id, step }, 'what follows a run could not be done')
  }
  const afterRun = createAfterRun(followUp)
  const breakerRules = { crashes: config.PLUGIN_MAX_CRASHES, windowMs: config.PLUGIN_CRASH_WINDOW_SECONDS * 1000, pauseMs: config.PLUGIN_PAUSE_SECONDS * 1000 }
  const brokers = brokerOptions(config)
  if (brokers.closeMail !== undefined) closers.push(brokers.closeMail)
  const runner = createRunner({
    store,
    cache,
    configChecks,
    cells,
    folders,
    pluginConfigs: createLegacyPluginConfigs(path.join(dataDir.dir, 'plugins')),
    bus,
    queue,
    triggers,
    limits,
    locale,
    defaultSeconds: config.DEFAULT_LIMITS_PROCESSINGS_SECONDS,
    graceMs: config.WORKER_GRACE_PERIOD,
    maxInterruptions: config.RUN_MAX_INTERRUPTIONS,
    events,
    breaker: createBreaker({
      store,
      rules: breakerRules,
      trialMs: limits.wallMs + config.WORKER_GRACE_PERIOD + TRIAL_MARGIN_MS
    }),
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
    lastLine: createLastLine(followUp),
    onError: (error, run) => logger.error({ err: error, run: run?._id }, 'the runner failed')
  })
  if (role !== 'api') {
    closers.push(async () => await runner.stop()) // whatever of it was started
    await runner.start()
  }
  const calls = { cache, cells, folders, limits, locale, timeMs: config.RUN_PREPARE_SECONDS * 1000, places: createCallPlaces(callPlacesFor(config.CELL_MAX)) }
  const load = createLoad(calls)
  const opened = { load, adminKey: dataDir.adminKey, adminKeyPath: dataDir.adminKeyPath, metricsUrl: observer === undefined ? undefined : `${urlOf(config.HOST, observer.port)}/metrics` }
  if (role === 'runner') return { ...opened, url: '' }

  closers.push(startAuditRetention({ audit: store.audit, days: config.AUDIT_RETENTION_DAYS, onError: error => logger.error({ err: error }, 'the audit trail could not be pruned') }))
  const stopped = new AbortController()
  const app = createApp({
    store,
    cache,
    configChecks,
    triggers,
    bus,
    cipher,
    prepare: createPrepare(calls),
    removeFiles: folders.remove,
    adminKey: dataDir.adminKey,
    ...directoryOf(config, logger),
    logger,
    health: () => ({ running: runner.running, cells: cells.list().length, canStartCells: cells.fault === undefined }),
    closing: stopped.signal,
    options: { locale, registry: registryName(registry), trustProxy: config.TRUST_PROXY, secrets: { identities: config.SECRET_IDENTITIES, limits: config.SECRET_LIMITS }, defaultSeconds: config.DEFAULT_LIMITS_PROCESSINGS_SECONDS, waiting: { places: config.WORKER_CONCURRENCY, deadAfterMs: 6 * HEARTBEAT_MS, breaker: breakerRules }, runLimits: limits, storeName: config.MONGO_URL === undefined ? 'sqlite' : 'mongodb', dataDir: dataDir.dir, internalThroughProxy: config.IGNORE_ASSERT_REQ_INTERNAL, bodyBytes: config.API_BODY_BYTES, webhookCalls: config.API_WEBHOOK_CALLS, wrongWebhookKeys: config.API_WRONG_WEBHOOK_KEYS, wrongKeys: config.API_WRONG_KEYS, deleteWaitMs: config.WORKER_GRACE_PERIOD + 5_000, maxStreams: config.API_LOG_STREAMS, maxAccountStreams: config.API_LOG_STREAMS_PER_ACCOUNT }
  })
  const server = createServer(app.callback())
  await orStartError('PORT', `a free port on ${config.HOST}, such as ${config.PORT}`, listen(server, config.PORT, config.HOST))
  closers.push(async () => {
    stopped.abort()
    await closeServer(server)
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { ...opened, url: urlOf(config.HOST, port) }
}

function directoryOf ({ PRIVATE_DIRECTORY_URL: url }: Config, logger: Logger): { directory?: Directory } {
  if (url === undefined) return {}
  return { directory: createDirectory({ url, onError: error => logger.error({ err: error }, 'the keys of the directory could not be fetched') }) }
}

/** SQLite brings its own file to the present layout; a database of MongoDB is upgraded first, by one of the processes that start. */
async function openStore (config: Config, dir: string, logger: Logger, signal: AbortSignal | undefined): Promise<Store> {
  if (config.MONGO_URL === undefined) return openSqliteStore({ file: path.join(dir, 'vivarium.db'), synchronous: config.SQLITE_SYNCHRONOUS })
  try {
    await runUpgrade({ ...upgradeOptions(config, config.MONGO_URL), log: line => logger.info(line), ...(signal === undefined ? {} : { signal }) })
    signal?.throwIfAborted()
    return await openMongoStore({ url: config.MONGO_URL })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    throw new StartError('MONGO_URL', 'a database of MongoDB that can be used', `that ${error.message}`, { cause: error })
  }
}

/** As receipts of runs tell it too; a folder of this machine is nobody's business. */
function registryName (registry: ReturnType<typeof registryOptions>): string | undefined {
  return registry.kind === 'dir' ? undefined : registry.url
}

function urlOf (host: string, port: number): string {
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

function countCells (cells: Cells): { owned: number, spare: number } {
  const all = cells.list()
  const spare = all.filter(cell => cell.owner === undefined).length
  return { owned: all.length - spare, spare }
}

const MB = 1_048_576
const HEARTBEAT_MS = 5_000
/** From the claim of a run to its start, and from its end to its last state. */
const TRIAL_MARGIN_MS = 60_000
const UNRESPONSIVE_MS = 10_000

/** Of the upgrade that a start and `vivarium upgrade` share. */
export function upgradeOptions (config: Config, url: string): Pick<UpgradeOptions, 'mongo' | 'plugins' | 'publish' | 'interrupted'> {
  const registry = registryOptions(config)
  return {
    mongo: { url },
    plugins: registry,
    publish: {
      dataDir: path.resolve(config.DATA_DIR),
      tmpDir: path.join(path.resolve(config.TMP_DIR), 'upgrade'),
      ...(registry.kind === 'datafair' ? { registry: { url: registry.url, secret: registry.secret } } : {})
    },
    interrupted: { code: 'interrupted', params: {}, message: renderText('interrupted', {}, config.LOCALE) }
  }
}

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
    httpKeys: { concurrentRequests: 'RUN_HTTP_CONCURRENT', requests: 'RUN_HTTP_REQUESTS', responseBytes: 'RUN_HTTP_BYTES_IN', requestBytes: 'RUN_HTTP_BYTES_OUT' },
    mail: { mails: config.RUN_MAILS, mailBytes: config.RUN_MAIL_BYTES }
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
  const transport = createMailTransport(config.MAILS_TRANSPORT, roomLimits(config.MAILS_PENDING_MB * MB, config.RUN_MAIL_BYTES))
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
