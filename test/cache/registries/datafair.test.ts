import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { DatafairRegistry, type DatafairOptions } from '../../../cache/registries/datafair.ts'
import { renderReason } from '../../../cache/reasons.ts'
import { CacheError, type AccountRef, type CacheErrorCode, type Resolution } from '../../../cache/types.ts'
import { startRegistry, type Artefact, type TestRegistry } from '../../servers/registry.ts'

const DIR = fileURLToPath(new URL('../../fixtures/plugins/shape-commonjs', import.meta.url))
const ADA: AccountRef = { type: 'organization', id: 'ada' }
const ID = '@fixtures-shape-commonjs-1'
const QUICK = { retry: { attempts: 3, delayMs: 5, maxDelayMs: 50 } }

describe('DatafairRegistry', () => {
  let server: TestRegistry
  let registry: DatafairRegistry
  const open = (options: Partial<DatafairOptions> = {}): DatafairRegistry => new DatafairRegistry({ url: server.url, secret: 's3cret', ...QUICK, ...options })
  const serve = async (artefact: Artefact): Promise<void> => await server.set(ID, artefact)

  beforeEach(async () => {
    server = await startRegistry({ secret: 's3cret', artefacts: { [ID]: { dir: DIR } } })
    registry = open()
  })
  afterEach(async () => {
    await registry.close()
    await server.close()
  })

  const fails = async (work: Promise<unknown>, code: CacheErrorCode, reason: RegExp, detail?: RegExp): Promise<void> => {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof CacheError, `${error}`)
      assert.deepEqual([error.code, error.artefact], [code, ID], error.message)
      assert.match(renderReason(error.reason, 'en'), reason)
      if (detail !== undefined) assert.match(error.detail ?? '', detail)
      assert.ok(!`${error.message} ${error.detail}`.includes('s3cret'))
      return true
    })
  }

  it('asks for the owner, and gets the archive', async () => {
    const resolution = tarball(await registry.resolve(ID, { ...ADA, department: 'é…' }, undefined))
    assert.equal((await read(resolution)).length, resolution.bytes)
    const [{ path, headers }] = server.requests
    assert.equal(path, `/api/v1/artefacts/${encodeURIComponent(ID)}/download`)
    assert.equal(headers['x-secret-key'], 's3cret')
    assert.deepEqual(JSON.parse(String(headers['x-account'])), { type: 'organization', id: 'ada', department: 'é…' })
    assert.equal(headers['if-modified-since'], undefined)
    assert.equal(headers['x-forwarded-host'], undefined)
  })

  it('keeps the path of its base address, and shows no credentials', async () => {
    const other = open({ url: `${server.url.replace('//', '//user:pass@')}/registry/` })
    await fails(other.resolve(ID, ADA, undefined), 'plugin-not-found', /does not know/)
    assert.equal(server.requests[0].path, `/registry/api/v1/artefacts/${encodeURIComponent(ID)}/download`)
    assert.equal(other.origin, `${server.url}/registry`)
    await other.close()
  })

  it('says unchanged when the registry does', async () => {
    const { validator } = tarball(await registry.resolve(ID, ADA, undefined))
    assert.deepEqual(await registry.resolve(ID, ADA, validator), { kind: 'unchanged' })
    assert.equal(server.requests[1].status, 304)
  })

  it('sees an upload within the second of the one before it', async () => {
    const second = new Date(Math.floor(Date.now() / 1000) * 1000)
    await serve({ dir: DIR, updatedAt: second, sendVersion: false })
    const before = tarball(await registry.resolve(ID, ADA, undefined))
    await serve({ archive: Buffer.from('other'), updatedAt: new Date(second.getTime() + 900) })
    const after = tarball(await registry.resolve(ID, ADA, before.validator))
    assert.equal((await read(after)).toString(), 'other')
  })

  it('sees another version under the same date', async () => {
    const updatedAt = new Date(Date.now() - 60_000)
    await serve({ dir: DIR, updatedAt })
    const { validator } = tarball(await registry.resolve(ID, ADA, undefined))
    await serve({ dir: DIR.replace('commonjs', 'es-module'), updatedAt })
    assert.equal((await registry.resolve(ID, ADA, validator)).kind, 'tarball')
  })

  it('forgets a validator that is not its own', async () => {
    assert.equal((await registry.resolve(ID, ADA, 'fingerprint-of-a-folder')).kind, 'tarball')
    assert.equal((await registry.resolve(ID, ADA, '{broken')).kind, 'tarball')
  })

  it('maps each refusal to its code, at the first answer, or once it knows that no other protocol is spoken', async () => {
    for (const [status, code, reason, requests] of [
      [400, 'registry-misconfigured', /answers 400/, 2],
      [401, 'registry-misconfigured', /refuses the secret/, 1],
      [403, 'plugin-forbidden', /no access/, 1],
      [404, 'plugin-not-found', /does not know/, 2],
      [410, 'registry-misconfigured', /answers 410/, 1]
    ] as const) {
      await serve({ dir: DIR, behaviour: { kind: 'status', status } })
      const before = server.requests.length
      await fails(registry.resolve(ID, ADA, undefined), code, reason, new RegExp(`^${status}: status ${status}$`))
      assert.equal(server.requests.length, before + requests)
    }
  })

  it('checks the access of the account', async () => {
    await serve({ dir: DIR, access: [{ type: 'user', id: 'bob' }] })
    await fails(registry.resolve(ID, ADA, undefined), 'plugin-forbidden', /no access/, /no access to this artefact/)
    assert.equal((await registry.resolve(ID, { type: 'user', id: 'bob' }, undefined)).kind, 'tarball')
  })

  it('finds a wrong secret', async () => {
    const other = open({ secret: 'wrong' })
    await fails(other.resolve(ID, ADA, undefined), 'registry-misconfigured', /refuses the secret/)
    await other.close()
  })

  for (const status of [409, 429, 500, 502, 503]) {
    it(`tries again after ${status}, then says that the registry is unavailable`, async () => {
      await serve({ dir: DIR, behaviour: { kind: 'status', status } })
      await fails(registry.resolve(ID, ADA, undefined), 'registry-unavailable', new RegExp(`answers ${status}`))
      assert.equal(server.requests.length, 3)
    })
  }

  it('recovers when a later attempt succeeds', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'status', status: 503, retryAfter: '0' } })
    const slower = open({ retry: { attempts: 3, delayMs: 200, maxDelayMs: 400 } })
    const resolving = slower.resolve(ID, ADA, undefined)
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await serve({ dir: DIR })
    assert.equal((await resolving).kind, 'tarball')
    await slower.close()
  })

  it('waits as long as Retry-After asks, within its bound', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'status', status: 429, retryAfter: '1' } })
    const patient = open({ retry: { attempts: 2, delayMs: 1, maxDelayMs: 1500 } })
    const started = performance.now()
    await fails(patient.resolve(ID, ADA, undefined), 'registry-unavailable', /answers 429/)
    assert.ok(performance.now() - started >= 990)
    assert.equal(server.requests.length, 2)
    await patient.close()
  })

  it('does not come back when Retry-After asks for longer', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'status', status: 503, retryAfter: '3600' } })
    await fails(registry.resolve(ID, ADA, undefined), 'registry-unavailable', /answers 503/)
    assert.equal(server.requests.length, 1)
  })

  it('says that the registry is unavailable when connections are refused', async () => {
    await server.down()
    await fails(registry.resolve(ID, ADA, undefined), 'registry-unavailable', /cannot be reached/, /ECONNREFUSED/)
    await server.up()
    assert.equal((await registry.resolve(ID, ADA, undefined)).kind, 'tarball')
  })

  it('does not wait for ever for an answer', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'silent' } })
    const impatient = open({ headersMs: 100, retry: { attempts: 2, delayMs: 1, maxDelayMs: 1 } })
    await fails(impatient.resolve(ID, ADA, undefined), 'registry-unavailable', /cannot be reached/, /UND_ERR_HEADERS_TIMEOUT/)
    await impatient.close()
  })

  it('finds a body that ends early damaged', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'truncate', bytes: 100 } })
    await fails(read(await registry.resolve(ID, ADA, undefined)), 'plugin-corrupt', /^the archive is cut: fewer than the announced \d+ bytes arrived$/)
  })

  it('says that the registry is unavailable when the connection is reset in the middle', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'reset', bytes: 100 } })
    await fails(read(await registry.resolve(ID, ADA, undefined)), 'registry-unavailable', /interrupted/, /ECONNRESET/)
  })

  it('says that the registry is unavailable when the body stops coming', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'slow', bytes: 1, everyMs: 3000 } })
    const impatient = open({ idleMs: 100 })
    await fails(read(await impatient.resolve(ID, ADA, undefined)), 'registry-unavailable', /interrupted/, /UND_ERR_BODY_TIMEOUT/)
    await impatient.close()
  })

  it('ends a download that nobody reads', async () => {
    const resolution = tarball(await registry.resolve(ID, ADA, undefined))
    await resolution.stream[Symbol.asyncIterator]().return?.()
    assert.deepEqual(await collect(resolution.stream).catch((error) => error.code), 'registry-unavailable')
  })

  describe('a redirect to a storage', () => {
    it('is followed once, without our secrets', async () => {
      await serve({ dir: DIR, behaviour: { kind: 'redirect' } })
      const resolution = tarball(await registry.resolve(ID, ADA, undefined))
      assert.equal((await read(resolution)).length, resolution.bytes)
      const [asked, stored] = server.requests
      assert.deepEqual([asked.status, stored.status, stored.path], [302, 200, `/storage/${encodeURIComponent(ID)}?signature=abc`])
      assert.deepEqual(['x-secret-key', 'x-account', 'if-modified-since'].filter((name) => name in stored.headers), [])
      assert.match(resolution.validator, /"since"/)
    })

    it('may lead to another host', async () => {
      const storage = await listen((_request, response) => response.end('from the storage'))
      await serve({ dir: DIR, behaviour: { kind: 'redirect', origin: `http://localhost:${(storage.address() as AddressInfo).port}` } })
      assert.equal((await read(await registry.resolve(ID, ADA, undefined))).toString(), 'from the storage')
      await new Promise((resolve) => { storage.close(resolve); storage.closeAllConnections() })
    })

    it('is not followed twice', async () => {
      await serve({ dir: DIR, behaviour: { kind: 'redirect', again: true } })
      await fails(registry.resolve(ID, ADA, undefined), 'registry-misconfigured', /redirects again/)
    })

    it('must lead somewhere', async () => {
      await serve({ dir: DIR, behaviour: { kind: 'redirect', origin: 'file://' } })
      await fails(registry.resolve(ID, ADA, undefined), 'registry-misconfigured', /redirects to nowhere/)
    })
  })

  describe('of the older protocol', () => {
    const paths = (): string[] => server.requests.map(({ method, path, status }) => `${method} ${path.replace(`/api/v1/artefacts/${encodeURIComponent(ID)}`, '')} ${status}`)
    const onX64 = (): DatafairRegistry => {
      const older = open({ architecture: 'x64' })
      opened.push(older)
      return older
    }
    const opened: DatafairRegistry[] = []
    beforeEach(() => server.speak('slots'))
    afterEach(async () => { await Promise.all(opened.splice(0).map((each) => each.close())) })

    it('is found out with the first plugin, and remembered', async () => {
      const older = onX64()
      const { validator } = tarball(await older.resolve(ID, ADA, undefined))
      assert.deepEqual(await older.resolve(ID, ADA, validator), { kind: 'unchanged' })
      assert.deepEqual(paths(), ['GET /download 404', 'GET  200', 'GET  200', 'GET /tarball?architecture=x64 200', 'GET  200', 'HEAD /tarball?architecture=x64 200'])
    })

    it('is remembered by what it gave, so that a service that starts again does not ask twice', async () => {
      const { validator } = tarball(await onX64().resolve(ID, ADA, undefined))
      const before = server.requests.length
      assert.deepEqual(await onX64().resolve(ID, ADA, validator), { kind: 'unchanged' })
      assert.equal(server.requests.length, before + 2)
    })

    it('is left when the registry moves on, and taken up again when it moves back', async () => {
      const older = onX64()
      const before = tarball(await older.resolve(ID, ADA, undefined))
      server.speak('download')
      const after = tarball(await older.resolve(ID, ADA, before.validator))
      assert.match(after.validator, /"since"/)
      assert.deepEqual(await older.resolve(ID, ADA, after.validator), { kind: 'unchanged' })
      server.speak('slots')
      assert.match(tarball(await older.resolve(ID, ADA, after.validator)).validator, /"dataUpdatedAt"/)
    })

    it('asks for the access to the archive even when nothing changed', async () => {
      await serve({ dir: DIR, updatedAt: new Date(0) })
      const older = onX64()
      const { validator } = tarball(await older.resolve(ID, ADA, undefined))
      await serve({ dir: DIR, updatedAt: new Date(0), grants: [{ type: 'user', id: 'bob' }] })
      await fails(older.resolve(ID, ADA, validator), 'plugin-forbidden', /no access/)
      await fails(older.resolve(ID, ADA, undefined), 'plugin-forbidden', /no access/, /no access to this artefact/)
      await serve({ dir: DIR, updatedAt: new Date(0), access: [{ type: 'user', id: 'bob' }] })
      await fails(older.resolve(ID, ADA, validator), 'plugin-not-found', /does not know/)
    })

    it('takes the archive of this architecture, else that of none, and no other', async () => {
      for (const architecture of ['x64', 'noarch']) {
        await serve({ dir: DIR, architecture })
        assert.ok((await read(await onX64().resolve(ID, ADA, undefined))).length > 0, architecture)
      }
      await serve({ dir: DIR, architecture: 'arm64' })
      await fails(onX64().resolve(ID, ADA, undefined), 'plugin-not-found', /no archive of it for x64, nor for all architectures/)
    })

    it('sees two uploads of the same second', async () => {
      const second = Math.floor(Date.now() / 1000) * 1000
      await serve({ dir: DIR, updatedAt: new Date(second) })
      const older = onX64()
      const { validator } = tarball(await older.resolve(ID, ADA, undefined))
      await serve({ dir: DIR, updatedAt: new Date(second + 1) })
      assert.equal((await older.resolve(ID, ADA, validator)).kind, 'tarball')
    })

    it('follows a redirect to a storage, without our secrets', async () => {
      await serve({ dir: DIR, behaviour: { kind: 'redirect' } })
      assert.ok((await read(await onX64().resolve(ID, ADA, undefined))).length > 0)
      assert.deepEqual(['x-secret-key', 'x-account'].filter((name) => name in (server.requests.at(-1)?.headers ?? {})), [])
    })

    it('finds an archive that is cut', async () => {
      await serve({ dir: DIR, behaviour: { kind: 'truncate', bytes: 100 } })
      await fails(read(await onX64().resolve(ID, ADA, undefined)), 'plugin-corrupt', /cut/)
    })
  })

  it('takes the builds of a branch as any other plugin: the next call sees a new upload', async () => {
    const branch = '@fixtures-shape-commonjs-feat-x'
    await server.set(branch, { dir: DIR })
    const before = tarball(await registry.resolve(branch, ADA, undefined))
    await server.set(branch, { dir: DIR.replace('commonjs', 'es-module'), updatedAt: new Date(Date.now() - 5000) })
    assert.equal((await registry.resolve(branch, ADA, before.validator)).kind, 'tarball')
  })

  it('knows no plugin whose id is no name', async () => {
    for (const id of ['', '.', '..', 'a/../b', '/a', 'a//b', 'a\\b', 'a\nb', 'x'.repeat(301), '\ud800']) {
      await assert.rejects(registry.resolve(id, ADA, undefined), { code: 'plugin-not-found', reason: { code: 'not-an-id', params: {} } })
    }
    assert.equal(server.requests.length, 0)
  })

  it('refuses an address that is none', () => {
    assert.throws(() => open({ url: 'ftp://registry' }), /must begin with http: or https:, found ftp:/)
    assert.throws(() => open({ url: 'registry' }), TypeError)
  })

  it('ends what is under way when it is closed', async () => {
    await serve({ dir: DIR, behaviour: { kind: 'silent' } })
    const resolving = registry.resolve(ID, ADA, undefined)
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await Promise.all([fails(resolving, 'registry-unavailable', /cannot be reached/), registry.close()])
  })
})

function tarball (resolution: Resolution): Extract<Resolution, { kind: 'tarball' }> {
  assert.ok(resolution.kind === 'tarball')
  return resolution
}

async function read (resolution: Resolution): Promise<Buffer> {
  return await collect(tarball(resolution).stream)
}

async function collect (stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function listen (handler: Parameters<typeof createServer>[1] & object): Promise<Server> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
