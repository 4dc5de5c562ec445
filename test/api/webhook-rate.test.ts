import assert from 'node:assert/strict'
import { WebhookRate } from '../../api/webhook-rate.ts'
import { blue, openService } from './service.ts'

describe('how often webhook keys may be tried', () => {
  it('should answer 429 with Retry-After beyond the calls of a minute, for that processing and address alone', async () => {
    const service = await openService({ webhookCalls: 3 })
    try {
      const [one, other] = await Promise.all([1, 2].map(async () => await service.processing(blue, { active: true, config: {} })))
      const call = async (id: string) => {
        const { text } = await service.call('GET', `/api/v1/processings/${id}/webhook-key`, { as: blue })
        return await service.call('POST', `/api/v1/processings/${id}/_trigger`, { headers: { authorization: '', 'x-webhook-key': text } })
      }
      for (const status of [200, 200, 200, 429]) assert.equal((await call(one._id)).status, status)
      const refused = await call(one._id)
      assert.equal(refused.headers.get('x-error-code'), 'too-many-webhook-calls')
      const seconds = Number(refused.headers.get('retry-after'))
      assert.ok(seconds > 50 && seconds <= 60, `${seconds}`)
      assert.equal((await call(other._id)).status, 200)
      assert.equal((await service.call('POST', `/api/v1/processings/${one._id}/_trigger`, { as: blue })).status, 200, 'a session is not a key')
    } finally {
      await service.close()
    }
  })

  it('should no longer look at the keys of who guesses, whatever the processing, exists or not', async () => {
    const service = await openService({ wrongWebhookKeys: 4 })
    try {
      const { _id } = await service.processing(blue, { active: true, config: {} })
      const { text: key } = await service.call('GET', `/api/v1/processings/${_id}/webhook-key`, { as: blue })
      const call = async (id: string, sent: string) => (await service.call('POST', `/api/v1/processings/${id}/_trigger?key=${sent}`, { headers: { authorization: '' } })).status
      for (const id of [_id, 'a', 'b', 'c']) assert.equal(await call(id, 'guess'), 403)
      assert.equal(await call('d', 'guess'), 429)
      assert.equal(await call(_id, key), 429)
    } finally {
      await service.close()
    }
  })

  it('should count a network of IPv6 as one caller, and IPv4 by address, however it is written', async () => {
    const rate = new WebhookRate({ webhookCalls: 1 })
    await rate.take('2001:db8:0:1::1', 'p')
    await assert.rejects(rate.take('2001:db8:0:1:ffff::2', 'p'), { code: 'too-many-webhook-calls', status: 429 })
    await rate.take('2001:db8:0:2::1', 'p')
    await rate.take('192.0.2.1', 'p')
    await assert.rejects(rate.take('::ffff:192.0.2.1', 'p'), { status: 429 })
    await rate.take('192.0.2.2', 'p')
  })
})
