import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { ALICE, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/trigger', import.meta.url))

describe('a run that is triggered', function () {
  this.timeout(30_000)
  let service: TestService
  before(async () => { service = await openTestService({ PLUGINS_DIR }) })
  after(async () => { await service?.close() })

  async function told (headers: Record<string, string>, body?: unknown): Promise<unknown> {
    const id = await service.create('tells-its-trigger')
    const key = (await service.call('GET', `/api/v1/processings/${id}/webhook-key`, { as: ALICE })).text
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === 'the key' ? key : value]))
    const { status, json } = await service.call('POST', `/api/v1/processings/${id}/_trigger?wait=20`, { as: ALICE, headers: sent, body })
    assert.deepEqual([status, json.status], [200, 'finished'], 'it has waited for the end')
    const { log } = (await service.call('GET', `/api/v1/runs/${json._id}`)).json
    return log.find((entry: { msg: string }) => entry.msg === 'triggered').extra
  }

  it('by a webhook tells its plugin so, with what was sent', async () => {
    const body = { file: 'sales.csv', rows: [1, { two: null }] }
    assert.deepEqual(await told({ 'x-webhook-key': 'the key' }, body), { type: 'webhook', body })
  })

  it('by a person tells its plugin so', async () => {
    assert.deepEqual(await told({}), { type: 'manual' })
  })
})
