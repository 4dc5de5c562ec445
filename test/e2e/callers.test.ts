import assert from 'node:assert/strict'
import { openDirectory, type DirectoryServer, type SessionUser } from '../servers/directory.ts'
import { BOB, openTestService, type TestService } from './service.ts'

const ada: SessionUser = { id: 'ada', name: 'Ada', email: 'ada@example.org', organizations: [{ id: BOB.id, name: BOB.name, role: 'admin' }] }
const bea: SessionUser = { id: 'bea', name: 'Bea', email: 'bea@example.org', organizations: [] }

describe('a platform with simple-directory', () => {
  let directory: DirectoryServer
  let service: TestService
  before(async () => {
    directory = await openDirectory()
    service = await openTestService({ PRIVATE_DIRECTORY_URL: directory.url, TRUST_PROXY: 'loopback', SECRET_IDENTITIES: 's3cret' })
  })
  after(async () => {
    await service.close()
    await directory.close()
  })

  it('should serve users by their cookies, programs by keys, and forget an account when told', async () => {
    // As a browser sends them through the reverse proxy of the platform.
    const proxied = { authorization: '', 'x-forwarded-host': 'platform.example.org', 'x-forwarded-proto': 'https', origin: 'https://platform.example.org' }
    const owner = { ...proxied, cookie: await directory.cookies(ada, { org: BOB.id }) }
    const reader = { ...proxied, cookie: await directory.cookies(bea) }
    const created = await service.call('POST', '/api/v1/processings', { headers: owner, body: { title: 'Hello', plugin: 'hello', active: true, config: { name: 'Bob' } } })
    assert.equal(created.status, 200, created.text)
    const { _id, owner: { id } } = created.json
    assert.equal(id, BOB.id)
    assert.equal((await service.call('GET', `/api/v1/processings/${_id}`, { headers: reader })).status, 404)
    const permissions = [{ profile: 'read', target: { type: 'userEmail', email: 'bea@example.org' } }]
    assert.equal((await service.call('PATCH', `/api/v1/processings/${_id}`, { headers: owner, body: { permissions } })).status, 200)
    assert.equal((await service.call('GET', `/api/v1/processings/${_id}`, { headers: reader })).json.userProfile, 'read')

    const { json: key } = await service.call('POST', '/api/v1/api-keys', { headers: owner, body: { title: 'Nightly', role: 'admin', processings: [_id] } })
    const program = { authorization: `Bearer ${key.key}` }
    const triggered = await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { headers: program })
    assert.equal(triggered.status, 200, triggered.text)
    assert.equal((await service.ended(triggered.json._id)).status, 'finished')
    const seen = await service.call('GET', `/api/v1/runs/${triggered.json._id}`, { headers: reader })
    assert.ok(seen.json.log.length > 0)

    const crossSite = { ...owner, origin: 'https://evil.example' }
    assert.equal((await service.call('DELETE', `/api/v1/processings/${_id}`, { headers: crossSite })).status, 403)

    const secret = { authorization: '', 'x-secret-key': 's3cret' }
    assert.equal((await service.call('DELETE', `/api/identities/organization/${BOB.id}`, { headers: { ...secret, 'x-forwarded-host': 'platform.example.org' } })).status, 421)
    assert.equal((await service.call('DELETE', `/api/identities/organization/${BOB.id}`, { headers: secret })).status, 200)
    assert.equal((await service.call('GET', `/api/v1/processings/${_id}`)).status, 404)
    assert.equal((await service.call('GET', '/api/v1/processings', { headers: program })).status, 401)
  })
})
