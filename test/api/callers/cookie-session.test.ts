import assert from 'node:assert/strict'
import { createDirectory } from '../../../api/callers/directory.ts'
import { cookiesOf, openDirectory, type DirectoryServer, type SessionUser } from '../../servers/directory.ts'
import { ADMIN_KEY, openService, type Service } from '../service.ts'

const ada: SessionUser = {
  id: 'ada',
  name: 'Ada',
  email: 'ada@example.org',
  organizations: [
    { id: 'blue', name: 'Blue', role: 'admin' },
    { id: 'blue', name: 'Blue', role: 'contrib', department: 'hr', departmentName: 'Human resources' },
    { id: 'red', name: 'Red', role: 'user', department: null, departmentName: null }
  ]
}

describe('sessions of simple-directory', () => {
  let directory: DirectoryServer
  let service: Service
  before(async () => {
    directory = await openDirectory()
    service = await openService({ trustProxy: ['loopback'] }, { directory: createDirectory({ url: directory.url, retryMs: 0 }) })
  })
  after(async () => {
    await service.close()
    await directory.close()
  })

  const call = async (method: string, path: string, cookie: string, headers: Record<string, string> = {}, body?: unknown): ReturnType<Service['call']> =>
    await service.call(method, path, { headers: { authorization: '', cookie, ...headers }, ...(body === undefined ? {} : { body }) })
  const create = async (cookie: string, headers?: Record<string, string>): ReturnType<Service['call']> => await call('POST', '/api/v1/processings', cookie, headers, { title: 'A title', plugin: 'takes-anything' })
  const cleared = (answer: { headers: Headers }): number => answer.headers.getSetCookie().filter(cookie => /^id_token(_sign|_org|_dep|_role)?=; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT$/.test(cookie)).length

  describe('on whose behalf', () => {
    const cases: readonly (readonly [string, { org?: string, dep?: string, role?: string }, Record<string, string>])[] = [
      ['the user himself without a switch', {}, { type: 'user', id: 'ada', name: 'Ada' }],
      ['the organisation he has switched to', { org: 'blue' }, { type: 'organization', id: 'blue', name: 'Blue' }],
      ['himself when the organisation is not his', { org: 'green' }, { type: 'user', id: 'ada', name: 'Ada' }],
      ['himself when the department is not his', { org: 'blue', dep: 'sales' }, { type: 'user', id: 'ada', name: 'Ada' }],
      ['himself when the role is not his', { org: 'red', role: 'admin' }, { type: 'user', id: 'ada', name: 'Ada' }],
      ['the organisation in the role he has chosen', { org: 'blue', role: 'admin' }, { type: 'organization', id: 'blue', name: 'Blue' }]
    ]
    for (const [who, account, owner] of cases) {
      it(`should be ${who}`, async () => {
        const answer = await create(await directory.cookies(ada, account))
        assert.equal(answer.status, 200, answer.text)
        assert.deepEqual(answer.json.owner, owner)
        assert.deepEqual([answer.json.created.id, answer.json.created.name], ['ada', 'Ada'])
      })
    }

    it('should have the role that he has there: a contributor of a department makes nothing', async () => {
      assert.equal((await create(await directory.cookies(ada, { org: 'blue', dep: 'hr' }))).status, 403)
      assert.equal((await create(await directory.cookies(ada, { org: 'red' }))).status, 403)
    })

    it('should give a processing to himself, and to organisations where he is an administrator', async () => {
      const cookie = await directory.cookies(ada, { org: 'blue' })
      const give = async (owner: unknown): Promise<number> => {
        const { json } = await create(cookie)
        return (await call('PATCH', `/api/v1/processings/${json._id}`, cookie, {}, { owner })).status
      }
      assert.equal(await give({ type: 'user', id: 'ada', name: 'Ada' }), 200)
      assert.equal(await give({ type: 'organization', id: 'blue', name: 'Blue', department: 'hr' }), 200)
      assert.equal(await give({ type: 'organization', id: 'red', name: 'Red' }), 403)
      assert.equal(await give({ type: 'user', id: 'bob', name: 'Bob' }), 403)
      const own = await directory.cookies(ada)
      const { json } = await create(own)
      assert.equal((await call('PATCH', `/api/v1/processings/${json._id}`, own, {}, { owner: { type: 'organization', id: 'blue', name: 'Blue' } })).status, 200)
    })

    it('should be a super-admin in adminMode only', async () => {
      assert.equal((await call('GET', '/api/v1/processings?showAll=true', await directory.cookies({ ...ada, isAdmin: 1 }))).status, 400)
      assert.equal((await call('GET', '/api/v1/processings?showAll=true', await directory.cookies({ ...ada, isAdmin: 1, adminMode: 1 }))).status, 200)
    })

    it('should be told things in the language that he has chosen', async () => {
      const cookie = `${await directory.cookies(ada)}; i18n_lang=fr`
      assert.match((await call('GET', '/api/v1/processings/nothing', cookie, { 'accept-language': 'en' })).text, /n'existe pas/)
      assert.match((await call('GET', '/api/v1/processings/nothing', `${cookie}x`)).text, /does not exist/)
    })

    it('should not listen to x-account', async () => {
      const answer = await create(await directory.cookies(ada), { 'x-account': '{"type":"organization","id":"green"}' })
      assert.equal(answer.json.owner.id, 'ada')
    })

    it('should be the holder of a key when one is sent beside the cookies', async () => {
      const answer = await create(await directory.cookies(ada), { authorization: `Bearer ${ADMIN_KEY}` })
      assert.equal(answer.json.owner.id, 'superadmin')
      assert.equal((await create(await directory.cookies(ada), { authorization: 'Bearer wrong' })).status, 401)
    })
  })

  describe('what is not good', () => {
    it('should be anonymous without a signature', async () => {
      const [token = ''] = (await directory.cookies(ada)).split('; ')
      const answer = await call('GET', '/api/v1/processings', token)
      assert.deepEqual([answer.status, answer.headers.get('x-error-code'), cleared(answer)], [401, 'not-authenticated', 0])
    })

    it('should be refused, and cleared', async () => {
      const token = await directory.sign({ ...ada })
      for (const cookie of [`${cookiesOf(token)}x`, cookiesOf(await directory.sign({ ...ada }, { expiresIn: '-1s' })), 'id_token=a; id_token_sign=b']) {
        const answer = await call('GET', '/api/v1/processings', cookie)
        assert.deepEqual([answer.status, answer.headers.get('x-error-code'), cleared(answer)], [401, 'bad-session', 5])
      }
    })

    it('should be kept while the directory cannot tell', async () => {
      const lone = await openDirectory()
      const other = await openService({}, { directory: createDirectory({ url: lone.url }) })
      try {
        lone.answer({ status: 503 })
        const answer = await other.call('GET', '/api/v1/processings', { headers: { authorization: '', cookie: await lone.cookies(ada) } })
        assert.deepEqual([answer.status, answer.headers.get('x-error-code'), answer.headers.getSetCookie()], [500, 'directory-unavailable', []])
        assert.doesNotMatch(answer.text, /127\.0\.0\.1/)
      } finally {
        await other.close()
        await lone.close()
      }
    })

    it('should be nothing to a service without a directory', async () => {
      const plain = await openService()
      try {
        assert.equal((await plain.call('GET', '/api/v1/processings', { headers: { authorization: '', cookie: await directory.cookies(ada) } })).status, 401)
      } finally {
        await plain.close()
      }
    })

    it('should let a pseudo-session read, and nothing else', async () => {
      const cookie = await directory.cookies({ ...ada, pseudoSession: true })
      assert.equal((await call('GET', '/api/v1/processings', cookie)).status, 200)
      const answer = await create(cookie)
      assert.deepEqual([answer.status, answer.text], [403, 'pseudo session only allows GET requests'])
    })

    it('should never be logged', async () => {
      const cookie = await directory.cookies(ada)
      await call('GET', '/api/v1/processings', cookie)
      await call('GET', '/api/v1/processings', `${cookie}x`)
      for (const part of cookie.split(/[=;.] ?/).filter(text => text.length > 40)) assert.ok(!service.log().includes(part))
    })
  })

  describe('pages of other sites [A11]', () => {
    const writes = [['POST', '/api/v1/processings'], ['PATCH', '/api/v1/processings/x'], ['DELETE', '/api/v1/processings/x'], ['POST', '/api/v1/processings/x/_trigger'], ['POST', '/api/v1/runs/x/_kill'], ['DELETE', '/api/v1/processings/x/webhook-key'], ['POST', '/api/v1/api-keys'], ['DELETE', '/api/v1/api-keys/x']] as const
    for (const [method, path] of writes) {
      it(`should not make ${method} ${path} in a session`, async () => {
        const cookie = await directory.cookies(ada)
        const lures: readonly Record<string, string>[] = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site', origin: service.url }]
        for (const headers of lures) {
          const answer = await call(method, path, cookie, headers)
          assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [403, 'cross-origin'], JSON.stringify(headers))
        }
      })
    }

    it('should be told from pages of the service, and from programs', async () => {
      const cookie = await directory.cookies(ada)
      const ours: readonly Record<string, string>[] = [{}, { origin: service.url }, { 'sec-fetch-site': 'same-origin', origin: service.url }]
      for (const headers of ours) assert.equal((await create(cookie, headers)).status, 200)
    })

    it('should be told by the address that a trusted proxy was asked for', async () => {
      const cookie = await directory.cookies(ada)
      const proxied = { 'x-forwarded-host': 'vivarium.example.org', 'x-forwarded-proto': 'https' }
      assert.equal((await create(cookie, { ...proxied, origin: 'https://vivarium.example.org' })).status, 200)
      assert.equal((await create(cookie, { ...proxied, origin: 'http://vivarium.example.org' })).status, 403)
      assert.equal((await create(cookie, { ...proxied, origin: service.url })).status, 403)
    })

    it('should make no difference to who sends a key: a page cannot make a browser send it', async () => {
      assert.equal((await service.call('POST', '/api/v1/processings', { headers: { origin: 'https://evil.example' }, body: { title: 'A title', plugin: 'takes-anything' } })).status, 200)
    })
  })
})
