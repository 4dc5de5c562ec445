import assert from 'node:assert/strict'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCache, type CacheOptions } from '../../cache/index.ts'
import { CacheError, type AccountRef, type CacheErrorCode, type Ensured, type MeasuredCache } from '../../cache/types.ts'
import { startRegistry, type Artefact, type TestRegistry } from '../servers/registry.ts'
import { temporaryFolder } from './temporary-folder.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/plugins/', import.meta.url))
const ADA: AccountRef = { type: 'organization', id: 'ada' }
const BOB: AccountRef = { type: 'user', id: 'bob' }
const HOUR = 3_600_000

describe('a registry that is down, with staleIfErrorMs', () => {
  const folder = temporaryFolder()
  const caches: MeasuredCache[] = []
  let server: TestRegistry
  let now: number

  const open = async (options: Partial<CacheOptions> = {}): Promise<MeasuredCache> => {
    const registry = { kind: 'datafair', url: server.url, secret: 's3cret', retry: { attempts: 2, delayMs: 1, maxDelayMs: 5 }, breaker: { openMs: 1 } } as const
    const cache = await openCache({ dir: join(folder(), 'cache'), registry, clock: () => now, staleIfErrorMs: HOUR, ...options })
    caches.push(cache)
    return cache
  }
  const serve = async (artefact: Artefact): Promise<void> => await server.set('plugin', artefact)
  const shape = (name: string): Artefact => ({ dir: join(FIXTURES, name) })
  const fails = async (work: Promise<Ensured>, code: CacheErrorCode): Promise<void> => {
    await assert.rejects(work, (error) => error instanceof CacheError && error.code === code)
  }

  beforeEach(async () => {
    now = Date.now()
    server = await startRegistry({ secret: 's3cret', artefacts: { plugin: shape('shape-commonjs') } })
  })
  afterEach(async () => {
    await Promise.all(caches.splice(0).map((cache) => cache.close()))
    await server.close()
  })

  it('is stood in for by what it gave the account lately, and that is said', async () => {
    const cache = await open()
    const before = await cache.ensure('plugin', ADA)
    assert.equal(before.stale, undefined)
    const confirmedAt = new Date(now).toISOString()
    await server.down()
    now += HOUR / 2
    const during = await cache.ensure('plugin', ADA)
    assert.deepEqual([during.plugin, during.from, during.stale], [before.plugin, 'hit', { confirmedAt, reason: { code: 'unreachable', params: {} } }])
    await server.up()
    assert.equal((await cache.ensure('plugin', ADA)).stale, undefined)
    const { hits, downloads, stale, failures } = await cache.usage()
    assert.deepEqual({ hits, downloads, stale, failures }, { hits: 1, downloads: 1, stale: 1, failures: 0 })
  })

  it('is stood in for after a new start of the service too, in another process or not', async () => {
    await (await open()).ensure('plugin', ADA)
    await server.down()
    assert.notEqual((await (await open()).ensure('plugin', ADA)).stale, undefined)
  })

  it('is not stood in for by default, nor later than allowed', async () => {
    const never = await open({ staleIfErrorMs: 0 })
    await never.ensure('plugin', ADA)
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await server.down()
    await fails(never.ensure('plugin', ADA), 'registry-unavailable')
    now += HOUR + 1
    await fails(cache.ensure('plugin', ADA), 'registry-unavailable')
  })

  it('is not stood in for an account to which it gave nothing, however well others are served', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await server.down()
    for (const account of [BOB, { ...ADA, type: 'user' }, { ...ADA, department: 'x' }] as const) await fails(cache.ensure('plugin', account), 'registry-unavailable')
    await fails(cache.ensure('other', ADA), 'registry-unavailable')
  })

  for (const [what, change] of [
    ['revoked the access', async () => await serve({ ...shape('shape-commonjs'), access: [BOB] })],
    ['removed the plugin', async () => await server.set('plugin', undefined)]
  ] as const) {
    it(`is not stood in for once it has ${what}`, async () => {
      const cache = await open()
      await cache.ensure('plugin', ADA)
      await change()
      await assert.rejects(cache.ensure('plugin', ADA))
      await server.down()
      await fails(cache.ensure('plugin', ADA), 'registry-unavailable')
    })
  }

  it('is not stood in for when it answers, whatever that is', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    for (const [status, code] of [[401, 'registry-misconfigured'], [403, 'plugin-forbidden'], [404, 'plugin-not-found']] as const) {
      await serve({ ...shape('shape-commonjs'), behaviour: { kind: 'status', status } })
      await fails(cache.ensure('plugin', ADA), code)
    }
  })

  it('gives the account the content that it was given, not one that somebody else was given since', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await serve({ ...shape('shape-typescript'), updatedAt: new Date(Date.now() - 5000) })
    assert.equal((await cache.ensure('plugin', BOB)).plugin.version, '3.0.0')
    await server.down()
    assert.deepEqual([(await cache.ensure('plugin', ADA)).plugin.version, (await cache.ensure('plugin', BOB)).plugin.version], ['1.2.3', '3.0.0'])
  })

  it('keeps to a pin', async () => {
    const cache = await open()
    const { plugin } = await cache.ensure('plugin', ADA)
    await server.down()
    assert.notEqual((await cache.ensure('plugin', ADA, { integrity: plugin.integrity })).stale, undefined)
    await fails(cache.ensure('plugin', ADA, { integrity: 'sha512-other' }), 'plugin-refused')
  })

  it('serves the old content when the new one cannot be fetched', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await serve({ ...shape('shape-typescript'), updatedAt: new Date(Date.now() - 5000), behaviour: { kind: 'reset', bytes: 100 } })
    const { plugin, stale } = await cache.ensure('plugin', ADA)
    assert.deepEqual([plugin.version, stale?.reason.code], ['1.2.3', 'download-interrupted'])
  })

  it('costs a waiting run milliseconds once it is known to be dead', async () => {
    const cache = await open({ registry: { kind: 'datafair', url: server.url, secret: 's3cret', retry: { attempts: 3, delayMs: 1, maxDelayMs: 5 } } })
    await cache.ensure('plugin', ADA)
    await server.down()
    for (let call = 0; call < 2; call++) await cache.ensure('plugin', ADA)
    const started = performance.now()
    for (let call = 0; call < 20; call++) assert.equal((await cache.ensure('plugin', ADA)).stale?.reason.code, 'asked-again')
    assert.ok(performance.now() - started < 400, `${performance.now() - started} ms for 20`)
  })
})
