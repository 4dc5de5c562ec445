import assert from 'node:assert/strict'
import { blue, openService, red, type Service } from './service.ts'

const json = { accept: 'application/json' }

describe('the ETag of a processing', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  const call = (method: string, id: string, options = {}) => service.call(method, `/api/v1/processings/${id}`, { as: blue, ...options })
  const tagOf = async (id: string, options = {}) => (await call('GET', id, options)).headers.get('etag') ?? ''
  const patch = (id: string, tag: string, body: unknown, headers = {}) => call('PATCH', id, { headers: { 'if-match': tag, ...headers }, body })

  it('should be answered by what creates, reads and changes it, and change with each edit', async () => {
    const created = await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'A title', plugin: 'takes-anything' } })
    const { _id } = created.json
    assert.match(created.headers.get('etag') ?? '', /^"0-[\w-]+"$/)
    assert.equal(await tagOf(_id), created.headers.get('etag'))
    const changed = await call('PATCH', _id, { body: { title: 'Another' } })
    assert.match(changed.headers.get('etag') ?? '', /^"1-/)
    assert.equal(await tagOf(_id), changed.headers.get('etag'))
  })

  it('should not be changed by runs', async () => {
    const { _id } = await service.processing(blue, { active: true, config: {} })
    const before = await tagOf(_id)
    await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
    await service.finish(await service.claim(_id))
    assert.equal(await tagOf(_id), before)
  })

  it('should let its holder edit, once', async () => {
    const { _id } = await service.processing(blue)
    const tag = await tagOf(_id)
    const first = await patch(_id, tag, { title: 'First' })
    assert.equal(first.status, 200)
    assert.equal((await patch(_id, tag, { title: 'Second' })).status, 412)
    assert.equal((await patch(_id, first.headers.get('etag') ?? '', { title: 'Second' })).status, 200)
    assert.equal((await call('GET', _id)).json.title, 'Second')
  })

  it('should tell which fields have changed since, and who was the last to edit', async () => {
    const { _id } = await service.processing(blue, { config: { a: 1 } })
    const tag = await tagOf(_id)
    await call('PATCH', _id, { body: { config: { a: 2 } } })
    await call('PATCH', _id, { body: { title: 'Theirs' } })
    const refused = await patch(_id, tag, { title: 'Mine' }, json)
    assert.equal(refused.status, 412)
    assert.equal(refused.json.code, 'changed')
    assert.deepEqual(refused.json.errors.map(({ pointer, code }: Record<string, unknown>) => [pointer, code]), [['/title', 'changed-field'], ['/config', 'changed-field']])
    const french = (await patch(_id, tag, { title: 'Mine' }, { 'accept-language': 'fr' })).text.split('\n')
    assert.deepEqual(french.map(line => line.split(' (')[0]), ['Le champ title a changé depuis qu\'il a été lu', 'Le champ config a changé depuis qu\'il a été lu'])
    assert.match(french[0] ?? '', /dernière modification du traitement par Super-admin, 20/)
    assert.equal((await call('GET', _id)).json.title, 'Theirs')
  })

  it('should see what the plugin itself has changed', async () => {
    const { _id } = await service.processing(blue, { active: true, config: { a: 1 } })
    const tag = await tagOf(_id)
    await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
    const run = await service.claim(_id)
    await service.store.processings.mergeConfig(_id, run._id, run.attempt, { dataset: 'd1' })
    const refused = await patch(_id, tag, { config: { a: 2 } }, json)
    assert.deepEqual([refused.status, refused.json.errors.map(({ pointer }: { pointer: string }) => pointer)], [412, ['/config']])
  })

  it('should tell a change back to what was seen without naming a field', async () => {
    const { _id } = await service.processing(blue)
    const tag = await tagOf(_id)
    await call('PATCH', _id, { body: { title: 'Theirs' } })
    await call('PATCH', _id, { body: { title: 'A title' } })
    const refused = await patch(_id, tag, { title: 'Mine' }, json)
    assert.deepEqual([refused.status, refused.json.errors], [412, undefined])
    assert.match(refused.json.message, /^The processing has been changed since it was read \(last edited by Super-admin, /)
  })

  it('should keep a processing from being deleted unseen', async () => {
    const { _id } = await service.processing(blue)
    const tag = await tagOf(_id)
    await call('PATCH', _id, { body: { title: 'Theirs' } })
    assert.equal((await call('DELETE', _id, { headers: { 'if-match': tag } })).status, 412)
    assert.equal((await call('DELETE', _id, { headers: { 'if-match': await tagOf(_id) } })).status, 204)
  })

  it('should let one of many edits at once win', async () => {
    const { _id } = await service.processing(blue)
    const tag = await tagOf(_id)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => patch(_id, tag, { title: `Title ${index}` })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array.from({ length: 19 }, () => 412)])
  })

  it('should be taken as a proxy has weakened it, in a list, or as any', async () => {
    const { _id } = await service.processing(blue)
    assert.equal((await patch(_id, `W/${await tagOf(_id)}`, { title: 'A' })).status, 200)
    assert.equal((await patch(_id, `"99", ${await tagOf(_id)}`, { title: 'B' })).status, 200)
    assert.equal((await patch(_id, '*', { title: 'C' })).status, 200)
    for (const tag of ['none', '"x"', '"1']) assert.equal((await patch(_id, tag, { title: 'D' })).status, 400, tag)
  })

  it('should tell a reader nothing of what he may not see', async () => {
    const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
    const { _id } = await service.processing(blue, { config: { pin: 7 }, permissions })
    assert.equal(await tagOf(_id, { as: red }), '"0"')
  })
})
