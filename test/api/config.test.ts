import assert from 'node:assert/strict'
import { blue, openService, red, type Service } from './service.ts'

describe('the configuration of a processing', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  const create = (plugin: string, config: unknown, headers = {}) => service.call('POST', '/api/v1/processings', { as: blue, headers, body: { title: 'T', plugin, config } })

  it('should be checked against the plugin\'s schema', async () => {
    const answer = await create('keeps-a-secret', { address: 'no address', extra: 1 })
    assert.equal(answer.status, 400)
    assert.equal(answer.headers.get('x-error-code'), 'config-invalid')
    assert.deepEqual(answer.json.errors.map((fault: { path: string, message: string }) => [fault.path, fault.message]).sort(), [
      ['', 'must NOT have additional properties'], ['', "must have required property 'message'"], ['/address', 'must match format "uri"']
    ])
    assert.deepEqual(answer.json.errors.find((fault: { path: string }) => fault.path === '/address').params, { format: 'uri' })
  })

  it('should be told in the caller\'s language what is wrong with it, in a sentence and one by one', async () => {
    const answer = await create('keeps-a-secret', { address: 'no address' }, { 'accept-language': 'fr' })
    assert.equal(answer.json.message, 'La configuration ne correspond pas au schéma du plugin : config requiert la propriété message; /address doit correspondre au format "uri".')
    assert.deepEqual(answer.json.errors.map((fault: { path: string, message: string }) => [fault.path, fault.message]), [
      ['', 'requiert la propriété message'], ['/address', 'doit correspondre au format "uri"']
    ])
    assert.match((await create('keeps-a-secret', {})).json.message, /^The configuration does not fit the schema of the plugin: config must have required property 'message'\.$/)
  })

  it('should give its secrets to prepare() alone (LIFE-06)', async () => {
    const { json } = await create('keeps-a-secret', { message: 'm', password: 'hunter2' })
    assert.equal(json.config.password, '********')
    const stored = await service.store.processings.get(json._id)
    const sealed = stored?.secrets?.password
    assert.ok(sealed !== undefined)
    assert.equal(service.cipher.open(sealed), 'hunter2')
    assert.ok(!JSON.stringify(stored).includes('hunter2'))
    const read = await service.call('GET', `/api/v1/processings/${json._id}`, { as: blue })
    assert.ok(!('secrets' in read.json))
  })

  it('should keep a masked secret, and forget an emptied one (LIFE-07)', async () => {
    const { json: { _id, config } } = await create('keeps-a-secret', { message: 'm', password: 'hunter2' })
    const patch = (body: unknown) => service.call('PATCH', `/api/v1/processings/${_id}`, { as: blue, body })
    const secret = async () => {
      const sealed = (await service.store.processings.get(_id))?.secrets?.password
      return sealed === undefined ? undefined : service.cipher.open(sealed)
    }
    assert.equal((await patch({ config: { ...config, message: 'other' } })).status, 200)
    assert.equal(await secret(), 'hunter2')
    await patch({ config: { ...config, password: 'hunter3' } })
    assert.equal(await secret(), 'hunter3')
    await patch({ config: { ...config, password: '' } })
    assert.equal(await secret(), undefined)
  })

  it('should be refused in the plugin\'s own words when prepare() throws', async () => {
    const answer = await create('keeps-a-secret', { message: 'm', password: 'refuse me' })
    assert.deepEqual([answer.status, answer.text, answer.headers.get('x-error-code')], [400, 'this password is refused', 'plugin-error'])
  })

  it('should be refused for a plugin without a schema', async () => {
    assert.deepEqual([(await create('bare', {})).status, (await create('bare', {})).text], [400, 'plugin has no processingConfigSchema: its package has no file processing-config-schema.json'])
  })

  const refusals: [string, number, string, string][] = [
    ['unknown', 404, 'The plugin unknown cannot be found in the registry.', 'Le plugin unknown est introuvable dans le registre.'],
    ['forbidden', 403, 'The account Blue has no access to the plugin forbidden.', 'Le compte Blue n\'a pas accès au plugin forbidden.'],
    ['down', 502, 'The plugin registry is temporarily unavailable.', 'Le registre des plugins est temporairement indisponible.']
  ]
  for (const [plugin, status, en, fr] of refusals) {
    it(`should answer ${status} for a plugin that is ${plugin}, in the caller's language (BRKAPI-06)`, async () => {
      const english = await create(plugin, {})
      assert.deepEqual([english.status, english.text], [status, en])
      assert.equal((await create(plugin, {}, { 'accept-language': 'fr-FR,fr;q=0.9' })).text, fr)
    })
  }

  it('should not stand in the way of a new title when the plugin is gone (BRKAPI-01, BRKAPI-05)', async () => {
    const { _id } = await service.processing(blue, { plugin: 'gone' })
    assert.equal((await service.call('GET', `/api/v1/processings/${_id}`, { as: blue })).status, 200)
    assert.equal((await service.call('PATCH', `/api/v1/processings/${_id}`, { as: blue, body: { title: 'New' } })).json.title, 'New')
    assert.equal((await service.call('PATCH', `/api/v1/processings/${_id}`, { as: blue, body: { config: {} } })).status, 404)
    assert.equal((await service.call('DELETE', `/api/v1/processings/${_id}`, { as: blue })).status, 204)
  })

  it('should ask the registry as the owner, whoever asks', async () => {
    const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
    const { _id } = await service.processing(blue, { plugin: 'keeps-a-secret', permissions })
    const answer = await service.call('GET', `/api/v1/processings/${_id}/plugin-config-schema`, { as: red })
    assert.deepEqual(answer.json.required, ['message'])
    assert.equal(service.plugins.asked.at(-1)?.id, 'blue')
  })

  it('should say when a plugin has no schema', async () => {
    const { _id } = await service.processing(blue, { plugin: 'bare' })
    const answer = await service.call('GET', `/api/v1/processings/${_id}/plugin-config-schema`, { as: blue })
    assert.equal(answer.status, 404)
    assert.match(answer.text, /plugin bare has no configuration schema/)
  })
})
