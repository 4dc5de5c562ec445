import assert from 'node:assert/strict'
import { ada, ADMIN_KEY, blue, openService, type Service } from './service.ts'

describe('who calls', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  it('should let anybody ask whether the service is there', async () => {
    const ping = await service.call('GET', '/api/v1/_ping', { headers: { authorization: '' } })
    assert.deepEqual([ping.status, ping.text], [200, 'ok'])
    const health = await service.call('GET', '/healthz', { headers: { authorization: '' } })
    assert.equal(health.status, 200)
    assert.equal(health.json.status, 'ok')
    assert.equal(health.json.store.ok, true)
    assert.equal(health.json.cells, 0)
  })

  for (const [method, path] of [['GET', '/api/v1/processings'], ['POST', '/api/v1/processings'], ['GET', '/api/v1/runs/x/log/stream'], ['POST', '/api/v1/processings/x/_trigger'], ['DELETE', '/api/v1/processings/x'], ['GET', '/api/v1/nothing'], ['GET', '/']] as const) {
    it(`should ask for credentials on ${method} ${path}`, async () => {
      const answer = await service.call(method, path, { headers: { authorization: '' } })
      assert.equal(answer.status, 401)
      assert.equal(answer.headers.get('x-error-code'), 'not-authenticated')
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
    })
  }

  for (const authorization of ['Bearer wrong', 'Bearer', `Basic ${ADMIN_KEY}`, `Bearer ${ADMIN_KEY}x`, `Bearer ${ADMIN_KEY.slice(1)}`, ADMIN_KEY]) {
    it(`should refuse "${authorization}"`, async () => {
      const answer = await service.call('GET', '/api/v1/processings', { headers: { authorization } })
      assert.equal(answer.status, 401)
      assert.equal(answer.headers.get('x-error-code'), 'bad-credentials')
    })
  }

  it('should be a super-admin with the key alone', async () => {
    assert.equal((await service.call('GET', '/api/v1/processings?showAll=true')).status, 200)
  })

  it('should be an ordinary administrator with x-account', async () => {
    assert.equal((await service.call('GET', '/api/v1/processings?showAll=true', { as: blue })).status, 400)
    const created = await service.processing(blue)
    assert.deepEqual(created.owner, blue)
    assert.equal(created.userProfile, 'admin')
  })

  it('should name a user by himself, and take the id for a missing name', async () => {
    const created = await service.processing({ type: 'user', id: 'bob' })
    assert.deepEqual(created.owner, { type: 'user', id: 'bob', name: 'bob' })
    assert.equal(created.created.id, 'bob')
  })

  it('should read names that are URI-encoded or plain UTF-8', async () => {
    const encoded = await service.processing(undefined, { })
    assert.equal(encoded.owner.id, 'superadmin')
    const names = await Promise.all([encodeURIComponent('Société bleue'), Buffer.from('Société bleue').toString('latin1')].map(async name =>
      (await service.processing({ type: 'organization', id: 'bleue', name })).owner.name))
    assert.deepEqual(names, ['Société bleue', 'Société bleue'])
  })

  for (const account of ['no json', '[]', '{}', '{"type":"group","id":"a"}', '{"type":"user","id":""}', '{"type":"user","id":{"$ne":1}}', '{"type":"user","id":"a:b"}', '{"type":"user","id":"a","department":"d"}', '{"type":"organization","id":"a","name":5}']) {
    it(`should refuse x-account: ${account}`, async () => {
      const answer = await service.call('GET', '/api/v1/processings', { headers: { 'x-account': account } })
      assert.equal(answer.status, 400)
      assert.equal(answer.headers.get('x-error-code'), 'bad-account-header')
    })
  }

  it('should log the address of who is refused, and of nobody else', async () => {
    const logged = async (requestId: string, authorization: string): Promise<{ status: number, address?: string }> => {
      await service.call('GET', '/api/v1/processings', { headers: { authorization, 'x-request-id': requestId } })
      return JSON.parse(service.log().split('\n').find(line => line.includes(`"${requestId}"`)) ?? '{}')
    }
    const [refused, served] = [await logged('wrong-key', 'Bearer wrong'), await logged('right-key', `Bearer ${ADMIN_KEY}`)]
    assert.deepEqual([refused.status, refused.address], [401, '127.0.0.1'])
    assert.deepEqual([served.status, served.address], [200, undefined])
  })

  it('should never log a key', async () => {
    const { _id } = await service.processing(ada)
    const key = (await service.call('GET', `/api/v1/processings/${_id}/webhook-key`, { as: ada })).text
    await service.call('POST', `/api/v1/processings/${_id}/_trigger?key=${key}`, { headers: { authorization: '' } })
    await service.call('POST', `/api/v1/processings/${_id}/_trigger?key=wrong-key-sent`, { headers: { authorization: '' } })
    assert.ok(service.log().includes(`/api/v1/processings/${_id}/_trigger`))
    for (const secret of [ADMIN_KEY, key, 'wrong-key-sent']) assert.ok(!service.log().includes(secret))
  })
})
