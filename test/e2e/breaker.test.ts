import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ALICE, BOB, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/breaker', import.meta.url))
const PAUSE_SECONDS = 4

interface Entry { readonly msg: string, readonly code?: string }

describe('a plugin that brings down its process again and again [slow]', function () {
  this.timeout(60_000)
  let service: TestService
  let hoards: string
  let behaves: string

  before(async () => {
    service = await openTestService({ PLUGINS_DIR, RUN_CELL_MEMORY_MB: '160', RUN_HEAP_MB: '160', PLUGIN_MAX_CRASHES: '2', PLUGIN_PAUSE_SECONDS: String(PAUSE_SECONDS) })
    hoards = await service.create('hoards-when-told', { config: { hoard: true } })
    behaves = await service.create('hoards-when-told', { as: BOB, config: { hoard: false, ms: 500 } })
  })
  after(async () => {
    await service?.close()
  })

  async function crash (): Promise<void> {
    const run = await service.run(hoards)
    assert.equal(run.outcome.code, 'cell-memory', run.outcome.adminDetail)
  }
  async function paused (processing: string, as = BOB): Promise<any> {
    const run = await service.run(processing, as)
    assert.equal(run.outcome.code, 'plugin-paused', run.outcome.message)
    assert.equal(run.receipt.cell, undefined, 'no process was taken')
    return run
  }

  it('runs alone once it has done so', async () => {
    assert.equal((await service.run(behaves, BOB)).status, 'finished')
    await crash()
    const runs = await Promise.all([service.run(behaves, BOB), service.run(await service.create('hoards-when-told', { as: BOB, config: { ms: 500 } }), BOB)])
    assert.deepEqual(runs.map(run => run.status), ['finished', 'finished'])
    assert.notEqual(runs[0].receipt.cell.pid, runs[1].receipt.cell.pid)
  })

  it('is paused: its runs end at once, and say until when, whoever owns them', async () => {
    await crash()
    const run = await paused(behaves)
    assert.match(run.log.at(-1).msg, /^The plugin hoards-when-told crashed 2 times in 1 min: it is paused until \d\d\/\d\d\/\d{4}, \d\d:\d\d UTC\.$/)
    const { json } = await service.call('GET', `/api/v1/runs/${run._id}`, { headers: { 'accept-language': 'fr' } })
    assert.match(json.log.at(-1).msg, /^Le plugin hoards-when-told a échoué brutalement 2 fois en 1 min : il est suspendu jusqu'à /)
  })

  it('is then tried by one run, and others wait for it: one that crashes again begins the pause anew', async () => {
    await wait(PAUSE_SECONDS * 1000)
    const { json } = await service.call('POST', `/api/v1/processings/${hoards}/_trigger`, { as: ALICE })
    while (!(await service.call('GET', `/api/v1/runs/${json._id}`)).json.log.some((entry: Entry) => entry.msg === 'begun')) await wait(5)
    assert.match((await paused(behaves)).outcome.message, /Another run is trying it again just now/)
    assert.equal((await service.ended(json._id)).outcome.code, 'cell-memory')
    assert.match((await paused(behaves)).outcome.message, /crashed 3 times/)
  })

  it('is free again after a trial that goes well', async () => {
    await wait(PAUSE_SECONDS * 1000)
    assert.equal((await service.run(behaves, BOB)).status, 'finished')
    await crash()
    assert.equal((await service.run(behaves, BOB)).status, 'finished', 'one crash does not pause it')
  })
})
