import assert from 'node:assert/strict'
import { ada, blue, openService, red, type Service } from './service.ts'

const DAILY = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30 }

describe('/api/v1/processings', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  describe('POST', () => {
    it('should answer 200 with the cleaned document, owned by the session\'s account', async () => {
      const { status, json } = await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'Sales', plugin: 'takes-anything' } })
      assert.equal(status, 200)
      assert.match(json._id, /^[\w-]{21}$/)
      assert.deepEqual(json.scheduling, [])
      assert.deepEqual(json.owner, blue)
      assert.equal(json.created.name, 'Super-admin')
      assert.deepEqual(json.created, json.updated)
      assert.equal(json.userProfile, 'admin')
      assert.ok(!('webhookKey' in json) && !('secrets' in json))
    })

    for (const [what, title] of Object.entries({ 'half of a surrogate pair': 'a\ud800b', 'a NUL': 'a\0b', 'a line break': 'a\nb', 'a C1 control': 'a\u009bb' })) {
      it(`should refuse a title with ${what}`, async () => {
        const send = (headers = {}) => service.call('POST', '/api/v1/processings', { as: blue, headers, body: { title, plugin: 'takes-anything' } })
        const answer = await send()
        assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [400, 'bad-field'])
        assert.match(answer.text, /^Field title: wanted a text of 1 to 1000 characters, without control characters, found /)
        assert.match((await send({ 'accept-language': 'fr' })).text, /^Champ title : attendu un texte de 1 à 1000 caractères, sans caractères de contrôle/)
      })
    }

    it('should take every other title, and names of accounts alike', async () => {
      for (const title of ['Été 🌞', 'النص', 'a\u200db', '\ufffd']) assert.equal((await service.processing(blue, { title })).title, title)
      const owner = { ...blue, name: 'Blue\0' }
      assert.equal((await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'T', plugin: 'p', owner } })).status, 400)
    })

    it('should not ask the registry without a configuration', async () => {
      assert.equal((await service.processing(blue, { plugin: 'unknown-plugin' })).plugin, 'unknown-plugin')
    })

    it('should refuse an owner that the caller does not administrate', async () => {
      const answer = await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'T', plugin: 'p', owner: red } })
      assert.deepEqual([answer.status, answer.text], [403, 'No permission to create a processing'])
    })

    it('should let a department create for itself only (PERMAPI-03)', async () => {
      const sales = { ...blue, department: 'sales' }
      assert.equal((await service.processing(sales)).owner.department, 'sales')
      for (const owner of [blue, { ...blue, department: 'hr' }]) {
        assert.equal((await service.call('POST', '/api/v1/processings', { as: sales, body: { title: 'T', plugin: 'p', owner } })).status, 403)
      }
    })

    it('should refuse to be active without a configuration', async () => {
      const answer = await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'T', plugin: 'p', active: true } })
      assert.deepEqual([answer.status, answer.text], [400, 'Config is required for an active processing'])
    })

    it('should arm the schedule at once', async () => {
      const created = await service.processing(blue, { active: true, config: {}, scheduling: [DAILY] })
      assert.equal(created.nextRun.status, 'scheduled')
      assert.ok(created.nextRun.scheduledAt > new Date().toISOString())
    })

    const wrong: [string, unknown, string, RegExp][] = [
      ['a missing title', { plugin: 'p' }, 'missing-field', /Field title is missing: wanted a text/],
      ['a title of another type', { title: 5, plugin: 'p' }, 'bad-field', /Field title: wanted a text .*, found 5/],
      ['a path for a plugin', { title: 'T', plugin: '../../etc/passwd' }, 'bad-field', /Field plugin: wanted the id of an artefact/],
      ['an unknown field', { title: 'T', plugin: 'p', superadmin: true }, 'unknown-field', /Unknown field superadmin/],
      ['a webhook key', { title: 'T', plugin: 'p', webhookKey: 'mine' }, 'read-only-field', /Field webhookKey cannot be set/],
      ['secrets', { title: 'T', plugin: 'p', secrets: { a: 'b' } }, 'read-only-field', /Field secrets cannot be set/],
      ['an id', { title: 'T', plugin: 'p', _id: 'mine' }, 'read-only-field', /Field _id cannot be set/],
      ['an operator for an owner', { title: 'T', plugin: 'p', owner: { type: 'user', id: { $gt: '' }, name: 'x' } }, 'bad-field', /Field owner\.id: wanted the id of an account, found an object/],
      ['an hour that does not exist', { title: 'T', plugin: 'p', scheduling: [{ ...DAILY, hour: 25 }] }, 'bad-field', /Field scheduling\[0\]\.hour: wanted an integer from 0 to 23, found 25/],
      ['an unknown time zone', { title: 'T', plugin: 'p', scheduling: [{ ...DAILY, timeZone: 'Mars/Olympus' }] }, 'bad-field', /scheduling\[0\]\.timeZone: wanted the name of a time zone/],
      ['a rule that never comes', { title: 'T', plugin: 'p', scheduling: [{ ...DAILY, type: 'monthly', dayOfMonth: '30', monthStep: 5 }] }, 'bad-field', /scheduling\[0\]\.dayOfMonth/],
      ['a rule of an unknown type', { title: 'T', plugin: 'p', scheduling: [{ ...DAILY, type: 'yearly' }] }, 'bad-field', /scheduling\[0\]: wanted a rule whose type is/],
      ['an unknown profile', { title: 'T', plugin: 'p', permissions: [{ profile: 'admin', target: { type: 'userEmail', email: 'a@b.c' } }] }, 'bad-field', /permissions\[0\]\.profile: wanted one of read, exec/],
      ['a configuration that is no object', { title: 'T', plugin: 'p', config: 'x' }, 'bad-field', /Field config: wanted an object, found "x"/]
    ]
    for (const [what, body, code, sentence] of wrong) {
      it(`should refuse ${what} with a sentence`, async () => {
        const answer = await service.call('POST', '/api/v1/processings', { as: blue, body })
        assert.equal(answer.status, 400, answer.text)
        assert.equal(answer.headers.get('x-error-code'), code)
        assert.match(answer.text, sentence)
      })
    }

    it('should let super-admins alone turn debug on', async () => {
      assert.equal((await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'T', plugin: 'p', debug: true } })).status, 403)
      assert.equal((await service.processing(undefined, { owner: blue, debug: true })).debug, true)
    })
  })

  describe('GET one', () => {
    it('should indent its JSON by two', async () => {
      const { _id } = await service.processing(blue)
      assert.match((await service.call('GET', `/api/v1/processings/${_id}`, { as: blue })).text, /^\{\n {2}"/)
    })

    it('should answer another tenant as if there were nothing', async () => {
      const { _id } = await service.processing(blue)
      const [foreign, unknown] = await Promise.all([service.call('GET', `/api/v1/processings/${_id}`, { as: red }), service.call('GET', '/api/v1/processings/unknown', { as: red })])
      assert.deepEqual([foreign.status, unknown.status], [404, 404])
      assert.equal(foreign.text.replace(_id, 'unknown'), unknown.text)
    })

    it('should show a reader neither config nor permissions, also in snapshots of runs', async () => {
      const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
      const { _id } = await service.processing(blue, { active: true, config: { a: 1 }, permissions, scheduling: [DAILY] })
      const mine = (await service.call('GET', `/api/v1/processings/${_id}`, { as: blue })).json
      assert.deepEqual(mine.permissions, permissions)
      assert.deepEqual(mine.nextRun.permissions, permissions)
      const theirs = (await service.call('GET', `/api/v1/processings/${_id}`, { as: red })).json
      assert.equal(theirs.userProfile, 'read')
      assert.ok(!('config' in theirs) && !('permissions' in theirs) && !('permissions' in theirs.nextRun))
      assert.equal((await service.call('PATCH', `/api/v1/processings/${_id}`, { as: red, body: { title: 'x' } })).status, 403)
    })

    for (const id of ['..%2f..%2fetc', '%00', 'a'.repeat(65), '%E2%88%95']) {
      it(`should refuse the id ${id.slice(0, 20)}`, async () => {
        assert.equal((await service.call('GET', `/api/v1/processings/${id}`)).status, 400)
      })
    }
  })

  describe('GET list', () => {
    it('should list what the session\'s account owns, and count all of it (PERMAPI-02)', async () => {
      const green = { type: 'organization', id: 'green', name: 'Green' }
      for (const title of ['b', 'a', 'c']) await service.processing(green, { title })
      const { json } = await service.call('GET', '/api/v1/processings?size=2&sort=title:1', { as: green })
      assert.deepEqual(json.results.map((one: { title: string }) => one.title), ['a', 'b'])
      assert.equal(json.count, 3)
      const second = await service.call('GET', '/api/v1/processings?size=2&page=2&sort=title:1', { as: green })
      assert.deepEqual(second.json.results.map((one: { title: string }) => one.title), ['c'])
      const found = await service.call('GET', '/api/v1/processings?showAll=true&owner=organization:green&size=0')
      assert.deepEqual([found.json.results.length, found.json.count], [0, 3])
    })

    it('should list of another owner only what is shared', async () => {
      const owner = { type: 'organization', id: 'shares', name: 'Shares' }
      await service.processing(owner)
      const permissions = [{ profile: 'exec', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
      const { _id } = await service.processing(owner, { permissions })
      const { json } = await service.call('GET', '/api/v1/processings?owner=organization:shares', { as: red })
      assert.deepEqual(json.results.map((one: { _id: string, userProfile: string }) => [one._id, one.userProfile]), [[_id, 'exec']])
      assert.equal(json.count, 1)
      assert.equal((await service.call('GET', '/api/v1/processings?owner=organization:shares', { as: ada })).json.count, 0)
    })

    it('should find words of the title', async () => {
      await service.processing(ada, { title: 'Weather of Brittany' })
      assert.equal((await service.call('GET', '/api/v1/processings?q=brittany', { as: ada })).json.count, 1)
    })

    for (const query of ['owner[$ne]=x', 'select=secrets', 'foo=1', 'size=1&size=2', 'sort=__proto__:1', 'sort=title:$gt', 'size=10001', 'size=abc', 'size=-1', 'size=1.5', 'page=0', 'page=-1', 'page=x', 'skip=NaN', 'skip=-1', 'owner=group:abc', 'owner=user', 'showAll=yes']) {
      it(`should refuse ?${query}`, async () => {
        const answer = await service.call('GET', `/api/v1/processings?${query}`)
        assert.equal(answer.status, 400, answer.text)
      })
    }
  })

  it('should name the parameter that is no number, and what it takes', async () => {
    const wrong = await service.call('GET', '/api/v1/processings?size=abc')
    assert.deepEqual([wrong.headers.get('x-error-code'), wrong.text], ['bad-parameter', 'Parameter size: wanted a whole number from 0 to 10000, found "abc".'])
    const french = await service.call('GET', '/api/v1/runs?page=0', { headers: { 'accept-language': 'fr' } })
    assert.equal(french.text, 'Paramètre page : attendu le numéro d\'une page, à partir de 1, trouvé "0".')
    assert.equal((await service.call('GET', '/api/v1/processings?size=&page=')).status, 200, 'what is empty counts as absent')
  })

  describe('DELETE', () => {
    it('should answer 204, and leave nothing', async () => {
      const { _id } = await service.processing(blue, { active: true, config: {}, scheduling: [DAILY] })
      assert.equal((await service.call('DELETE', `/api/v1/processings/${_id}`, { as: red })).status, 404)
      assert.equal((await service.call('DELETE', `/api/v1/processings/${_id}`, { as: blue })).status, 204)
      assert.equal((await service.call('GET', `/api/v1/processings/${_id}`, { as: blue })).status, 404)
      assert.equal((await service.call('GET', `/api/v1/runs?processing=${_id}`)).json.count, 0)
      assert.deepEqual(service.removed, [_id])
    })

    it('should stop the run under way first', async () => {
      const { _id } = await service.processing(blue, { active: true, config: {} })
      await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
      const run = await service.claim(_id)
      const deletion = service.call('DELETE', `/api/v1/processings/${_id}`, { as: blue })
      const watch = setInterval(async () => {
        if ((await service.store.runs.get(run._id))?.status === 'kill') {
          clearInterval(watch)
          assert.notEqual(await service.store.processings.get(_id), undefined)
          await service.finish(run)
        }
      }, 20)
      assert.equal((await deletion).status, 204)
      clearInterval(watch)
      assert.equal(await service.store.runs.get(run._id), undefined)
    })
  })
})
