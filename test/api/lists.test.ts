import assert from 'node:assert/strict'
import { blue, openService, red, type Caller, type Service } from './service.ts'

const LIST = '/api/v1/processings'
const eve = { type: 'user', id: 'eve', name: 'Eve' } as const

describe('the list of processings', () => {
  let service: Service
  before(async () => {
    service = await openService()
    const active = { active: true, config: {} }
    const ran = await service.processing(blue, { title: 'Ran', ...active })
    await service.call('POST', `${LIST}/${ran._id}/_trigger`, { as: blue })
    await service.finish(await service.claim(ran._id))
    await service.processing(blue, { title: 'Planned', ...active, scheduling: [{ type: 'daily', hour: 7, minute: 30, month: '*', dayOfMonth: '*', dayOfWeek: '*' }] })
    await service.processing({ ...blue, department: 'hr' }, { title: 'New', plugin: 'keeps-a-secret' })
    await service.processing(red, { title: 'Other', permissions: [{ profile: 'read', target: { type: 'partner', organization: { id: 'blue', name: 'Blue' }, roles: ['admin'] } }] })
  })
  after(() => service.close())

  const list = async (query: string, as: Caller = blue): Promise<any> => {
    const { status, json, text } = await service.call('GET', `${LIST}?sort=title&${query}`, { as })
    assert.equal(status, 200, text)
    return json
  }
  const titles = async (query: string, as?: Caller): Promise<[string[], number]> => {
    const { results, count } = await list(query, as)
    return [results.map(({ title }: { title: string }) => title), count]
  }

  it('should hold statuses and plugins against what is listed and counted (W17)', async () => {
    assert.deepEqual(await titles('statuses=none'), [['New', 'Planned'], 2])
    assert.deepEqual(await titles('statuses=scheduled'), [['Planned'], 1])
    assert.deepEqual(await titles('statuses=finished,error'), [['Ran'], 1])
    assert.deepEqual(await titles('plugins=keeps-a-secret,unknown'), [['New'], 1])
    assert.deepEqual(await titles('statuses=none&plugins=takes-anything'), [['Planned'], 1])
    assert.deepEqual(await titles('statuses=&plugins='), [['New', 'Planned', 'Ran'], 3])
  })

  it('should have facets of what the query leaves, on every page (W17)', async () => {
    const all = { statuses: { none: 2, scheduled: 1, finished: 1 }, plugins: { 'takes-anything': 2, 'keeps-a-secret': 1 } }
    for (const query of ['', 'size=0', 'size=1&page=2']) assert.deepEqual((await list(query)).facets, all, query)
    assert.deepEqual((await list('plugins=keeps-a-secret')).facets, { statuses: { none: 1, scheduled: 0 }, plugins: { 'keeps-a-secret': 1 } })
    assert.deepEqual((await list('q=ran')).facets, { statuses: { finished: 1, scheduled: 0 }, plugins: { 'takes-anything': 1 } })
    assert.deepEqual((await list('q=nothing')).facets, { statuses: { scheduled: 0 }, plugins: {} })
  })

  it('should have facets of what the caller may see alone', async () => {
    assert.deepEqual((await list('owner=organization:red')).facets.plugins, { 'takes-anything': 1 })
    assert.deepEqual((await list('owner=organization:red', eve)).facets, { statuses: { scheduled: 0 }, plugins: {} })
    assert.equal((await list('owner=organization:blue')).facets.owners, undefined)
  })

  it('should have owners with their departments when all are shown', async () => {
    const { json } = await service.call('GET', `${LIST}?showAll=true&size=0`)
    assert.deepEqual(json.facets.owners, [
      { type: 'organization', id: 'blue', name: 'Blue', totalCount: 3, departments: [{ department: 'hr', count: 1 }] },
      { type: 'organization', id: 'red', name: 'Red', totalCount: 1, departments: [] }
    ])
  })

  it('should select fields once it is known what the caller may see: nothing more is shown, nothing is refused (W17)', async () => {
    const [first] = (await list('select=title,plugin')).results
    assert.deepEqual(Object.keys(first).sort(), ['_id', 'plugin', 'title', 'userProfile'])
    assert.equal(first.userProfile, 'admin')
    assert.deepEqual(Object.keys((await list('select=lastRun.status&statuses=finished')).results[0]).sort(), ['_id', 'lastRun', 'userProfile'])
    const [shared] = (await list('owner=organization:red&select=title,permissions,config')).results
    assert.deepEqual([shared.title, shared.userProfile, 'permissions' in shared, 'config' in shared], ['Other', 'read', false, false])
  })

  it('should refuse statuses, plugins and fields that cannot be, naming them', async () => {
    const wrong: readonly [string, RegExp][] = [
      ['statuses=done', /statuses: wanted one or more of none, scheduled/], ['statuses=none,', /statuses/], [`plugins=${'p,'.repeat(101)}p`, /plugins: wanted at most 100/],
      ['select=webhookKey', /select: wanted fields of _id/], ['select=secrets', /select/], ['select=__proto__', /select/], ['select=title,', /select/], ['select[$gt]=', /select\[\$gt\]/]
    ]
    for (const [query, sentence] of wrong) {
      const { status, text } = await service.call('GET', `${LIST}?${query}`, { as: blue })
      assert.equal(status, 400, query)
      assert.match(text, sentence)
    }
  })
})
