import assert from 'node:assert/strict'
import { pruneAudit } from '../../api/audit-retention.ts'
import { changeOf } from '../../api/audit.ts'
import { openTemporaryStore } from '../runner/temporary-store.ts'
import { ada, blue, openService, red, type Caller, type Service } from './service.ts'

const AUDIT = '/api/v1/audit'
const [CUSTOMERS, DIRECTORY] = ['secret-of-the-customers', 'secret-of-the-directory']
const hr = { ...blue, department: 'hr' }

interface Entry { readonly action: string, readonly actor: { readonly type: string, readonly id: string, readonly name: string }, readonly target?: { readonly id: string, readonly title?: string }, readonly paths?: string[], readonly details?: Record<string, unknown>, readonly date: string }

describe('the audit trail', () => {
  let service: Service
  beforeEach(async () => { service = await openService({ secrets: { limits: CUSTOMERS, identities: DIRECTORY } }) })
  afterEach(() => service.close())

  const trail = async (as: Caller | 'super-admin' = blue, query = ''): Promise<Entry[]> => {
    const { status, json, text } = await service.call('GET', `${AUDIT}?size=100${query}`, { as: as === 'super-admin' ? undefined : as })
    assert.equal(status, 200, text)
    assert.equal(json.count, json.results.length)
    return json.results.toReversed()
  }
  const actions = async (as?: Caller, query?: string): Promise<string[]> => (await trail(as, query)).map(({ action }) => action)

  it('should tell what became of a processing, by whom, and which fields were changed', async () => {
    const { _id: id } = await service.processing(blue, { title: 'Sales', active: true, config: { message: 'Hello', kept: 1 } })
    const path = `/api/v1/processings/${id}`
    await service.call('PATCH', path, { as: blue, body: { title: 'Sales of the week', config: { message: 'Bye', kept: 1 }, permissions: [{ profile: 'read', target: { type: 'userEmail', email: 'eve@example.org' } }] } })
    await service.call('PATCH', path, { as: blue, body: { title: 'Sales of the week' } }) // nothing changes
    await service.call('PATCH', path, { as: blue, body: { permissions: null } })
    await service.call('DELETE', `${path}/webhook-key`, { as: blue })
    const run = (await service.call('POST', `${path}/_trigger`, { as: blue })).json
    await service.call('POST', `/api/v1/runs/${run._id}/_kill`, { as: blue })
    await service.call('DELETE', path, { as: blue })
    const entries = await trail()
    assert.deepEqual(entries.map(({ action }) => action), ['processing.create', 'processing.patch', 'processing.patch', 'webhook-key.renew', 'run.trigger', 'run.kill', 'processing.delete'])
    const [create, patch, withdraw, , trigger] = entries
    assert.deepEqual([create?.target, create?.details], [{ type: 'processing', id, title: 'Sales' }, { plugin: 'takes-anything' }])
    assert.deepEqual(patch?.paths?.toSorted(), ['config', 'config.message', 'permissions', 'title'])
    assert.deepEqual(patch?.details, { given: ['read user:eve@example.org'], withdrawn: [] })
    assert.deepEqual(withdraw?.details, { given: [], withdrawn: ['read user:eve@example.org'] })
    assert.deepEqual([trigger?.target?.id, trigger?.details], [run._id, { processing: id }])
    for (const { actor, date } of entries) {
      assert.deepEqual(actor, { type: 'super-admin', id: 'superadmin', name: 'Super-admin' }) // who holds that key, as whoever he acts
      assert.ok(Math.abs(Date.now() - Date.parse(date)) < 60_000)
    }
  })

  it('should tell nothing of what was refused', async () => {
    const { _id: id } = await service.processing(blue)
    const before = await actions()
    for (const [method, path, body] of [['PATCH', `/api/v1/processings/${id}`, { plugin: 'other' }], ['POST', `/api/v1/processings/${id}/_trigger`, undefined], ['POST', '/api/v1/processings', { title: '' }], ['DELETE', '/api/v1/api-keys/unknown', undefined]] as const) {
      assert.ok((await service.call(method, path, { as: blue, ...(body === undefined ? {} : { body }) })).status >= 400)
    }
    assert.deepEqual(await actions(), before)
  })

  it('should know keys, webhooks and services by themselves', async () => {
    const made = (await service.call('POST', '/api/v1/api-keys', { as: blue, body: { title: 'Nightly import', role: 'admin' } })).json
    const byKey = { authorization: `Bearer ${made.key}` }
    const { _id: id } = (await service.call('POST', '/api/v1/processings', { headers: byKey, body: { title: 'A', plugin: 'takes-anything', active: true, config: {} } })).json
    const key = (await service.call('GET', `/api/v1/processings/${id}/webhook-key`, { as: blue })).text
    await service.call('POST', `/api/v1/processings/${id}/_trigger?key=${key}`, { headers: { authorization: '' } })
    await service.call('POST', `/api/v1/limits/organization/blue?key=${CUSTOMERS}`, { headers: { authorization: '' }, body: { lastUpdate: '2026-05-04T10:00:00Z', processings_seconds: { limit: 60 } } })
    await service.call('POST', `/api/identities/organization/blue?key=${DIRECTORY}`, { headers: { authorization: '' }, body: { name: 'Bleu' } })
    await service.call('PUT', '/api/v1/admin/limits/owners/organization/blue', { body: { RUN_TIMERS: 20 } })
    await service.call('DELETE', `/api/v1/api-keys/${made._id}`, { as: blue })
    const entries = await trail()
    assert.deepEqual(entries.map(({ action, actor }) => [action, actor.type, actor.name]), [
      ['api-key.create', 'super-admin', 'Super-admin'],
      ['processing.create', 'api-key', 'Nightly import'],
      ['run.trigger', 'webhook', 'webhook'],
      ['limits.set', 'service', 'limits'],
      ['account.rename', 'service', 'identities'],
      ['run-limits.set', 'super-admin', 'Super-admin'],
      ['api-key.revoke', 'super-admin', 'Super-admin']
    ])
    assert.deepEqual([entries[0]?.details, entries[3]?.details, entries[5]?.details], [{ role: 'admin' }, { limit: 60 }, { RUN_TIMERS: 20 }])
    assert.equal(entries[1]?.actor.id, made._id)
    const text = JSON.stringify(entries)
    for (const secret of [made.key, key, CUSTOMERS, DIRECTORY]) assert.ok(!text.includes(secret))
  })

  it('should never have a value of a configuration', async () => {
    const secret = 'hunter2-hunter2'
    const { _id: id } = await service.processing(blue, { plugin: 'keeps-a-secret', config: { message: 'Hello', password: secret } })
    await service.call('PATCH', `/api/v1/processings/${id}`, { as: blue, body: { config: { message: 'Hello', password: `${secret}-again` } } })
    const entries = await trail()
    assert.deepEqual(entries.at(-1)?.paths, ['config', 'config.password'])
    assert.ok(!JSON.stringify(entries).includes('hunter2') && !JSON.stringify(entries).includes('Hello'))
  })

  it('should tell a new owner what he was given, and the former one to whom', async () => {
    const { _id: id } = await service.processing(blue)
    assert.equal((await service.call('PATCH', `/api/v1/processings/${id}`, { body: { owner: red } })).status, 200)
    assert.deepEqual((await trail()).at(-1)?.details, { from: 'organization:blue', to: 'organization:red' })
    assert.deepEqual((await trail(red)).map(({ action, details }) => [action, details]), [['processing.receive', { from: 'organization:blue' }]])
  })

  it('should be that of the account: departments see their own, their organisation all, a super-admin everybody\'s', async () => {
    await service.processing(blue, { title: 'Whole' })
    await service.processing(hr, { title: 'Part' })
    await service.processing(red)
    const titles = async (as: Caller | 'super-admin', query = ''): Promise<(string | undefined)[]> => (await trail(as, query)).map(({ target }) => target?.title)
    assert.deepEqual(await titles(blue), ['Whole', 'Part'])
    assert.deepEqual(await titles(hr), ['Part'])
    assert.deepEqual(await titles(blue, '&account=organization:blue:hr'), ['Part'])
    assert.equal((await titles('super-admin')).length, 3)
    assert.deepEqual(await titles('super-admin', '&account=organization:red'), ['A title'])
    for (const [as, account] of [[hr, 'organization:blue'], [ada, 'organization:blue'], [blue, 'organization:red'], [blue, 'user:ada']] as const) {
      const answer = await service.call('GET', `${AUDIT}?account=${account}`, { as })
      assert.deepEqual([answer.status, answer.text], [403, 'Only administrators of the account see its audit trail.'])
    }
  })

  it('should be read by dates and pages', async () => {
    for (const day of ['01', '02', '03']) await service.store.audit.append({ _id: day, account: blue, date: `2026-05-${day}T10:00:00.000Z`, actor: { type: 'user', id: 'ada', name: 'Ada' }, action: 'run.kill' })
    const dates = async (query: string): Promise<string[]> => (await service.call('GET', `${AUDIT}?${query}`, { as: blue })).json.results.map(({ date }: Entry) => date.slice(8, 10))
    assert.deepEqual(await dates('from=2026-05-02'), ['03', '02'])
    assert.deepEqual(await dates('until=2026-05-02T12:00:00%2B02:00'), ['01'])
    assert.deepEqual(await dates('size=1&skip=1'), ['02'])
    for (const query of ['from=yesterday', 'from=2026-13-01', 'account=blue', 'sort=date']) assert.equal((await service.call('GET', `${AUDIT}?${query}`, { as: blue })).status, 400, query)
  })

  it('should outlive the account, and not what is too old', async () => {
    await service.processing(blue)
    await service.call('DELETE', `/api/identities/organization/blue?key=${DIRECTORY}`, { headers: { authorization: '' } })
    assert.deepEqual(await actions(), ['processing.create', 'account.remove'])
    const kept = await openTemporaryStore()
    try {
      for (let i = 0; i < 1500; i++) await kept.store.audit.append({ _id: `e${i}`, account: blue, date: new Date(i < 1200 ? 0 : 86_400_000 * 10).toISOString(), actor: { type: 'user', id: 'ada', name: 'Ada' }, action: 'run.kill' })
      assert.equal(await pruneAudit(kept.store.audit, 5, 86_400_000 * 11), 1200)
      assert.equal((await kept.store.audit.list({}, { size: 0, skip: 0 })).count, 300)
    } finally {
      await kept.dispose()
    }
  })

  it('should not undo what was done when it cannot be written, but log it', async () => {
    service.store.audit.append = async () => { throw new Error('disk full') } // one operation of a real store fails
    const { _id: id } = await service.processing(blue, { title: 'Kept' })
    assert.equal((await service.call('GET', `/api/v1/processings/${id}`, { as: blue })).status, 200)
    assert.match(service.log(), /"audit":\{[^}]*.*"action":"processing.create".*the audit trail could not be written/)
  })
})

describe('changeOf(stored, change)', () => {
  it('should tell the first hundred fields and the first twenty shares', () => {
    const config = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`field${index}`, index]))
    const permissions = Array.from({ length: 50 }, (_, index) => ({ profile: 'read', target: { type: 'userEmail', email: `${index}@example.org` } }) as const)
    const { paths, details } = changeOf({ owner: blue }, { fields: { title: 'A', plugin: 'p', owner: blue, scheduling: [], config, permissions }, set: ['config', 'permissions'], unset: [] })
    assert.deepEqual([paths?.length, (details?.given as string[]).length], [100, 20])
  })
})
