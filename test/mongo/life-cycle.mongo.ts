/** Whole services on a database of MongoDB, used over HTTP. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { upgradeCommand } from '../../bin/upgrade.ts'
import { openTestService, ALICE, BOB, type TestService } from '../e2e/service.ts'
import { testDatabase, type TestDatabase } from './mongo-server.ts'
import { putUpstreamDocuments } from './upstream-documents.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../../examples', import.meta.url))
const CIPHER_PASSWORD = 'password of the platform'

describe('services on mongo', function () {
  this.timeout(60_000)
  let database: TestDatabase
  let dir: string
  const services: TestService[] = []

  const open = async (name: string, more: Record<string, string> = {}): Promise<TestService> => {
    const service = await openTestService({ MONGO_URL: database.url, PLUGINS_DIR, CIPHER_PASSWORD, DATA_DIR: path.join(dir, name), ...more })
    services.push(service)
    return service
  }
  const closeAll = async (): Promise<void> => { await Promise.all(services.splice(0).map(async service => await service.close())) }

  beforeEach(async () => {
    database = testDatabase()
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-mongo-'))
  })
  afterEach(async () => {
    await closeAll()
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  })

  const messages = (run: { log: readonly { msg: string }[] }): string[] => run.log.map(({ msg }) => msg)

  it('run a processing from its trigger to its log, and find both again after a new start', async () => {
    const service = await open('one')
    const id = await service.create('hello', { config: { name: 'MongoDB', times: 2 } })
    const run = await service.run(id)
    assert.equal(run.status, 'finished', JSON.stringify(run))
    assert.ok(messages(run).includes('Hello, MongoDB! (2 of 2)'), messages(run).join('\n'))
    assert.equal((await service.call('GET', `/api/v1/processings/${id}`, { as: ALICE })).json.lastRun._id, run._id)
    await closeAll()

    const again = await open('one')
    const found = (await again.call('GET', `/api/v1/runs/${run._id}`, { as: ALICE })).json
    assert.deepEqual(messages(found), messages(run))
    assert.equal((await again.call('GET', '/api/v1/processings?q=hello', { as: ALICE })).json.count, 1)
  })

  it('end a plugin that throws in error, and one that is stopped as killed', async () => {
    const service = await open('one')
    assert.equal((await service.run(await service.create('throws'))).status, 'error')
    const id = await service.create('hello', { config: { times: 100 } })
    const { json } = await service.call('POST', `/api/v1/processings/${id}/_trigger`, { as: ALICE })
    await service.call('POST', `/api/v1/runs/${json._id}/_kill`, { as: ALICE })
    assert.equal((await service.ended(json._id)).status, 'killed')
  })

  it('share the runs of one database and one plugin cache, each run once', async () => {
    const shared = { TMP_DIR: path.join(dir, 'cache'), WORKER_CONCURRENCY: '2' }
    const [one, two] = await Promise.all([open('one', shared), open('two', shared)])
    const runs = await Promise.all(Array.from({ length: 12 }, async (_, n) => {
      const service = n % 2 === 0 ? one : two
      const as = n % 3 === 0 ? BOB : ALICE
      const run = await service.run(await service.create('hello', { as, config: { name: `number ${n}` } }), as)
      return { n, run }
    }))
    for (const { n, run } of runs) {
      assert.equal(run.status, 'finished', JSON.stringify(run))
      assert.deepEqual(messages(run).filter(msg => msg.startsWith('Hello')), [`Hello, number ${n}!`])
      assert.deepEqual((await two.call('GET', `/api/v1/runs/${run._id}`)).json.log.length, run.log.length)
    }
  })

  it('go on with a database of data-fair/processings: what was planned runs, what was left running is settled', async () => {
    await putUpstreamDocuments(database) // the plugin of Rivers is not in the folder
    assert.equal(await upgradeCommand(['--allow-orphans'], { MONGO_URL: database.url, PLUGINS_DIR, CIPHER_PASSWORD, DATA_DIR: path.join(dir, 'one') }, () => {}), 0)
    const service = await open('one', { LOCALE: 'fr' })
    const planned = await service.ended('planned-run')
    assert.equal(planned.status, 'finished', JSON.stringify(planned))
    const left = await service.ended('held-run')
    assert.equal(left.status, 'finished', JSON.stringify(left))
    assert.equal(messages(left)[0], 'Fetch', 'its log goes on')
    const old = (await service.call('GET', '/api/v1/runs/ended-run')).json
    assert.deepEqual(messages(old), ['Fetch', '12 lines', 'Lines', 'One line is wrong'])
    const rivers = (await service.call('GET', '/api/v1/processings/lost-its-next-run')).json
    assert.equal(rivers.nextRun.status, 'scheduled')
  })

  it('say at the start which key to look at when there is no such server', async () => {
    const url = new URL(database.url)
    url.searchParams.set('serverSelectionTimeoutMS', '200')
    url.port = '1'
    await assert.rejects(openTestService({ MONGO_URL: url.href, PLUGINS_DIR, DATA_DIR: path.join(dir, 'one') }), { code: 'start', message: /^MONGO_URL: wanted a database of MongoDB that can be used, found that .* does not answer/ })
  })
})
