import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from '../../api/idempotency.ts'
import type { Run } from '../../store/types.ts'
import { blue, openService, red, type Service } from './service.ts'

describe('what comes with a trigger', () => {
  let service: Service
  before(async () => { service = await openService({ pollMs: 50 }) })
  after(() => service.close())

  const active = (fields = {}) => service.processing(blue, { active: true, config: {}, ...fields })
  const trigger = (id: string, query = '', options = {}) => service.call('POST', `/api/v1/processings/${id}/_trigger${query}`, { as: blue, ...options })
  const keyOf = async (id: string) => (await service.call('GET', `/api/v1/processings/${id}/webhook-key`, { as: blue })).text
  const countOf = async (id: string) => (await service.call('GET', `/api/v1/runs?processing=${id}`, { as: blue })).json.count
  const causeOf = async (run: Run) => (await service.store.runs.get(run._id))?.trigger
  const end = async (id: string) => await service.finish(await service.claim(id))

  describe('Idempotency-Key', () => {
    const keyed = (key: string, body?: unknown) => ({ headers: { 'idempotency-key': key }, ...(body === undefined ? {} : { body }) })

    it('should answer the same run again, also when it has ended', async () => {
      const { _id } = await active()
      const first = await trigger(_id, '', keyed('k1'))
      await end(_id)
      const again = await trigger(_id, '', keyed('k1'))
      assert.deepEqual([again.status, again.json._id, again.json.status], [200, first.json._id, 'finished'])
      assert.deepEqual([first, again].map(({ headers }) => headers.get('idempotency-replayed')), [null, 'true'])
      assert.notEqual((await trigger(_id, '', keyed('k2'))).json._id, first.json._id)
      assert.equal(await countOf(_id), 2)
    })

    it('should start one run for a hundred calls at once, and tell all but one that it is a replay', async () => {
      const { _id } = await active()
      const answers = await Promise.all(Array.from({ length: 100 }, () => trigger(_id, '', keyed('k', { rows: 5 }))))
      assert.deepEqual([new Set(answers.map(({ status }) => status)), new Set(answers.map(({ json }) => json._id)).size], [new Set([200]), 1])
      assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length, 99)
      assert.equal(await countOf(_id), 1)
    })

    it('should refuse another body or delay with the same key', async () => {
      const { _id } = await active()
      await trigger(_id, '', keyed('k', { rows: 5 }))
      const other = await trigger(_id, '', keyed('k', { rows: 6 }))
      assert.equal(other.status, 422)
      assert.match(other.text, /^Idempotency-Key k: this key came with another body or delay/)
      assert.equal((await trigger(_id, '?delay=5', keyed('k', { rows: 5 }))).status, 422)
    })

    it('should forget a call that was refused', async () => {
      const { _id } = await service.processing(blue, { config: {} })
      assert.equal((await trigger(_id, '', keyed('k'))).status, 409)
      await service.store.processings.patch(_id, { active: true })
      const answer = await trigger(_id, '', keyed('k'))
      assert.deepEqual([answer.status, answer.headers.get('idempotency-replayed')], [200, null])
    })

    it('should be each caller\'s own, and each processing\'s', async () => {
      const permissions = [{ profile: 'exec', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
      const { _id } = await active({ permissions })
      const apiKey = (await service.call('POST', '/api/v1/api-keys', { as: red, body: { title: 'A script', role: 'admin' } })).json.key
      await trigger(_id, '', keyed('k', { rows: 1 }))
      const key = await keyOf(_id)
      const others = [
        await trigger(_id, '', { headers: { authorization: '', 'x-account': '', 'x-webhook-key': key, 'idempotency-key': 'k' }, body: { rows: 2 } }),
        await trigger(_id, '', { headers: { authorization: `Bearer ${apiKey}`, 'x-account': '', 'idempotency-key': 'k' }, body: { rows: 3 } }),
        await trigger((await active())._id, '', keyed('k', { rows: 4 }))
      ]
      assert.deepEqual(others.map(({ status, headers }) => [status, headers.get('idempotency-replayed')]), others.map(() => [200, null]))
    })

    it('should say that the run was deleted', async () => {
      const { _id } = await active()
      const { json } = await trigger(_id, '', keyed('k'))
      await service.store.runs.remove(json._id)
      const again = await trigger(_id, '', keyed('k'))
      assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [404, 'true'])
      assert.equal(await countOf(_id), 0)
    })

    for (const key of ['two words', 'x'.repeat(201), 'caf\u00e9']) {
      it(`should refuse ${JSON.stringify(key.slice(0, 20))}`, async () => assert.equal((await trigger((await active())._id, '', keyed(key))).status, 400))
    }

    it('should act again after a day, and forget what is older', async () => {
      const { idempotency } = service.store
      let now = Date.parse('2020-01-01T00:00:00Z')
      const call = async (key: string, id: string) => (await once(idempotency, { scope: 'day', key, asked: null, clock: () => now }, async () => id)).id
      assert.deepEqual([await call('k', 'a'), await call('k', 'b')], ['a', 'a'])
      now += 86_399_999
      assert.equal(await call('k', 'c'), 'a')
      now += 1
      assert.equal(await call('other', 'd'), 'd')
      assert.equal(await idempotency.expire(new Date(now).toISOString(), 10), 0, 'nothing was left to forget')
      assert.equal(await call('k', 'e'), 'e')
    })

    it('should take over from a caller who died at work', async () => {
      const { idempotency } = service.store
      let now = Date.parse('2030-01-01T00:00:00Z')
      await idempotency.putOnce({ scope: 'dead', key: 'k', bodyHash: hashOfNull, expiresAt: new Date(now + 86_400_000).toISOString() }, new Date(now).toISOString())
      const answer = await once(idempotency, { scope: 'dead', key: 'k', asked: null, clock: () => (now += 4000) }, async () => 'mine')
      assert.deepEqual(answer, { id: 'mine', replayed: false })
    })
  })

  describe('?wait=', () => {
    it('should answer 200 as soon as the run has ended', async () => {
      const { _id } = await active()
      const started = performance.now()
      const answer = trigger(_id, '?wait=30')
      while (await countOf(_id) === 0) await sleep(5)
      await end(_id)
      const { status, json } = await answer
      assert.deepEqual([status, json.status], [200, 'finished'])
      assert.ok(!('outcome' in json) && !('permissions' in json))
      assert.ok(performance.now() - started < 15_000)
    })

    it('should answer 202 with the run when it goes on', async () => {
      const { _id } = await active()
      const { status, json } = await trigger(_id, '?wait=0.2')
      assert.deepEqual([status, json.status], [202, 'triggered'])
      assert.equal((await trigger(_id, '?wait=0')).status, 202)
    })

    it('should answer the run of a key that comes again when that has ended', async () => {
      const { _id } = await active()
      await trigger(_id, '', { headers: { 'idempotency-key': 'k' } })
      await end(_id)
      const { status, json, headers } = await trigger(_id, '?wait=5', { headers: { 'idempotency-key': 'k' } })
      assert.deepEqual([status, json.status, headers.get('idempotency-replayed')], [200, 'finished', 'true'])
    })

    it('should not wait when too many do', async () => {
      const small = await openService({ maxWaits: 1, pollMs: 50 })
      try {
        const { _id } = await small.processing(blue, { active: true, config: {} })
        const call = (wait: number) => small.call('POST', `/api/v1/processings/${_id}/_trigger?wait=${wait}`, { as: blue })
        const first = call(30)
        while ((await small.store.runs.pending({ limit: 1 })).length === 0) await sleep(5)
        await sleep(50)
        assert.equal((await call(30)).status, 202)
        await small.finish(await small.claim(_id))
        assert.equal((await first).status, 200)
        assert.equal((await call(0.1)).status, 202)
      } finally {
        await small.close()
      }
    })

    it('should end with the service', async () => {
      const small = await openService()
      const { _id } = await small.processing(blue, { active: true, config: {} })
      const answer = small.call('POST', `/api/v1/processings/${_id}/_trigger?wait=60`, { as: blue })
      while ((await small.store.runs.pending({ limit: 1 })).length === 0) await sleep(5)
      small.closing.abort()
      assert.equal((await answer).status, 202)
      await small.close()
    })

    for (const wait of ['61', '-1', 'long']) {
      it(`should refuse ${wait}`, async () => assert.equal((await trigger((await active())._id, `?wait=${wait}`)).status, 400))
    }
  })

  describe('a body', () => {
    it('should be kept for the plugin, with who has sent it', async () => {
      const hook = await active()
      const headers = { authorization: '', 'x-account': '', 'x-webhook-key': await keyOf(hook._id) }
      assert.deepEqual(await causeOf((await trigger(hook._id, '', { headers, body: { file: 'sales.csv' } })).json), { type: 'webhook', body: { file: 'sales.csv' } })
      const hand = await active()
      assert.deepEqual(await causeOf((await trigger(hand._id, '', { body: { rows: [1] } })).json), { type: 'manual', body: { rows: [1] } })
      assert.deepEqual(await causeOf((await trigger((await active())._id, '', { body: {} })).json), { type: 'manual' })
    })

    it('should be told to administrators alone', async () => {
      const permissions = [{ profile: 'exec', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
      const { _id } = await active({ permissions })
      const run = (await trigger(_id, '', { body: { rows: 5 } })).json
      assert.deepEqual(run.trigger, { type: 'manual' })
      assert.deepEqual((await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue })).json.trigger, { type: 'manual', body: { rows: 5 } })
      assert.deepEqual((await service.call('GET', `/api/v1/runs/${run._id}`, { as: red })).json.trigger, { type: 'manual' })
    })

    it('should be 64 kB at most, and JSON that can be read', async () => {
      const { _id } = await active()
      assert.equal((await trigger(_id, '', { body: { text: 'x'.repeat(65_536) } })).status, 413)
      assert.equal((await trigger(_id, '', { body: '{"rows":' })).status, 400)
      assert.equal((await trigger(_id, '', { body: '[1]' })).status, 400)
      assert.equal((await trigger(_id, '', { body: { text: 'x'.repeat(65_000) } })).status, 200)
    })

    it('should not be read when it is something else than JSON, as upstream', async () => {
      const { _id } = await active()
      const { status, json } = await trigger(_id, '', { body: 'rows=5', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      assert.equal(status, 200)
      assert.deepEqual(await causeOf(json), { type: 'manual' })
    })
  })
})

/** SHA-256 of `null`, in base64url. */
const hashOfNull = 'dCNOmK_nSY-12vHzasLXiswzlGT5UHA7jAGYkvmCuQs'
