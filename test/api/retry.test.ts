import assert from 'node:assert/strict'
import { blue, openService, type Service } from './service.ts'

describe('retry of a processing', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  it('should be set, changed, told and unset', async () => {
    const { _id, retry } = await service.processing(blue, { retry: { max: 5, backoffSeconds: 30 } })
    assert.deepEqual(retry, { max: 5, backoffSeconds: 30 })
    const patch = async (value: unknown) => (await service.call('PATCH', `/api/v1/processings/${_id}`, { as: blue, body: { retry: value } })).json
    assert.deepEqual((await patch({ max: 1, backoffSeconds: 1.5 })).retry, { max: 1, backoffSeconds: 1.5 })
    assert.ok(!('retry' in await patch(null)))
  })

  for (const retry of [{ max: 6, backoffSeconds: 1 }, { max: -1, backoffSeconds: 1 }, { max: 1 }, { max: 1, backoffSeconds: 0 }, { max: 1, backoffSeconds: 3601 }, { max: 1, backoffSeconds: 1, more: 1 }, 3]) {
    it(`should refuse ${JSON.stringify(retry)}`, async () => {
      const { status, text } = await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'A title', plugin: 'takes-anything', retry } })
      assert.equal(status, 400)
      assert.match(text, /retry/)
    })
  }
})
