import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { startDataFair, type DataFairServer } from '../servers/data-fair.ts'
import { startRegistry, type TestRegistry } from '../servers/registry.ts'
import { startSmtp, type SmtpServer } from '../servers/smtp.ts'
import { followLog, type LogReader } from './follow-log.ts'
import { ALICE, BOB, openTestService, type TestService } from './service.ts'

const PLUGIN = '@data-fair-processing-hello-world-0'
const packageDir = fileURLToPath(new URL('../../node_modules/@data-fair/processing-hello-world', import.meta.url))
const API_KEY = 'key-of-the-platform-7261'
const GRACE_MS = 1_500

interface Line { readonly type: string, readonly msg: string, readonly [field: string]: unknown }
interface Story { readonly run: any, readonly reader: LogReader }

const messages = (run: { log: readonly Line[] }): string[] => run.log.map(({ msg }) => msg)

/** One run of it takes twelve seconds: the two runs of its whole story go on while the options are tried beside it. */
describe('the published hello-world plugin, unmodified', function () {
  this.timeout(60_000)
  let registry: TestRegistry
  let dataFair: DataFairServer
  let smtp: SmtpServer
  let service: TestService
  let story: Promise<{ readonly processing: string, readonly created: Story, readonly config: Record<string, unknown>, readonly updated: Story }>

  before(async () => {
    registry = await startRegistry({ secret: 'registry-secret', artefacts: { [PLUGIN]: { dir: packageDir } } })
    dataFair = await startDataFair({ apiKey: API_KEY, finalizeMs: 1_000 }) // the plugin subscribes to the journal after it has written
    smtp = await startSmtp()
    service = await openTestService({
      PRIVATE_REGISTRY_URL: registry.url,
      SECRET_REGISTRY: 'registry-secret',
      DATA_FAIR_URL: dataFair.url,
      DATA_FAIR_API_KEY: API_KEY,
      DATA_FAIR_ADMIN_MODE: 'true',
      MAILS_TRANSPORT: JSON.stringify({ host: '127.0.0.1', port: smtp.port, secure: false, ignoreTLS: true }),
      WORKER_GRACE_PERIOD: String(GRACE_MS),
      WORKER_CONCURRENCY: '8',
      CELL_THREADS: '8',
      LOCALE: 'fr'
    })
    story = tellStory()
    story.catch(() => {}) // whoever awaits it sees it
  })
  after(async () => {
    await service?.close()
    await Promise.all([registry, dataFair, smtp].map(async server => await server?.close()))
  })

  async function tellStory (): Promise<Awaited<typeof story>> {
    const processing = await service.create(PLUGIN, { as: BOB, config: { datasetMode: 'create', dataset: { id: 'hello', title: 'Hello world' }, message: 'world !' } })
    const created = await followed(processing)
    const { config } = (await service.call('GET', `/api/v1/processings/${processing}`, { as: BOB })).json
    return { processing, created, config, updated: await followed(processing) }
  }

  async function followed (processing: string): Promise<Story> {
    const { _id } = (await service.call('POST', `/api/v1/processings/${processing}/_trigger`, { as: BOB })).json
    const reader = await followLog(service, _id, { as: BOB })
    const run = await service.ended(_id)
    await reader.closed
    return { run, reader }
  }

  /** A run whose first second has begun. */
  async function delayed (config: Record<string, unknown>): Promise<string> {
    const processing = await service.create(PLUGIN, { config: { datasetMode: 'update', dataset: { id: 'none' }, message: 'x', delay: 20, ...config } })
    const { _id } = (await service.call('POST', `/api/v1/processings/${processing}/_trigger`, { as: ALICE })).json
    const reader = await followLog(service, _id)
    await reader.until(({ events }) => events.some(({ data }) => data.msg === 'attend 20 seconde(s)'))
    reader.leave()
    return _id
  }

  async function killed (runId: string): Promise<{ readonly run: any, readonly ms: number }> {
    const start = performance.now()
    assert.equal((await service.call('POST', `/api/v1/runs/${runId}/_kill`, { as: ALICE })).json.status, 'kill')
    const run = await service.ended(runId)
    return { run, ms: performance.now() - start }
  }

  it('throwError: the plugin\'s own words, and where in its file', async () => {
    const start = performance.now()
    const run = await service.run(await service.create(PLUGIN, { config: { datasetMode: 'create', dataset: { title: 'x' }, message: 'x', delay: 1, throwError: true } }))
    assert.ok(performance.now() - start >= 1_000, 'the delay was kept')
    assert.equal(run.status, 'error')
    assert.equal(run.outcome.code, 'plugin-error')
    assert.equal(run.outcome.message, 'erreur de test pendant l\'exécution du traitement')
    assert.deepEqual(messages(run).slice(0, 2), ['Application du délai', 'attend 1 seconde(s)'])
    assert.deepEqual(run.log.slice(2, 4).map(({ type, msg }: Line) => [type, msg]), [
      ['error', 'erreur de test pendant l\'exécution du traitement'],
      ['info', 'Erreur du plugin à index.js:29:11']
    ])
    assert.match(run.log[3].extra, /throw new Error\('erreur de test/, 'the lines of the file are shown')
  })

  it('honours a stop: ends by itself with its own warning, as killed', async () => {
    const { run, ms } = await killed(await delayed({}))
    assert.equal(run.status, 'killed')
    assert.equal(run.outcome.message, 'L\'exécution a été interrompue')
    assert.deepEqual(run.log.slice(2).map(({ type, msg }: Line) => [type, msg]), [
      ['warning', 'interrompu proprement pendant l\'attente'],
      ['error', 'L\'exécution a été interrompue']
    ])
    assert.ok(ms < GRACE_MS, `${ms.toFixed(0)} ms`)
  })

  it('ignoreStop: ends by force after the grace period, as killed', async () => {
    const { run, ms } = await killed(await delayed({ ignoreStop: true }))
    assert.equal(run.status, 'killed')
    assert.equal(run.outcome.message, 'L\'exécution a été arrêtée de force après 1,5 s.')
    assert.equal(messages(run).at(-1), run.outcome.message)
    assert.ok(ms >= GRACE_MS && ms < GRACE_MS + 1_000, `${ms.toFixed(0)} ms`)
  })

  it('email: the mail arrives with its attachment', async () => {
    const runId = (await service.call('POST', `/api/v1/processings/${await service.create(PLUGIN, {
      config: { datasetMode: 'create', dataset: { id: 'mailed', title: 'x' }, message: 'x', email: { from: 'from@test.com', to: 'to@test.com' } }
    })}/_trigger`, { as: ALICE })).json._id
    const reader = await followLog(service, runId)
    await reader.until(({ events }) => events.some(({ data }) => data.msg === 'Création du jeu de données'), 'the step after the mail')
    reader.leave()
    assert.equal(smtp.mails.length, 1)
    assert.deepEqual([smtp.mails[0]?.from, smtp.mails[0]?.to], ['from@test.com', ['to@test.com']])
    const [, text] = /^Subject: (.*)$/m.exec(smtp.mails[0]?.data ?? '') ?? []
    assert.equal(text, 'Hello world processing !')
    assert.ok(smtp.mails[0]?.data.includes(Buffer.from('A test attachment').toString('base64')))
    assert.equal((await killed(runId)).run.receipt.effects.mails, 1)
  })

  it('creates the dataset, follows 101 times its progress live, writes its line, awaits the journal', async () => {
    const { created: { run, reader } } = await story
    assert.equal(run.status, 'finished', JSON.stringify(run.log))
    assert.deepEqual(run.log.map(({ type, msg }: Line) => [type, msg]), [
      ['step', 'Création du jeu de données'],
      ['info', 'jeu de donnée créé, id="hello", title="Hello world"'],
      ['task', 'Tâche avec progression'],
      ['step', 'Écriture du message de bienvenue'],
      ['info', '1 ligne de donnée écrite'],
      ['info', 'wait for event "finalize-end" on dataset "hello"'],
      ['info', 'L\'exécution est terminée']
    ])
    assert.deepEqual(reader.seqs(), run.log.map(({ seq }: Line) => seq))
    // The first value may come with the entry itself.
    const seen = [...reader.of('log'), ...reader.of('progress')].map(({ data }) => data.progress).filter(value => value !== undefined)
    assert.deepEqual(seen, Array.from({ length: 101 }, (_, value) => value), 'each once, in order')
    assert.deepEqual([run.log[2].progress, run.log[2].total], [100, 100])
    assert.deepEqual(dataFair.datasets.get('hello')?.lines.hello, { message: 'undefined world !', _id: 'hello' })
    assert.deepEqual(run.receipt.effects, { writes: 2, configPatches: 1, mails: 0 })
  })

  it('patches the configuration to update, and runs again in that mode', async () => {
    const { config, updated: { run } } = await story
    assert.deepEqual(config, { datasetMode: 'update', dataset: { id: 'hello', title: 'Hello world' }, message: 'world !' })
    assert.equal(run.status, 'finished', JSON.stringify(run.log))
    assert.deepEqual(messages(run).slice(0, 2), ['Vérification du jeu de données', 'le jeu de donnée existe, id="hello", title="Hello world"'])
    assert.deepEqual(run.receipt.effects, { writes: 1, configPatches: 0, mails: 0 })
    assert.equal(run.receipt.plugin.cache, 'hit')
    assert.equal(dataFair.requests.filter(({ method, path }) => method === 'POST' && path === '/data-fair/api/v1/datasets').length, 2, 'one for this story, one for the mailed one')
  })

  it('asks the registry with the secret and the owner, each time', async () => {
    await story
    const bobs = registry.requests.filter(({ headers }) => JSON.parse(String(headers['x-account'])).id === BOB.id)
    assert.ok(bobs.length >= 3, 'at creation and at both runs')
    for (const { path, headers } of registry.requests) {
      assert.equal(path, `/api/v1/artefacts/${encodeURIComponent(PLUGIN)}/download`)
      assert.equal(headers['x-secret-key'], 'registry-secret')
    }
    assert.equal(registry.downloads(), 1, 'downloaded once')
  })

  it('speaks to data-fair with the key, in the name of the owner', async () => {
    await story
    const request = dataFair.requests.find(({ method, path }) => method === 'PUT' && path.endsWith('/hello/lines/hello'))
    assert.equal(request?.headers['x-apikey'], API_KEY)
    assert.deepEqual(JSON.parse(String(request?.headers['x-account'])), { ...BOB, name: encodeURIComponent(BOB.name) })
    assert.equal(dataFair.subscriptions[0]?.apiKey, API_KEY)
  })

  it('never shows the key: neither in a log nor in a run nor in a processing', async () => {
    await story
    const shown = await Promise.all(['runs?size=100&showAll=true', 'processings?size=100&showAll=true'].map(async path => await service.call('GET', `/api/v1/${path}`)))
    const runs = await Promise.all(shown[0]?.json.results.map(async ({ _id }: { _id: string }) => await service.call('GET', `/api/v1/runs/${_id}`)))
    assert.ok(runs.length >= 6)
    for (const { text } of [...shown, ...runs]) assert.ok(!text.includes(API_KEY))
  })
})
