import assert from 'node:assert/strict'
import { ada, ADMIN_KEY, blue, openService, red, type Caller, type Service } from './service.ts'

const hr = { ...blue, department: 'hr' }
const PATH = '/api/v1/api-keys'

describe('API keys of an account', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  const make = async (as: Caller, fields: Record<string, unknown> = {}): ReturnType<Service['call']> => await service.call('POST', PATH, { as, body: { title: 'A key', role: 'admin', ...fields } })
  const key = async (as: Caller, fields: Record<string, unknown> = {}): Promise<string> => {
    const answer = await make(as, fields)
    assert.equal(answer.status, 201, answer.text)
    return answer.json.key
  }
  const by = async (bearer: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): ReturnType<Service['call']> =>
    await service.call(method, path, { headers: { authorization: `Bearer ${bearer}`, ...headers }, ...(body === undefined ? {} : { body }) })

  describe('POST', () => {
    it('should show the key once, and keep a hash of it', async () => {
      const { status, json } = await make(blue, { title: 'Nightly', role: 'contrib', expiresAt: '2099-01-01T00:00:00+01:00' })
      assert.equal(status, 201)
      assert.match(json.key, /^viv_[\w-]{43}$/)
      const { key: shown, _id, created, ...rest } = json
      assert.deepEqual(rest, { title: 'Nightly', role: 'contrib', account: blue, expiresAt: '2098-12-31T23:00:00.000Z' })
      const list = await service.call('GET', PATH, { as: blue })
      assert.ok(!list.text.includes(shown) && !list.text.includes('hash'))
      assert.deepEqual(list.json.results.find((one: { _id: string }) => one._id === _id), { _id, created, ...rest })
      assert.ok(!service.log().includes(shown))
    })

    const wrong: readonly (readonly [string, Record<string, unknown>, string])[] = [
      ['no title', { title: undefined }, 'missing-field'], ['an empty title', { title: '' }, 'bad-field'], ['another role', { role: 'root' }, 'bad-field'],
      ['a list for a role', { role: ['admin'] }, 'bad-field'], ['a date that has been', { expiresAt: '2020-01-01T00:00:00Z' }, 'bad-field'], ['no date', { expiresAt: 'soon' }, 'bad-field'],
      ['a day that is none', { expiresAt: '2099-02-31T99:00:00Z' }, 'bad-field'],
      ['no processings', { processings: [] }, 'bad-field'], ['a processing that nobody has', { processings: ['nothing'] }, 'unknown-processing'], ['an operator', { processings: [{ $ne: 1 }] }, 'bad-field'],
      ['a hash of its own', { hash: 'x' }, 'unknown-field'], ['an id of its own', { _id: 'x' }, 'unknown-field'], ['a key of its own', { key: 'viv_x' }, 'unknown-field'],
      ['a department of a user', { account: { type: 'user', id: 'ada', department: 'hr' } }, 'bad-field'], ['an account of no type', { account: { type: 'group', id: 'x' } }, 'bad-field']
    ]
    for (const [name, fields, code] of wrong) {
      it(`should refuse ${name}`, async () => {
        const answer = await make(undefined, fields)
        assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [400, code], answer.text)
      })
    }

    it('should not let an account make keys of another one, nor a department of the whole', async () => {
      assert.equal((await make(red, { account: { type: 'organization', id: 'blue' } })).status, 403)
      assert.equal((await make(hr, { account: { type: 'organization', id: 'blue' } })).status, 403)
      assert.equal((await make(hr, { account: { type: 'organization', id: 'blue', department: 'it' } })).status, 403)
      assert.equal((await make(blue, { account: { type: 'organization', id: 'blue', department: 'hr' } })).status, 201)
    })

    it('should let a super-admin make keys of any account', async () => {
      const { json } = await make(undefined, { account: { type: 'organization', id: 'green', name: 'Green' } })
      assert.deepEqual(json.account, { type: 'organization', id: 'green', name: 'Green' })
    })

    it('should not list a processing that whoever makes the key cannot see', async () => {
      const { _id } = await service.processing(red)
      assert.equal((await make(blue, { processings: [_id] })).status, 400)
    })

    it('should keep at most a hundred', async () => {
      const crowd = { type: 'user', id: 'crowd' } as const
      for (let count = 0; count < 100; count++) await key(crowd)
      const answer = await make(crowd)
      assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [409, 'too-many-keys'])
    })
  })

  describe('its holder', () => {
    it('should act for the account, under the name of the key', async () => {
      const answer = await by(await key(blue, { title: 'Importer' }), 'POST', '/api/v1/processings', { title: 'A title', plugin: 'takes-anything' })
      assert.equal(answer.status, 200)
      assert.deepEqual([answer.json.owner, answer.json.created.name], [blue, 'Importer'])
    })

    it('should have the role of the key, that of a user too', async () => {
      for (const account of [blue, ada]) {
        const { _id } = await service.processing(account)
        const read = async (role: string): Promise<unknown[]> => {
          const answer = await by(await key(account, { role }), 'GET', `/api/v1/processings/${_id}`)
          return [answer.status, answer.json?.userProfile]
        }
        assert.deepEqual(await read('admin'), [200, 'admin'])
        assert.deepEqual(await read('contrib'), [200, 'read'])
        assert.deepEqual(await read('user'), [403, undefined])
      }
    })

    it('should reach the listed processings only: the others are not there', async () => {
      const [one, other] = [await service.processing(blue), await service.processing(blue)]
      const bearer = await key(blue, { processings: [one._id] })
      assert.equal((await by(bearer, 'GET', `/api/v1/processings/${one._id}`)).status, 200)
      for (const [method, path] of [['GET', ''], ['PATCH', ''], ['DELETE', ''], ['POST', '/_trigger'], ['GET', '/webhook-key']] as const) {
        assert.equal((await by(bearer, method, `/api/v1/processings/${other._id}${path}`, method === 'PATCH' ? { title: 'x' } : undefined)).status, 404, method + path)
      }
      const list = await by(bearer, 'GET', '/api/v1/processings')
      assert.deepEqual([list.json.results.map((found: { _id: string }) => found._id), list.json.count], [[one._id], 1])
      assert.equal((await by(bearer, 'POST', '/api/v1/processings', { title: 'A title', plugin: 'takes-anything' })).status, 403)
      assert.equal((await by(bearer, 'PATCH', `/api/v1/processings/${one._id}`, { owner: hr })).status, 403)
    })

    it('should see the runs of the listed processings only', async () => {
      const fields = { active: true, config: {} }
      const [one, other] = [await service.processing(blue, fields), await service.processing(blue, fields)]
      const runs = await Promise.all([one, other].map(async ({ _id }) => (await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })).json))
      const bearer = await key(blue, { processings: [one._id] })
      const list = await by(bearer, 'GET', '/api/v1/runs')
      assert.deepEqual(list.json.results.map((run: { _id: string }) => run._id), [runs[0]._id])
      assert.equal((await by(bearer, 'GET', `/api/v1/runs?processing=${other._id}`)).json.count, 0)
      assert.equal((await by(bearer, 'GET', `/api/v1/runs/${runs[0]._id}`)).status, 200)
      for (const [method, path] of [['GET', ''], ['POST', '/_kill'], ['GET', '/log/stream']] as const) assert.equal((await by(bearer, method, `/api/v1/runs/${runs[1]._id}${path}`)).status, 404, path)
    })

    it('should not be what his e-mail address was given', async () => {
      const shared = await service.processing(red, { permissions: [{ profile: 'exec', target: { type: 'userEmail', email: 'ada@example.org' } }] })
      assert.equal((await by(await key(ada), 'GET', `/api/v1/processings/${shared._id}`)).status, 404)
    })

    it('should be what his organisation was given', async () => {
      const shared = await service.processing(red, { permissions: [{ profile: 'exec', target: { type: 'partner', organization: { id: 'blue', name: 'Blue' }, roles: ['contrib'] } }] })
      assert.equal((await by(await key(blue, { role: 'contrib' }), 'GET', `/api/v1/processings/${shared._id}`)).json.userProfile, 'exec')
      assert.equal((await by(await key(blue), 'GET', `/api/v1/processings/${shared._id}`)).status, 404)
    })

    it('should never be another account, a super-admin, or a maker of keys [A2]', async () => {
      const bearer = await key(blue)
      const header = (account: unknown): Record<string, string> => ({ 'x-account': JSON.stringify(account) })
      assert.equal((await by(bearer, 'GET', '/api/v1/processings', undefined, header(blue))).status, 200)
      for (const account of [red, hr, ada]) assert.equal((await by(bearer, 'GET', '/api/v1/processings', undefined, header(account))).status, 403)
      assert.equal((await by(bearer, 'GET', '/api/v1/processings?showAll=true')).status, 400)
      for (const [method, path, body] of [['GET', '', undefined], ['POST', '', { title: 'Another', role: 'admin' }], ['DELETE', '/x', undefined]] as const) {
        const answer = await by(bearer, method, PATH + path, body)
        assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [403, 'keys-by-key'])
      }
    })

    it('should have his last use written, once a minute at most', async () => {
      const { json } = await make(blue)
      const lastUse = async (): Promise<string | undefined> => (await service.store.apiKeys.list(blue, { size: 1000, skip: 0 })).results.find(({ _id }) => _id === json._id)?.lastUsedAt
      assert.equal(await lastUse(), undefined)
      await by(json.key, 'GET', '/api/v1/processings')
      const first = await lastUse()
      assert.ok(first !== undefined && Math.abs(Date.parse(first) - Date.now()) < 5_000)
      await by(json.key, 'GET', '/api/v1/processings')
      assert.equal(await lastUse(), first)
      const before = new Date(Date.now() - 120_000).toISOString()
      await service.store.apiKeys.touch(json._id, before, '9999')
      await by(json.key, 'GET', '/api/v1/processings')
      assert.ok(String(await lastUse()) >= first)
    })
  })

  describe('a key that is not good', () => {
    it('should be answered alike when it is unknown, expired, revoked, cut or the hash itself [A5]', async () => {
      const expired = await make(blue, { expiresAt: new Date(Date.now() + 60).toISOString() })
      const revoked = await make(blue)
      assert.equal((await service.call('DELETE', `${PATH}/${revoked.json._id}`, { as: blue })).status, 204)
      const good = await key(blue)
      const { results } = await service.store.apiKeys.list(blue, { size: 1, skip: 0 })
      await new Promise(resolve => setTimeout(resolve, 80))
      const bearers = [expired.json.key, revoked.json.key, `viv_${'A'.repeat(43)}`, good.slice(0, -1), `${good}A`, good.toUpperCase(), 'viv_', results[0]?.hash ?? '', `viv_${results[0]?.hash}`, 'viv_\'--', ADMIN_KEY.slice(1)]
      const answers = await Promise.all(bearers.map(async bearer => await by(bearer, 'GET', '/api/v1/processings')))
      for (const [index, { status, text, headers }] of answers.entries()) {
        assert.deepEqual([status, text, headers.get('x-error-code')], [401, 'These credentials are not valid.', 'bad-credentials'], bearers[index])
      }
      assert.equal((await by(good, 'GET', '/api/v1/processings')).status, 200)
    })
  })

  describe('GET and DELETE', () => {
    it('should be about the caller\'s account, a department about itself, the root about all of it', async () => {
      const violet = { type: 'organization', id: 'violet', name: 'Violet' } as const
      const lab = { ...violet, department: 'lab' }
      const [root, part] = [(await make(violet)).json._id, (await make(lab)).json._id]
      const ids = async (as: Caller, query = ''): Promise<string[]> => (await service.call('GET', PATH + query, { as })).json.results.map((one: { _id: string }) => one._id).sort()
      assert.deepEqual(await ids(violet), [root, part].sort())
      assert.deepEqual(await ids(lab), [part])
      assert.deepEqual(await ids(violet, '?account=organization:violet:lab'), [part])
      assert.deepEqual(await ids(undefined, '?account=organization:violet'), [root, part].sort())
      assert.deepEqual(await ids(violet, '?size=0'), [])
      assert.equal((await service.call('GET', `${PATH}?account=organization:violet`, { as: blue })).status, 403)
      assert.equal((await service.call('GET', `${PATH}?account=organization:violet`, { as: lab })).status, 403)
      for (const account of ['group:x', 'user', 'user:a:b', 'user:$ne', 'organization:a,user:b']) {
        const { status } = await service.call('GET', `${PATH}?account=${account}`, { as: blue })
        assert.equal(status, account === 'user:$ne' ? 403 : 400, account)
      }

      const revoke = async (as: Caller, id: string, query = ''): Promise<number> => (await service.call('DELETE', `${PATH}/${id}${query}`, { as })).status
      assert.equal(await revoke(blue, root), 404)
      assert.equal(await revoke(lab, root), 404)
      assert.equal(await revoke(blue, root, '?account=organization:violet'), 403)
      assert.equal(await revoke(violet, part), 204)
      assert.equal(await revoke(violet, part), 404)
      assert.equal(await revoke(undefined, root, '?account=organization:violet'), 204)
    })
  })
})
