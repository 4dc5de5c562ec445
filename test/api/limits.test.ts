import assert from 'node:assert/strict'
import { ada, blue, openService, red, type Service } from './service.ts'

const SECRET = 'secret-of-the-customers'
const LIMITS = '/api/v1/limits'
const NOW = '2026-05-04T10:00:00.000Z'

describe('/api/v1/limits', () => {
  let service: Service
  beforeEach(async () => { service = await openService({ secrets: { limits: SECRET }, defaultSeconds: 500 }) })
  afterEach(() => service.close())

  const byService = async (method: string, path: string, body?: unknown, query = `?key=${SECRET}`): ReturnType<Service['call']> =>
    await service.call(method, `${LIMITS}${path}${query}`, { headers: { authorization: '' }, ...(body === undefined ? {} : { body }) })

  it('should merge what is set: what was used is kept when it is not sent', async () => {
    await service.store.limits.addConsumption(blue, 42, NOW)
    const first = await byService('POST', '/organization/blue', { lastUpdate: NOW, name: 'Blue', processings_seconds: { limit: 100 } })
    assert.equal(first.status, 200)
    assert.deepEqual(first.json, { type: 'organization', id: 'blue', name: 'Blue', lastUpdate: NOW, processings_seconds: { limit: 100, consumption: 42 } })
    assert.deepEqual((await byService('POST', '/organization/blue', { lastUpdate: NOW })).json, first.json)
    assert.deepEqual((await byService('POST', '/organization/blue', { lastUpdate: NOW, processings_seconds: { consumption: 0 } })).json.processings_seconds, { limit: 100, consumption: 0 })
  })

  it('should tell the configured limit where none was set, as it holds for runs', async () => {
    assert.deepEqual((await service.call('GET', `${LIMITS}/user/ada`, { as: ada })).json.processings_seconds, { limit: 500, consumption: 0 })
    assert.equal((await service.store.limits.get(ada))?.defaults, true)
    await byService('POST', '/user/ada', { lastUpdate: NOW, defaults: true, processings_seconds: { limit: 7, consumption: 3 } })
    assert.deepEqual((await service.call('GET', `${LIMITS}/user/ada`, { as: ada })).json.processings_seconds, { limit: 500, consumption: 3 })
    await byService('POST', '/user/ada', { lastUpdate: NOW, defaults: false, processings_seconds: { limit: -1 } })
    assert.deepEqual((await service.call('GET', `${LIMITS}/user/ada`, { as: ada })).json.processings_seconds, { limit: -1, consumption: 3 })
  })

  it('should list them all, the last changed first, of a type or an id', async () => {
    for (const [index, { type, id }] of [ada, blue, red].entries()) await byService('POST', `/${type}/${id}`, { lastUpdate: `2026-05-0${index + 1}T00:00:00+02:00` })
    const ids = async (query: string): Promise<[string[], number]> => {
      const { json } = await byService('GET', '', undefined, `?key=${SECRET}${query}`)
      return [json.results.map(({ id }: { id: string }) => id), json.count]
    }
    assert.deepEqual(await ids(''), [['red', 'blue', 'ada'], 3])
    assert.deepEqual(await ids('&type=organization&size=1'), [['red'], 2])
    assert.deepEqual(await ids('&type=user&id=ada'), [['ada'], 1])
  })

  it('should refuse what is no limit, naming it', async () => {
    const wrong: readonly [unknown, RegExp][] = [
      [{}, /lastUpdate is missing/],
      [{ lastUpdate: 'yesterday' }, /lastUpdate: wanted a date/],
      [{ lastUpdate: NOW, extra: 1 }, /Unknown field extra/],
      [{ lastUpdate: NOW, processings_seconds: { limit: -2 } }, /processings_seconds\.limit: wanted a number of seconds/],
      [{ lastUpdate: NOW, processings_seconds: { limit: '5' } }, /processings_seconds\.limit/],
      [{ lastUpdate: NOW, processings_seconds: { consumption: -1 } }, /processings_seconds\.consumption/],
      [{ lastUpdate: NOW, processings_seconds: { used: 1 } }, /Unknown field processings_seconds\.used/],
      [{ lastUpdate: NOW, type: 'user' }, /Unknown field type/]
    ]
    for (const [body, sentence] of wrong) {
      const answer = await byService('POST', '/organization/blue', body)
      assert.equal(answer.status, 400, JSON.stringify(body))
      assert.match(answer.text, sentence)
    }
    assert.equal((await byService('POST', '/team/blue', { lastUpdate: NOW })).status, 400)
    assert.equal(await service.store.limits.get(blue), undefined)
  })

  it('should know the service by its secret alone, and not through the public door', async () => {
    for (const query of [`?key=${SECRET}x`, '?key=guessed']) {
      for (const [method, path, body] of [['GET', ''], ['GET', '/user/ada'], ['POST', '/user/ada', { lastUpdate: NOW }]] as const) {
        const answer = await service.call(method, `${LIMITS}${path}${query}`, body === undefined ? {} : { body }) // a super-admin who sends a wrong secret
        assert.deepEqual([answer.status, answer.text], [401, 'Bad secret key'], method + path)
      }
    }
    const through = await service.call('GET', `${LIMITS}/user/ada`, { headers: { 'x-secret-key': SECRET, 'x-forwarded-host': 'example.org' } })
    assert.deepEqual([through.status, through.text], [421, 'This endpoint should only be used internally.'])
    assert.equal((await service.call('GET', `${LIMITS}/user/ada`, { headers: { authorization: '', 'x-secret-key': SECRET } })).status, 200)
  })

  it('should let nobody in by a secret when there is none', async () => {
    const closed = await openService()
    try {
      assert.equal((await closed.call('GET', `${LIMITS}/user/ada?key=undefined`, { headers: { authorization: '' } })).status, 401)
      assert.equal((await closed.call('GET', `${LIMITS}/user/ada`, { as: ada })).json.processings_seconds.limit, -1)
    } finally {
      await closed.close()
    }
  })
})
