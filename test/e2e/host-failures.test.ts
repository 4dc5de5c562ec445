import assert from 'node:assert/strict'
import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ALICE, BOB, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/hostile', import.meta.url))

describe('what is the platform\'s fault', function () {
  this.timeout(30_000)
  let plugins: string
  let service: TestService

  before(async () => {
    plugins = await mkdtemp(path.join(tmpdir(), 'vivarium-plugins-'))
    await cp(path.join(PLUGINS_DIR, 'healthy-neighbour'), path.join(plugins, 'healthy'), { recursive: true })
    service = await openTestService({ PLUGINS_DIR: plugins })
  })
  after(async () => {
    await service?.close()
    await rm(plugins, { recursive: true, force: true })
  })

  it('is told as such, with a reference, when a plugin cannot be kept on this machine: no registry is blamed', async () => {
    const temporary = path.join(service.dataDir, 'tmp/plugins/v1/tmp')
    const processing = await service.create('healthy')
    await appendFile(path.join(plugins, 'healthy/index.js'), '\n// another content\n')
    await rm(temporary, { recursive: true })
    await writeFile(temporary, 'in the way')

    const run = await service.run(processing)
    assert.equal(run.outcome.code, 'internal')
    assert.equal(run.log.at(-1).msg, `An error of the platform stopped this run (reference ${run._id}). The administrators are informed.`)
    assert.match(run.outcome.adminDetail, /the plugin cache failed.*Error: E[A-Z]+/)
    assert.doesNotMatch((await service.call('GET', `/api/v1/runs/${run._id}`, { as: ALICE })).text, /EEXIST|ENOTDIR/, 'only operators see the cause')

    const refused = await service.call('POST', '/api/v1/processings', { as: ALICE, body: { title: 'another', plugin: 'healthy', active: true, config: {} } })
    assert.deepEqual([refused.status, refused.headers.get('x-error-code')], [500, 'internal'])
    assert.match(refused.text, /^An error of the platform prevented this \(reference .+\)\.$/)

    await rm(temporary)
    assert.equal((await service.run(processing)).status, 'finished', 'the next run tries again')
  })
})

describe('the advice beside an outcome', function () {
  this.timeout(30_000)

  it('is read in the reader\'s language', async () => {
    const service = await openTestService({ PLUGINS_DIR, LOCALE: 'en' })
    try {
      const { _id, log } = await service.run(await service.create('never-settles'))
      assert.match(log.at(-1).msg, /^To the author of the plugin: some promise is never settled/)
      const french = (await service.call('GET', `/api/v1/runs/${_id}`, { headers: { 'accept-language': 'fr' } })).json
      assert.match(french.log.at(-1).msg, /^À l'auteur du plugin : une promesse n'est jamais tenue/)
    } finally {
      await service.close()
    }
  })
})

describe('a database that another process holds [slow]', function () {
  this.timeout(40_000)
  const LOCKED_MS = 4_000

  it('is waited for: meanwhile the service answers, then what was asked for is done, and the run under way has lost nothing', async () => {
    const service = await openTestService({ PLUGINS_DIR })
    const other = new DatabaseSync(path.join(service.dataDir, 'vivarium.db'))
    try {
      const processings = await Promise.all([ALICE, BOB].map(async as => await service.create('healthy-neighbour', { as })))
      const begin = async (id: string | undefined): Promise<string> => {
        const answer = await service.call('POST', `/api/v1/processings/${id}/_trigger`)
        assert.equal(answer.status, 200, answer.text)
        return answer.json._id
      }
      const underWay = await begin(processings[0])
      other.exec('BEGIN IMMEDIATE')
      const asked = begin(processings[1])
      let slowest = 0
      for (const end = performance.now() + LOCKED_MS; performance.now() < end; await wait(20)) {
        const start = performance.now()
        assert.equal((await service.call('GET', '/healthz')).status, 200)
        slowest = Math.max(slowest, performance.now() - start)
      }
      other.exec('COMMIT')
      for (const run of [underWay, await asked]) assert.equal((await service.ended(run)).status, 'finished')
      assert.ok(slowest < 1_000, `/healthz took ${slowest.toFixed(0)} ms`)
    } finally {
      other.close()
      await service.close()
    }
  })
})
