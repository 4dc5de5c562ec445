import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { context, type TestContext } from '../../testing/index.js'
import { startDataFair, type DataFairServer } from '../servers/data-fair.ts'
import type { ProcessingContext } from '../../types/index.d.ts'

describe('vivarium/testing', () => {
  let dataFair: DataFairServer
  let processing: TestContext | undefined
  const { log: print } = console

  before(async () => { dataFair = await startDataFair({ apiKey: 'test-key' }) })
  after(async () => { await dataFair.close() })
  beforeEach(() => { console.log = () => {} })
  afterEach(async () => {
    console.log = print
    await processing?.cleanup()
    processing = undefined
  })
  const open = (initial: Parameters<typeof context<Record<string, unknown>>>[0], more: { debug?: boolean } = {}): TestContext => (processing = context<Record<string, unknown>>(initial, { dataFairUrl: dataFair.url, dataFairAPIKey: 'test-key' }, more.debug))

  it('[slow] runs the published hello-world plugin against a data-fair, and deletes its dataset', async function () {
    this.timeout(30_000)
    const { run } = createRequire(import.meta.url)('@data-fair/processing-hello-world') as { run (context: ProcessingContext): Promise<void> }
    const test = open({ processingConfig: { datasetMode: 'create', dataset: { id: 'hello', title: 'Hello' }, message: 'Ada', email: { from: 'a@test.com', to: 'b@test.com' } }, pluginConfig: { pluginMessage: 'Hello' } })
    await run(test)
    assert.deepEqual(dataFair.datasets.get('hello')?.lines.hello, { message: 'Hello Ada', _id: 'hello' })
    assert.deepEqual(test.processingConfig.datasetMode, 'update')
    assert.equal(test.mails.length, 1)
    assert.deepEqual(test.lines.filter(({ type }) => type === 'step').map(({ msg }) => msg), ['Envoi d\'un mail de test', 'Création du jeu de données', 'Écriture du message de bienvenue'])
    assert.equal(test.lines.filter(({ type }) => type === 'progress').length, 101)
    await test.cleanup()
    assert.equal(dataFair.datasets.has('hello'), false)
    assert.equal(dataFair.openSockets, 0)
  })

  it('sends the key to data-fair alone', async () => {
    const test = open({})
    await test.axios.get('api/v1/datasets')
    assert.equal(dataFair.requests.at(-1)?.headers['x-apikey'], 'test-key')
    const elsewhere = dataFair.url.replace('/data-fair', '/data-fair-elsewhere')
    await assert.rejects(test.axios.get(elsewhere), { status: 404 })
    assert.equal(dataFair.requests.at(-1)?.headers['x-apikey'], undefined)
  })

  it('rejects a failed request with an error that old and new plugins can read', async () => {
    const test = open({})
    const error = await test.axios.get('api/v1/datasets/nobody').then(() => assert.fail('it was expected to be refused'), (error: unknown) => error)
    assert.ok(error instanceof Error)
    assert.deepEqual([Reflect.get(error, 'status'), Reflect.get(error, 'data')], [404, 'no dataset nobody'])
    assert.equal((error as { response?: { status?: number } }).response?.status, 404)
  })

  it('awaits the journal, and tells its errors', async () => {
    const test = open({})
    await test.axios.post('api/v1/datasets', { id: 'journal', title: 'J' })
    const event = test.ws.waitForJournal('journal', 'finalize-end')
    await test.axios.post('api/v1/datasets/journal/lines', { a: 1 })
    assert.equal((await event).type, 'finalize-end')
    const failed = test.ws.waitForJournal('journal', 'finalize-end')
    await test.ws.subscribe('datasets/journal/journal')
    dataFair.emit('journal', 'error', 'broken line')
    await assert.rejects(failed, /^Error: broken line$/)
    await assert.rejects(test.ws.waitForJournal('journal', 'never', 20), /did not come within 20 ms/)
  })

  it('makes the folders that it is not given, and removes them', async () => {
    const test = open({ dir: '/given' })
    assert.equal(test.dir, '/given')
    assert.ok(existsSync(test.tmpDir))
    await test.cleanup()
    assert.ok(!existsSync(test.tmpDir))
  })

  it('prints debug lines only when asked', async () => {
    const printed: string[] = []
    console.log = (...args: unknown[]) => { printed.push(args.join(' ')) }
    await open({}).log.debug('quiet', { a: 1 })
    assert.deepEqual(printed, [])
    await processing?.cleanup()
    await open({}, { debug: true }).log.debug('loud', { a: 1 })
    assert.match(printed.join('\n'), /^\[\d\d:\d\d:\d\d\]\[debug\] loud \{"a":1\}$/)
  })

  it('says what is missing when there is no data-fair', async () => {
    processing = context()
    await assert.rejects(processing.axios.get('api/v1/datasets'), /is relative, and the test was given no dataFairUrl/)
    await assert.rejects(processing.ws.waitForJournal('x', 'y'), /was given no dataFairUrl/)
  })
})
