import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { ALICE, BOB, openTestService } from './service.ts'
import type { TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/suspects', import.meta.url))
const SECRET_LIMITS = 'secret-of-the-customers'

describe('the processing time that an account may use', function () {
  this.timeout(20_000)
  let service: TestService
  before(async () => { service = await openTestService({ PLUGINS_DIR, SECRET_LIMITS, DEFAULT_LIMITS_PROCESSINGS_SECONDS: '60' }) })
  after(async () => await service?.close())

  const consumed = async (consumption: number): Promise<void> => {
    const { status, json } = await service.call('POST', `/api/v1/limits/user/alice?key=${SECRET_LIMITS}`, { headers: { authorization: '' }, body: { lastUpdate: new Date().toISOString(), defaults: true, processings_seconds: { consumption } } })
    assert.equal(status, 200)
    assert.deepEqual(json.processings_seconds, { limit: 60, consumption })
  }
  const last = (run: { log: { code?: string, msg: string }[] }): [string | undefined, string | undefined] => [run.log.at(-1)?.code, run.log.at(-1)?.msg]

  it('LIFE-04: a run after it is used up ends with quota-exhausted and starts nothing; other accounts go on', async () => {
    const id = await service.create('waits')
    assert.equal((await service.run(id)).status, 'finished')
    assert.ok((await service.call('GET', '/api/v1/limits/user/alice', { as: ALICE })).json.processings_seconds.consumption >= 1)
    await consumed(60)
    const refused = await service.run(id)
    assert.equal(refused.status, 'error')
    assert.equal(refused.outcome.code, 'quota-exhausted')
    assert.deepEqual(refused.log.map((entry: { code?: string, msg: string }) => [entry.code, entry.msg]), [['quota-exhausted', 'the allowed processing time is used up']])
    assert.equal((await service.run(await service.create('waits', { as: BOB }), BOB)).status, 'finished')
  })

  it('a run that would pass it is stopped when it is reached, and uses no more', async () => {
    await consumed(59.5)
    const stopped = await service.run(await service.create('waits'))
    assert.deepEqual([stopped.status, stopped.outcome.code], ['error', 'quota-exhausted'])
    assert.deepEqual(last(stopped), ['quota-exhausted', 'the allowed processing time was used up during this run: it was stopped'])
    assert.ok(stopped.log.every(({ msg }: { msg: string }) => msg !== 'done'))
  })
})
