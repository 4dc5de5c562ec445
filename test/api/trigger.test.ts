import assert from 'node:assert/strict'
import { blue, openService, red, type Service } from './service.ts'

describe('POST /api/v1/processings/:id/_trigger', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  const active = (fields = {}) => service.processing(blue, { active: true, config: {}, ...fields })
  const trigger = (id: string, query = '', headers: Record<string, string> = {}) => service.call('POST', `/api/v1/processings/${id}/_trigger${query}`, { as: blue, headers })
  const keyOf = async (id: string) => (await service.call('GET', `/api/v1/processings/${id}/webhook-key`, { as: blue })).text
  const anonymous = { authorization: '', 'x-account': '' }

  it('should answer 200 with the run, without permissions', async () => {
    const { _id } = await active({ permissions: [] })
    const { status, json } = await trigger(_id)
    assert.equal(status, 200)
    assert.equal(json.status, 'triggered')
    assert.equal(json.processing._id, _id)
    assert.ok(!('permissions' in json))
  })

  it('should refuse an inactive processing in upstream\'s words', async () => {
    const { _id } = await service.processing(blue, { config: {} })
    assert.deepEqual([(await trigger(_id)).status, (await trigger(_id, '', { 'accept-language': 'fr' })).text], [409, 'Le traitement n\'est pas actif'])
  })

  it('should refuse while a run is under way', async () => {
    const { _id } = await active()
    await trigger(_id)
    await service.claim(_id)
    const answer = await trigger(_id, '', { 'accept-language': 'fr' })
    assert.deepEqual([answer.status, answer.text], [400, 'une exécution est déjà en cours'])
  })

  it('should start one run for a hundred calls at once', async () => {
    const { _id } = await active()
    const answers = await Promise.all(Array.from({ length: 100 }, () => trigger(_id)))
    assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([200]))
    assert.equal(new Set(answers.map(answer => answer.json._id)).size, 1)
    assert.equal((await service.call('GET', `/api/v1/runs?processing=${_id}`, { as: blue })).json.count, 1)
  })

  it('should wait for the delay that is asked for (W12)', async () => {
    const { _id } = await active()
    const { json } = await trigger(_id, '?delay=3600')
    const seconds = (Date.parse(json.scheduledAt) - Date.now()) / 1000
    assert.ok(seconds > 3590 && seconds <= 3600, `${seconds} s`)
  })

  for (const delay of ['soon', '-1', '2592001', 'Infinity', '1e3']) {
    it(`should refuse a delay of ${delay}`, async () => {
      const { _id } = await active()
      const answer = await trigger(_id, `?delay=${delay}`)
      assert.equal(answer.status, 400)
      assert.match(answer.text, /Parameter delay: wanted a number of seconds from 0 to 2592000, found/)
    })
  }

  it('should take the webhook key instead of a session, in the query or in a header', async () => {
    const { _id } = await active()
    const key = await keyOf(_id)
    assert.equal((await trigger(_id, `?key=${key}`, anonymous)).status, 200)
    assert.equal((await trigger(_id, '', { ...anonymous, 'x-webhook-key': key })).status, 200)
  })

  it('should answer a wrong key and an unknown processing alike', async () => {
    const { _id } = await active()
    const key = await keyOf(_id)
    for (const path of [`${_id}/_trigger?key=${key.slice(1)}`, `${_id}/_trigger?key=${key}&key=${key}`, `unknown/_trigger?key=${key}`]) {
      const answer = await service.call('POST', `/api/v1/processings/${path}`, { headers: { ...anonymous, 'accept-language': 'fr' } })
      assert.deepEqual([answer.status, answer.text], [403, 'Mauvaise clé de déclenchement'], path)
    }
    assert.equal((await trigger(_id, '?key=', anonymous)).status, 401, 'an empty key is no key')
  })

  it('should forget a key that was regenerated', async () => {
    const { _id } = await active()
    const old = await keyOf(_id)
    const renewed = await service.call('DELETE', `/api/v1/processings/${_id}/webhook-key`, { as: blue })
    assert.match(renewed.text, /^[\w-]{22}$/)
    assert.equal(await keyOf(_id), renewed.text)
    assert.equal((await trigger(_id, `?key=${old}`, anonymous)).status, 403)
    assert.equal((await trigger(_id, `?key=${renewed.text}`, anonymous)).status, 200)
  })

  it('should keep the key to administrators', async () => {
    const permissions = [{ profile: 'exec', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
    const { _id } = await active({ permissions })
    assert.equal((await service.call('GET', `/api/v1/processings/${_id}/webhook-key`, { as: red })).status, 403)
    assert.equal((await service.call('DELETE', `/api/v1/processings/${_id}/webhook-key`, { as: red })).status, 403)
    assert.equal((await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: red })).status, 200)
  })

  it('should be refused to whoever may only read', async () => {
    const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
    const { _id } = await active({ permissions })
    assert.equal((await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: red })).status, 403)
    assert.equal((await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: { type: 'user', id: 'eve' } })).status, 404)
  })
})
