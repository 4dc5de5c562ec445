import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { BOB, openTestService } from './service.ts'
import type { TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/suspects', import.meta.url))

describe('the processing time that an account may use', function () {
  this.timeout(20_000)
  let service: TestService
  before(async () => { service = await openTestService({ PLUGINS_DIR, DEFAULT_LIMITS_PROCESSINGS_SECONDS: '1' }) })
  after(async () => await service?.close())

  it('LIFE-04: a run after it is used up ends with quota-exhausted and starts nothing; other accounts go on', async () => {
    const id = await service.create('waits')
    assert.equal((await service.run(id)).status, 'finished')
    const refused = await service.run(id)
    assert.equal(refused.status, 'error')
    assert.equal(refused.outcome.code, 'quota-exhausted')
    assert.deepEqual(refused.log.map((entry: { code?: string, msg: string }) => [entry.code, entry.msg]), [['quota-exhausted', 'the allowed processing time is used up']])
    assert.equal((await service.run(await service.create('waits', { as: BOB }), BOB)).status, 'finished')
  })
})
