import assert from 'node:assert/strict'
import { ada, blue, openService, red, type Caller, type Service } from './service.ts'

const DAILY = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30 }

const superAdmin = { as: undefined }

describe('PATCH /api/v1/processings/:id', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  const patch = (id: string, body: unknown, caller: { as: Caller } = { as: blue }) => service.call('PATCH', `/api/v1/processings/${id}`, { ...caller, body })

  it('should change what is sent, and keep the rest', async () => {
    const created = await service.processing(blue, { config: { a: 1 } })
    const { status, json } = await patch(created._id, { title: 'New' })
    assert.equal(status, 200)
    assert.equal(json.title, 'New')
    assert.deepEqual(json.config, { a: 1 })
    assert.ok(json.updated.date >= created.updated.date)
    assert.deepEqual(json.created, created.created)
  })

  it('should take the whole document back, as a front end sends it', async () => {
    const created = await service.processing(blue, { active: true, config: { a: 1 }, scheduling: [DAILY] })
    const { status, json } = await patch(created._id, { ...created, title: 'New' })
    assert.equal(status, 200)
    assert.equal(json.title, 'New')
    assert.equal((await patch(created._id, { ...created, title: 'Newer' })).status, 200, 'computed fields may be older than what is stored')
    assert.equal((await patch(created._id, { ...json, title: 'Newest' })).status, 200, 'the answer to a change may be sent back too')
  })

  for (const [field, value] of [['_id', 'other'], ['webhookKey', 'mine'], ['secrets', {}], ['plugin', 'other'], ['created', { id: 'x', name: 'x', date: 'x' }]] as const) {
    it(`should refuse another ${field}, naming it`, async () => {
      const { _id } = await service.processing(blue)
      const answer = await patch(_id, { [field]: value })
      assert.equal(answer.status, 400)
      assert.equal(answer.text, `Field ${field} cannot be set or changed.`)
    })
  }

  it('should never write what it computes', async () => {
    const { _id } = await service.processing(blue)
    const { json } = await patch(_id, { lastRun: { _id: 'x', status: 'finished' }, userProfile: 'root', updated: { id: 'x', name: 'x', date: 'x' } })
    assert.ok(!('lastRun' in json))
    assert.equal(json.userProfile, 'admin')
    assert.notEqual(json.updated.id, 'x')
  })

  it('should unset optional fields with null, and no others', async () => {
    const { _id } = await service.processing(blue, { config: { a: 1 }, permissions: [] })
    const { json } = await patch(_id, { config: null, permissions: null })
    assert.ok(!('config' in json) && !('permissions' in json))
    assert.equal((await patch(_id, { title: null })).text, 'Field title cannot be removed.')
    assert.equal((await patch(_id, { nothing: null })).text, 'Unknown field nothing.')
  })

  it('should refuse to take the configuration of an active processing away', async () => {
    const { _id } = await service.processing(blue, { active: true, config: {} })
    assert.equal((await patch(_id, { config: null })).text, 'Config is required for an active processing')
  })

  it('should arm and disarm the schedule (LIFE-01)', async () => {
    const { _id } = await service.processing(blue, { config: {} })
    assert.equal((await service.call('GET', `/api/v1/runs?processing=${_id}`, { as: blue })).json.count, 0)
    assert.ok(!('nextRun' in (await patch(_id, { active: true })).json))
    assert.equal((await patch(_id, { scheduling: [DAILY] })).json.nextRun.status, 'scheduled')
    const runs = await service.call('GET', `/api/v1/runs?processing=${_id}`, { as: blue })
    assert.deepEqual(runs.json.results.map((run: { status: string }) => run.status), ['scheduled'])
    assert.ok(!('nextRun' in (await patch(_id, { active: false })).json))
    assert.equal((await service.call('GET', `/api/v1/runs?processing=${_id}`, { as: blue })).json.count, 0)
    assert.equal((await patch(_id, { active: true })).json.nextRun.status, 'scheduled')
    assert.ok(!('nextRun' in (await patch(_id, { scheduling: [] })).json))
  })

  it('should change the owner only to one that the caller administrates', async () => {
    const sales = { ...blue, department: 'sales' }
    const { _id } = await service.processing(blue)
    const refused = await patch(_id, { owner: red })
    assert.deepEqual([refused.status, refused.text], [403, 'No permission to change the owner to organization:red'])
    assert.deepEqual((await patch(_id, { owner: sales })).json.owner, sales)
    assert.equal((await patch(_id, { owner: blue }, { as: sales })).status, 403)
    assert.deepEqual((await patch(_id, { owner: red }, superAdmin)).json.owner, red, 'adminMode counts')
  })

  it('should let the runs follow the owner, once all is valid', async () => {
    const { _id } = await service.processing(blue, { active: true, config: {}, scheduling: [DAILY] })
    assert.equal((await patch(_id, { owner: ada, title: 5 }, superAdmin)).status, 400)
    assert.equal((await service.call('GET', `/api/v1/runs?processing=${_id}`, { as: blue })).json.count, 1)
    assert.equal((await patch(_id, { owner: ada }, superAdmin)).status, 200)
    assert.equal((await service.call('GET', `/api/v1/runs?processing=${_id}`, { as: ada })).json.count, 1)
  })

  it('should let super-admins alone change debug', async () => {
    const { _id } = await service.processing(blue)
    assert.equal((await patch(_id, { debug: true })).status, 403)
    assert.equal((await patch(_id, { debug: true }, superAdmin)).json.debug, true)
    assert.equal((await patch(_id, { debug: null })).status, 403)
  })

  it('should leave no trace of hostile keys', async () => {
    const { _id } = await service.processing(blue)
    for (const body of ['{"__proto__":{"polluted":1}}', '{"config":{"__proto__":{"polluted":1}}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
      assert.equal((await patch(_id, body)).status, 400)
    }
    assert.ok(!('polluted' in {}))
  })
})
