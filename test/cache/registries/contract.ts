/** What every registry promises the cache, whatever is behind it. Each driver's test file calls `testRegistry` with a real one. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCache } from '../../../cache/index.ts'
import { CacheError, type AccountRef, type CacheErrorCode, type Registry, type Resolution } from '../../../cache/types.ts'
import { temporaryFolder } from '../temporary-folder.ts'

export interface RegistryHarness {
  readonly registry: Registry
  /** Of the plugin that `publish` publishes. */
  readonly id: string
  /** Another, of which nothing is known. */
  readonly absent: string
  /** Makes the folder of a plugin the current content. */
  publish(dir: string): Promise<void>
  withdraw(): Promise<void>
  /** With the trait `network`. */
  readonly server?: {
    down(): Promise<void>
    up(): Promise<void>
    /** What the first request about the plugin is answered with from now on, until the next `publish`. */
    answer(status: number, retryAfter?: string): Promise<void>
    silence(): Promise<void>
    /** Requests so far. */
    requests(): number
  }
  /** With the trait `accounts`: from now on, only this one may use the plugin. */
  readonly restrict?: (account: AccountRef) => Promise<void>
  close(): Promise<void>
}

export interface Traits {
  /** It is behind a network, which may fail. */
  readonly network?: boolean
  /** It tells accounts apart. */
  readonly accounts?: boolean
}

const FIXTURES = fileURLToPath(new URL('../../fixtures/plugins/', import.meta.url))
const ADA: AccountRef = { type: 'organization', id: 'ada' }
const BOB: AccountRef = { type: 'user', id: 'bob' }

/** `open` makes a registry in the new folder, with 3 quick attempts and short time limits where it has any. */
export function testRegistry (name: string, traits: Traits, open: (folder: string) => Promise<RegistryHarness>): void {
  describe(`${name} as a registry`, () => {
    const folder = temporaryFolder()
    let harness: RegistryHarness
    const plugin = (fixture: string): string => join(FIXTURES, fixture)
    const resolve = async (known?: string, account = ADA): Promise<Resolution> => await harness.registry.resolve(harness.id, account, known)
    const validator = async (): Promise<string> => {
      const resolution = await resolve()
      assert.ok(resolution.kind !== 'unchanged')
      if (resolution.kind === 'tarball') await resolution.stream[Symbol.asyncIterator]().return?.()
      return resolution.validator
    }
    const fails = async (code: CacheErrorCode, work: Promise<unknown>): Promise<void> => {
      await assert.rejects(work, (error) => {
        assert.ok(error instanceof CacheError, `${error}`)
        assert.equal(error.code, code, error.message)
        assert.ok(!error.message.includes(folder()), 'a reason shows no path of the host')
        return true
      })
    }

    beforeEach(async () => {
      harness = await open(folder())
      await harness.publish(plugin('shape-commonjs'))
    })
    afterEach(async () => {
      await harness.registry.close()
      await harness.close()
    })

    it('gives what the cache makes a plugin of', async () => {
      const cache = await openCache({ dir: join(folder(), 'cache'), registry: harness.registry })
      try {
        const { plugin, from } = await cache.ensure(harness.id, ADA)
        assert.deepEqual([plugin.artefact, plugin.version, plugin.entry, from], [harness.id, '1.2.3', 'index.js', 'download'])
        assert.match(plugin.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/)
        assert.equal(await readFile(join(plugin.dir, 'labels.json'), 'utf8'), await readFile(join(FIXTURES, 'shape-commonjs/labels.json'), 'utf8'))
        assert.equal((await cache.ensure(harness.id, ADA)).from, 'hit')
      } finally {
        await cache.close()
      }
    })

    it('says unchanged as long as nothing changes, to every account', async () => {
      const known = await validator()
      for (const account of [ADA, BOB, ADA]) assert.deepEqual(await resolve(known, account), { kind: 'unchanged' })
    })

    it('offers new content under another validator', async () => {
      const before = await validator()
      await harness.publish(plugin('shape-typescript'))
      assert.notEqual((await resolve(before)).kind, 'unchanged')
      const after = await validator()
      assert.notEqual(after, before)
      assert.deepEqual(await resolve(after), { kind: 'unchanged' })
    })

    it('does not take the validator of another registry for its own', async () => {
      for (const known of ['', 'fingerprint', '{broken', '{}', 'null', '[1]', '{"since":1}']) assert.notEqual((await resolve(known)).kind, 'unchanged', known)
    })

    it('knows no plugin that was never there, nor one that was withdrawn, and knows it again when it is back', async () => {
      await fails('plugin-not-found', harness.registry.resolve(harness.absent, ADA, undefined))
      const known = await validator()
      await harness.withdraw()
      await fails('plugin-not-found', resolve(known))
      await fails('plugin-not-found', resolve())
      await harness.publish(plugin('shape-commonjs'))
      assert.notEqual((await resolve()).kind, 'unchanged')
    })

    it('knows no plugin whose id is no name', async () => {
      for (const id of ['', '.', '..', 'a/../b', '../a', '/a', 'a//b', 'a\\b', 'a\nb', 'x'.repeat(301), '\ud800']) await fails('plugin-not-found', harness.registry.resolve(id, ADA, undefined))
    })

    it('answers many at the same time', async () => {
      const known = await validator()
      const answers = await Promise.all(Array.from({ length: 40 }, () => resolve(known)))
      assert.deepEqual(new Set(answers.map(({ kind }) => kind)), new Set(['unchanged']))
    })

    it('has a name without credentials', () => {
      const names = [harness.registry.origin, harness.registry.originOf?.(harness.id) ?? harness.registry.origin]
      for (const each of names) assert.ok(each !== '' && !/s3cret|@.*:|\/$/.test(each), each)
    })

    it('may be closed twice', async () => {
      await harness.registry.close()
      await harness.registry.close()
    })

    const whenAccounts = traits.accounts === true ? it : () => {}
    whenAccounts('tells accounts apart, also when nothing changed', async () => {
      const known = await validator()
      await harness.restrict?.(BOB)
      await assert.rejects(resolve(known), (error) => error instanceof CacheError && ['plugin-forbidden', 'plugin-not-found'].includes(error.code))
      assert.deepEqual(await resolve(known, BOB), { kind: 'unchanged' })
    })

    const whenNetwork = traits.network === true ? describe : () => {}
    whenNetwork('behind a network', () => {
      let server: RegistryHarness['server'] & object
      beforeEach(async () => {
        assert.ok(harness.server !== undefined)
        server = harness.server
        await validator() // what a registry speaks is known from then on
      })

      for (const [status, code] of [[400, 'registry-misconfigured'], [401, 'registry-misconfigured'], [403, 'plugin-forbidden'], [404, 'plugin-not-found'], [418, 'registry-misconfigured']] as const) {
        it(`says ${code} for ${status}, and does not ask again and again`, async () => {
          await server.answer(status)
          const before = server.requests()
          await fails(code, resolve())
          assert.ok(server.requests() - before <= 2)
        })
      }

      for (const status of [409, 429, 500, 502, 503, 504]) {
        it(`asks 3 times after ${status}, then says that the registry is unavailable`, async () => {
          await server.answer(status)
          const before = server.requests()
          await fails('registry-unavailable', resolve())
          assert.equal(server.requests() - before, 3)
          await harness.publish(plugin('shape-commonjs'))
          assert.notEqual((await resolve()).kind, 'unchanged')
        })
      }

      it('does not come back before Retry-After, also for others', async () => {
        await server.answer(503, '3600')
        const before = server.requests()
        for (let call = 0; call < 5; call++) await fails('registry-unavailable', resolve())
        assert.equal(server.requests() - before, 1)
      })

      it('says that the registry is unavailable while it is down, and works again when it is up', async () => {
        const known = await validator()
        await server.down()
        await fails('registry-unavailable', resolve(known))
        await server.up()
        assert.deepEqual(await resolve(known), { kind: 'unchanged' })
      })

      it('costs those who wait milliseconds once it is known to be dead', async () => {
        await server.silence()
        for (let call = 0; call < 3; call++) await fails('registry-unavailable', resolve())
        const before = server.requests()
        const started = performance.now()
        await Promise.all(Array.from({ length: 100 }, () => fails('registry-unavailable', resolve())))
        assert.ok(performance.now() - started < 500, `${performance.now() - started} ms`)
        assert.equal(server.requests(), before, 'nobody asked')
      })

      it('ends what is under way when it is closed', async () => {
        await server.silence()
        const before = server.requests()
        const resolving = fails('registry-unavailable', resolve())
        while (server.requests() === before) await new Promise((resolve) => setTimeout(resolve, 1))
        await Promise.all([harness.registry.close(), resolving])
      })
    })
  })
}
