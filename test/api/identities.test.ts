import assert from 'node:assert/strict'
import { blue, openService, red, type Service } from './service.ts'

const SECRET = 'secret-of-the-directory'
const hr = { ...blue, department: 'hr', departmentName: 'HR' }

describe('/api/identities', () => {
  let service: Service
  before(async () => { service = await openService({ secrets: { identities: SECRET } }) })
  after(() => service.close())

  const call = async (method: string, path: string, headers: Record<string, string> = { 'x-secret-key': SECRET }, body?: unknown): ReturnType<Service['call']> =>
    await service.call(method, `/api/identities/${path}`, { headers: { authorization: '', ...headers }, ...(body === undefined ? {} : { body }) })
  const read = async (id: string) => (await service.call('GET', `/api/v1/processings/${id}`))

  describe('lets in', () => {
    const report = 'user/ada/report'

    it('who has the secret, in a header or in the address', async () => {
      assert.deepEqual([(await call('GET', report)).status, (await call('GET', report)).text], [200, ''])
      assert.equal((await call('GET', `${report}?key=${SECRET}`, {})).status, 200)
    })

    it('nobody else, super-admins included', async () => {
      const wrong: readonly [string, Record<string, string>][] = [
        ['', {}], ['?key=', {}], [`?key=${SECRET}x`, {}], [`?key=${SECRET.slice(1)}`, {}], [`?key=${SECRET}&key=${SECRET}`, {}], [`?key[]=${SECRET}`, {}],
        ['', { 'x-secret-key': `${SECRET} x` }], [`?key=${SECRET}`, { 'x-secret-key': 'wrong' }]
      ]
      for (const [query, headers] of wrong) {
        const answer = await call('GET', report + query, headers)
        assert.deepEqual([answer.status, answer.text], [401, 'Bad secret key'], query + JSON.stringify(headers))
      }
      assert.equal((await service.call('GET', `/api/identities/${report}`)).status, 401)
    })

    it('nobody when there is no secret', async () => {
      const closed = await openService()
      try {
        for (const key of ['', 'undefined', SECRET]) assert.equal((await closed.call('GET', `/api/identities/${report}?key=${key}`, { headers: { authorization: '' } })).status, 401)
      } finally {
        await closed.close()
      }
    })

    it('nobody through the public door, unless that is wanted', async () => {
      const through = { 'x-secret-key': SECRET, 'x-forwarded-host': 'example.org' }
      const answer = await call('DELETE', 'organization/nobody', through)
      assert.deepEqual([answer.status, answer.text], [421, 'This endpoint should only be used internally.'])
      const open = await openService({ secrets: { identities: SECRET }, internalThroughProxy: true })
      try {
        assert.equal((await open.call('GET', `/api/identities/${report}`, { headers: { authorization: '', ...through } })).status, 200)
      } finally {
        await open.close()
      }
    })
  })

  it('should write new names of an account, of its departments and of a user', async () => {
    const [whole, part] = [await service.processing(blue), await service.processing(hr)]
    const own = await service.processing({ type: 'user', id: 'ada', name: 'Ada' })
    assert.equal((await call('POST', 'organization/blue', undefined, { name: 'Bleu', departments: [{ id: 'hr', name: 'People' }], organizations: [] })).status, 200)
    assert.equal((await call('POST', 'user/ada', undefined, { name: 'Ada L.' })).status, 200)
    assert.deepEqual((await read(whole._id)).json.owner, { ...blue, name: 'Bleu' })
    assert.deepEqual((await read(part._id)).json.owner, { ...hr, name: 'Bleu', departmentName: 'People' })
    const { owner, created } = (await read(own._id)).json
    assert.deepEqual([owner.name, created.name], ['Ada L.', 'Ada L.'])
  })

  it('should refuse what is no identity', async () => {
    assert.equal((await call('POST', 'group/blue', undefined, { name: 'x' })).status, 400)
    assert.equal((await call('POST', 'organization/a:b', undefined, { name: 'x' })).status, 400)
    for (const body of [{}, { name: '' }, { name: { $ne: 1 } }, { name: 'x', departments: [{}] }]) assert.equal((await call('POST', 'organization/blue', undefined, body)).status, 400)
  })

  it('should remove all that is of an account, its running run stopped first, and nothing else', async () => {
    const fields = { active: true, config: {} }
    const [one, other] = [await service.processing(red, fields), await service.processing(red)]
    const kept = await service.processing(blue)
    const key = (await service.call('POST', '/api/v1/api-keys', { as: red, body: { title: 'A key', role: 'admin' } })).json.key
    await service.call('POST', `/api/v1/processings/${one._id}/_trigger`, { as: red })
    const run = await service.claim(one._id)
    const removal = call('DELETE', 'organization/red')
    while ((await service.store.runs.get(run._id))?.status !== 'kill') await new Promise(resolve => setTimeout(resolve, 5))
    assert.equal((await read(one._id)).status, 200)
    await service.finish(run)
    assert.equal((await removal).status, 200)
    assert.equal((await read(one._id)).status, 404)
    assert.equal((await read(other._id)).status, 404)
    assert.equal((await service.call('GET', '/api/v1/processings', { headers: { authorization: `Bearer ${key}` } })).status, 401)
    assert.deepEqual(service.removed.toSorted(), [one._id, other._id].sort())
    assert.equal((await read(kept._id)).status, 200)
  })
})
