import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openCache } from '../../../cache/index.ts'
import { pick, readPackument } from '../../../cache/registries/npm-packument.ts'
import { readSpec } from '../../../cache/registries/npm-spec.ts'
import { NpmRegistry, type NpmOptions } from '../../../cache/registries/npm.ts'
import { renderReason } from '../../../cache/reasons.ts'
import { CacheError, type AccountRef, type Cache, type CachedPlugin, type CacheErrorCode } from '../../../cache/types.ts'
import { startNpmRegistry, type NpmVersion, type TestNpmRegistry } from '../../servers/npm-registry.ts'
import { tgz, type Entry } from '../tar-writer.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const ADA: AccountRef = { type: 'user', id: 'ada' }
const QUICK = { retry: { attempts: 2, delayMs: 1, maxDelayMs: 10 } }

/** A package whose archive holds its manifest, and a file that says its name. */
function version (name: string, number: string, manifest: Record<string, unknown> = {}, more: readonly Entry[] = []): NpmVersion {
  const content = JSON.stringify({ name, version: number, main: 'index.js', ...manifest })
  return { manifest, archive: tgz([{ path: 'package/package.json', data: content }, { path: 'package/index.js', data: `exports.name = '${name}@${number}'\n` }, ...more]) }
}

describe('NpmRegistry', () => {
  const folder = temporaryFolder()
  const opened: { close(): Promise<void> }[] = []
  let server: TestNpmRegistry

  beforeEach(async () => {
    server = await startNpmRegistry()
    server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0'), '1.1.0': version('plugin', '1.1.0'), '2.0.0-rc.1': version('plugin', '2.0.0-rc.1'), '2.0.0': version('plugin', '2.0.0') }, tags: { latest: '1.1.0', next: '2.0.0' } })
  })
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close()
    await server.close()
  })

  const open = (options: Partial<NpmOptions> = {}): NpmRegistry => {
    const registry = new NpmRegistry({ url: server.url, ...QUICK, ...options })
    opened.push(registry)
    return registry
  }
  const cacheOf = async (options: Partial<NpmOptions> = {}, limits = {}): Promise<Cache> => {
    const cache = await openCache({ dir: join(folder(), 'cache'), registry: open(options), limits })
    opened.push(cache)
    return cache
  }
  const ensure = async (artefact: string, options: Partial<NpmOptions> = {}): Promise<CachedPlugin> => (await (await cacheOf(options)).ensure(artefact, ADA)).plugin
  const fails = async (work: Promise<unknown>, code: CacheErrorCode, reason: RegExp, detail?: RegExp): Promise<void> => {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof CacheError, `${error}`)
      assert.equal(error.code, code, error.message)
      assert.match(renderReason(error.reason, 'en'), reason)
      if (detail !== undefined) assert.match(error.detail ?? '', detail)
      assert.ok(!`${error.message} ${error.detail}`.includes('s3cret') && !error.message.includes(folder()))
      return true
    })
  }

  it('takes a tag, a range, and the tag latest when nothing is said', async () => {
    const cache = await cacheOf()
    for (const [artefact, found] of [['plugin', '1.1.0'], ['plugin@next', '2.0.0'], ['plugin@1.0.0', '1.0.0'], ['plugin@~1.0', '1.0.0'], ['plugin@>=1', '1.1.0'], ['plugin@^2', '2.0.0']]) {
      assert.equal((await cache.ensure(artefact, ADA)).plugin.version, found, artefact)
    }
    await fails(cache.ensure('plugin@^3', ADA), 'plugin-not-found', /no version of plugin that fits \^3/)
    await fails(cache.ensure('plugin@beta', ADA), 'plugin-not-found', /no version of plugin that fits beta/)
  })

  describe('a tag that moves', () => {
    const versions = { '1.0.0': version('plugin', '1.0.0'), '1.1.0': version('plugin', '1.1.0'), '1.2.0': version('plugin', '1.2.0') }
    const tag = (latest: string, more: Record<string, NpmVersion> = versions): void => server.set('plugin', { versions: more, tags: { latest } })
    const told: unknown[] = []
    const opening = async (): Promise<Cache> => {
      const cache = await openCache({ dir: join(folder(), 'cache'), registry: open(), onHeldBack: (artefact, heldBack) => told.push([artefact, heldBack]) })
      opened.push(cache)
      return cache
    }
    beforeEach(() => { told.length = 0 })

    it('forward is followed; back it is not, which is said, also after a restart', async () => {
      let cache = await opening()
      for (const latest of ['1.0.0', '1.1.0']) {
        tag(latest)
        const { plugin, heldBack } = await cache.ensure('plugin', ADA)
        assert.deepEqual([plugin.version, heldBack], [latest, undefined])
      }
      tag('1.0.0')
      const heldBack = { name: 'plugin', kept: '1.1.0', offered: '1.0.0' }
      for (const round of [1, 2, 3]) {
        if (round === 3) cache = await opening()
        const ensured = await cache.ensure('plugin', ADA)
        assert.deepEqual([ensured.plugin.version, ensured.from, ensured.heldBack], ['1.1.0', 'hit', heldBack])
      }
      assert.deepEqual(told, [['plugin', heldBack], ['plugin', heldBack]], 'once in the log of each service')
      assert.equal((await cache.ensure('plugin@1.0.0', ADA)).plugin.version, '1.0.0', 'whoever wants it names it')
      tag('1.2.0')
      assert.deepEqual([(await cache.ensure('plugin', ADA)).plugin.version, server.downloads()], ['1.2.0', 4])
    })

    it('back is not followed when the content is no longer held either', async () => {
      tag('1.1.0')
      await (await opening()).ensure('plugin', ADA)
      tag('1.0.0')
      for (const part of ['contents', 'artefacts']) await rm(join(folder(), 'cache/v1', part), { recursive: true })
      const { plugin, from, heldBack } = await (await opening()).ensure('plugin', ADA)
      assert.deepEqual([plugin.version, from, heldBack?.offered], ['1.1.0', 'download', '1.0.0'])
    })

    it('back from a version that could not be used is followed', async () => {
      tag('1.0.0')
      const cache = await opening()
      await cache.ensure('plugin', ADA)
      tag('1.1.0', { ...versions, '1.1.0': version('plugin', '1.1.0', { main: 'absent.js' }) })
      await fails(cache.ensure('plugin', ADA), 'plugin-invalid', /absent\.js/)
      tag('1.0.0')
      const { plugin, heldBack } = await cache.ensure('plugin', ADA)
      assert.deepEqual([plugin.version, heldBack], ['1.0.0', undefined])
    })

    it('back, with the higher version withdrawn, uses neither by itself', async () => {
      tag('1.1.0')
      const cache = await opening()
      await cache.ensure('plugin', ADA)
      tag('1.0.0', { '1.0.0': versions['1.0.0'] })
      await fails(cache.ensure('plugin', ADA), 'plugin-refused', /its version 1\.1\.0, which was used, is no longer published, and the registry offers the lower 1\.0\.0; to use that one, the plugin is to be named plugin@1\.0\.0/)
      assert.equal((await cache.ensure('plugin@1.0.0', ADA)).plugin.version, '1.0.0')
    })

    it('to a version that was used before, with other bytes, is refused for good', async () => {
      const other = { ...versions, '1.1.0': version('plugin', '1.1.0', { description: 'other' }) }
      const cache = await opening()
      tag('1.1.0')
      await cache.ensure('plugin', ADA)
      tag('1.2.0')
      await cache.ensure('plugin', ADA)
      tag('1.1.0', other)
      assert.equal((await cache.ensure('plugin', ADA)).plugin.version, '1.2.0')
      for (const artefact of ['plugin@1.1.0', 'plugin@~1.1', 'plugin@1.1.0']) await fails(cache.ensure(artefact, ADA), 'plugin-refused', /1\.1\.0 was published again with other bytes/)
      tag('1.2.0', { ...versions, '1.2.0': version('plugin', '1.2.0', { description: 'other' }) })
      await fails((await opening()).ensure('plugin', ADA), 'plugin-refused', /1\.2\.0 was published again with other bytes/)
    })
  })

  it('asks for the description on every call, and for nothing more while it is the same', async () => {
    const cache = await cacheOf()
    await cache.ensure('plugin', ADA)
    await cache.ensure('plugin', ADA)
    assert.deepEqual(server.requests.map(({ path, status }) => [path, status]), [['/plugin', 200], ['/plugin/-/1.1.0.tgz', 200], ['/plugin', 304]])
  })

  it('refuses a version that was published again with other bytes', async () => {
    const cache = await cacheOf()
    await cache.ensure('plugin@1.0.0', ADA)
    server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { description: 'other' }) } })
    await fails(cache.ensure('plugin@1.0.0', ADA), 'plugin-refused', /1\.0\.0 was published again with other bytes \(known sha512-\S+, found sha512-\S+\)/)
  })

  describe('the bytes', () => {
    const serve = (dist: Record<string, unknown>): void => server.set('plugin', { versions: { '1.0.0': { ...version('plugin', '1.0.0'), dist } } })

    it('must have a SHA-512: SHA-1 alone is refused, and so is nothing', async () => {
      for (const integrity of [undefined, 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=', 'sha512-short', 'sha384-x']) {
        serve({ integrity, shasum: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' })
        await fails(ensure('plugin'), 'plugin-refused', /gives no SHA-512 for plugin 1\.0\.0/)
      }
      assert.equal(server.downloads(), 0)
    })

    it('must be those that were announced: they are fetched once more, then said to be damaged', async () => {
      serve({ integrity: `sha512-${createHash('sha512').update('other').digest('base64')}` })
      await fails(ensure('plugin'), 'plugin-corrupt', /not the one that the registry announces \(announced sha512-\S+, found sha512-\S+\)/)
      assert.equal(server.downloads(), 2)
    })

    it('must lie where the registry is, or where the configuration allows', async () => {
      const elsewhere = await startNpmRegistry()
      opened.push(elsewhere)
      elsewhere.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0') } })
      for (const tarball of ['http://169.254.169.254/latest/meta-data', 'file:///etc/passwd', elsewhere.url + '/plugin/-/1.0.0.tgz', 'http://user:pass@127.0.0.1/x.tgz']) {
        serve({ tarball })
        await fails(ensure('plugin'), 'plugin-refused', /names an archive that lies elsewhere/, /^wanted http:\/\/127/)
      }
      assert.equal(elsewhere.requests.length, 0)
      serve({ tarball: `${elsewhere.url}/plugin/-/1.0.0.tgz` })
      assert.equal((await ensure('plugin', { tarballOrigins: [elsewhere.url], token: 's3cret' })).version, '1.0.0')
      assert.equal(elsewhere.requests[0].authorization, undefined, 'the token goes to the registry alone')
    })

    it('are not followed to another place', async () => {
      server.set('plugin', { versions: { '1.0.0': { ...version('plugin', '1.0.0'), behaviour: { kind: 'redirect', origin: 'http://localhost:1' } } } })
      await fails(ensure('plugin'), 'plugin-refused', /lies elsewhere/, /found http:\/\/localhost:1/)
    })

    it('are bounded, and so is the description', async () => {
      await fails((await cacheOf({}, { archiveBytes: 100 })).ensure('plugin', ADA), 'plugin-refused', /archive is too large/)
      await fails(ensure('plugin', { packumentBytes: 500 }), 'registry-misconfigured', /describes it in more than 500 bytes/)
    })
  })

  describe('its token and its scopes', () => {
    it('sends each token to its own registry', async () => {
      const ours = await startNpmRegistry({ token: 's3cret-ours' })
      opened.push(ours)
      ours.set('@acme/plugin', { versions: { '1.0.0': version('@acme/plugin', '1.0.0') } })
      const cache = await cacheOf({ token: 's3cret-default', scopes: { '@acme': { url: ours.url, token: 's3cret-ours' } } })
      const { plugin } = await cache.ensure('@acme/plugin', ADA)
      assert.equal(plugin.origin, ours.url)
      assert.equal((await cache.ensure('plugin', ADA)).plugin.origin, server.url)
      assert.deepEqual(new Set(ours.requests.map(({ authorization }) => authorization)), new Set(['Bearer s3cret-ours']))
      assert.deepEqual(new Set(server.requests.map(({ authorization }) => authorization)), new Set(['Bearer s3cret-default']))
      assert.equal(ours.requests[0].path, '/@acme%2fplugin')
    })

    it('never looks in another registry for what one does not have', async () => {
      const ours = await startNpmRegistry()
      opened.push(ours)
      server.set('@acme/plugin', { versions: { '9.9.9': version('@acme/plugin', '9.9.9') } })
      await fails(ensure('@acme/plugin', { scopes: { '@acme': { url: ours.url } } }), 'plugin-not-found', /does not know/)
      assert.equal(server.requests.length, 0)
      await fails(ensure('plugin', { url: undefined, scopes: { '@acme': { url: ours.url } } }), 'plugin-not-found', /no registry is configured for the package plugin/)
    })

    it('says when the token is refused', async () => {
      const closed = await startNpmRegistry({ token: 's3cret' })
      opened.push(closed)
      closed.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0') } })
      await fails(ensure('plugin', { url: closed.url, token: 'wrong' }), 'registry-misconfigured', /refuses the secret/)
    })
  })

  describe('dependencies', () => {
    const ranScript = "require('node:fs').writeFileSync('ran', '')"
    const files = async (dir: string): Promise<string[]> => (await readdir(dir, { recursive: true })).filter((path) => path.endsWith('.js')).sort()

    it('of production are fetched from the registry of their scope and unpacked as npm would, without a script', async () => {
      const ours = await startNpmRegistry()
      opened.push(ours)
      ours.set('@acme/dep', { versions: { '1.2.0': version('@acme/dep', '1.2.0', { dependencies: { shared: '^2' }, scripts: { install: `node -e "${ranScript}"` }, hasInstallScript: true }) } })
      server.set('shared', { versions: { '1.0.0': version('shared', '1.0.0'), '2.0.0': version('shared', '2.0.0') } })
      server.set('tool', { versions: { '1.0.0': version('tool', '1.0.0', { bin: { tool: 'index.js' } }) } })
      const manifest = { dependencies: { '@acme/dep': '^1', shared: '^1', tool: '1.0.0' }, devDependencies: { 'only-for-tests': '1' }, scripts: { postinstall: `node -e "${ranScript}"` } }
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', manifest, [{ path: 'package/run.js', data: "exports.names = [require('@acme/dep').name, require('shared').name]" }]) } })
      const plugin = await ensure('plugin', { scopes: { '@acme': { url: ours.url } } })
      assert.deepEqual(await files(plugin.dir), ['index.js', 'node_modules/@acme/dep/index.js', 'node_modules/@acme/dep/node_modules/shared/index.js', 'node_modules/shared/index.js', 'node_modules/tool/index.js', 'run.js'])
      assert.equal(await readFile(join(plugin.dir, 'node_modules/@acme/dep/node_modules/shared/index.js'), 'utf8'), "exports.name = 'shared@2.0.0'\n")
      assert.ok(!(await readdir(plugin.dir, { recursive: true })).some((path) => path.endsWith('ran') || path.includes('.bin')))
      assert.ok(!server.requests.some(({ path }) => path.includes('only-for-tests')))
    })

    it('give the content an integrity that covers them all', async () => {
      const manifest = { dependencies: { dep: '^1' } }
      server.set('dep', { versions: { '1.0.0': version('dep', '1.0.0') } })
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', manifest) } })
      const first = await ensure('plugin')
      const other = await openCache({ dir: join(folder(), 'other'), registry: open() })
      opened.push(other)
      assert.equal((await other.ensure('plugin', ADA)).plugin.integrity, first.integrity, 'the same on another machine')
      server.set('dep', { versions: { '1.0.1': version('dep', '1.0.1') } })
      const later = await openCache({ dir: join(folder(), 'later'), registry: open() })
      opened.push(later)
      await fails(later.ensure('plugin', ADA, { integrity: first.integrity }), 'plugin-refused', /its content has changed: sha512-\S+ is pinned, and the registry now gives sha512-/)
    })

    it('that are optional may be absent, or for another machine', async () => {
      server.set('elsewhere', { versions: { '1.0.0': version('elsewhere', '1.0.0', { os: ['no-such-system'] }) } })
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { optionalDependencies: { gone: '1', elsewhere: '1' } }) } })
      assert.deepEqual(await files((await ensure('plugin')).dir), ['index.js'])
    })

    it('that the package brings are taken as they are', async () => {
      const bundled = [{ path: 'package/node_modules/dep/package.json', data: '{"name":"dep","version":"1.0.5"}' }, { path: 'package/node_modules/dep/index.js', data: '// bundled' }]
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { dep: '^1' }, bundleDependencies: ['dep'] }, bundled) } })
      assert.equal(await readFile(join((await ensure('plugin')).dir, 'node_modules/dep/index.js'), 'utf8'), '// bundled')
      assert.equal(server.downloads(), 1)
    })

    it('that the package has locked are those, and no others', async () => {
      const dep = version('dep', '1.0.0')
      server.set('dep', { versions: { '1.0.0': dep, '1.9.0': version('dep', '1.9.0') } })
      const lock = (integrity: string): Entry => ({ path: 'package/npm-shrinkwrap.json', data: JSON.stringify({ name: 'plugin', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 'plugin', version: '1.0.0', dependencies: { dep: '^1' } }, 'node_modules/dep': { version: '1.0.0', resolved: 'http://elsewhere.invalid/dep.tgz', integrity } } }) })
      const right = `sha512-${createHash('sha512').update(dep.archive).digest('base64')}`
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { dep: '^1' } }, [lock(right)]) } })
      assert.match(await readFile(join((await ensure('plugin')).dir, 'node_modules/dep/index.js'), 'utf8'), /dep@1\.0\.0/)
      const wrong = right.replace(/-.{4}/, '-AAAA')
      server.set('plugin', { versions: { '1.0.1': version('plugin', '1.0.1', { dependencies: { dep: '^1' } }, [lock(wrong)]) } })
      await fails(ensure('plugin'), 'plugin-invalid', /dep 1\.0\.0 is not the one that the package has locked/)
    })

    for (const [what, spec, reason] of [
      ['a repository', 'git+https://example.invalid/a/b.git', /Fetching packages of type "git" have been disabled/],
      ['a repository of a well-known host', 'someone/something', /Fetching packages of type "git" have been disabled/],
      ['an address', 'http://169.254.169.254/dep.tgz', /Fetching packages of type "remote" have been disabled/],
      ['a file', 'file:../../../etc', /Fetching packages of type "(file|directory)" have been disabled/],
      ['a package that is not there', '^1', /dep: the registry does not know it/],
      ['a version that is not there', 'npm:shared@^7', /No matching version found for shared@\^7/]
    ] as const) {
      it(`are refused when one is ${what}`, async () => {
        server.set('shared', { versions: { '1.0.0': version('shared', '1.0.0') } })
        server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { dep: spec } }) } })
        await fails(ensure('plugin'), 'plugin-invalid', reason)
      })
    }

    it('are refused when one has no SHA-512, or lies elsewhere', async () => {
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { dep: '1' } }) } })
      server.set('dep', { versions: { '1.0.0': { ...version('dep', '1.0.0'), dist: { integrity: undefined } } } })
      await fails(ensure('plugin'), 'plugin-invalid', /no SHA-512 for dep 1\.0\.0/)
      server.set('dep', { versions: { '1.0.0': { ...version('dep', '1.0.0'), dist: { tarball: 'http://169.254.169.254/dep.tgz' } } } })
      await fails(ensure('plugin'), 'plugin-refused', /lies elsewhere/)
    })

    it('are bounded in size together, and in time', async () => {
      const noise = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) % 251 ^ (i % 13)))
      server.set('dep', { versions: { '1.0.0': version('dep', '1.0.0', {}, [{ path: 'package/noise', data: noise }]) } })
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { dep: '1' } }) } })
      await fails((await cacheOf({}, { unpackedBytes: 50_000 })).ensure('plugin', ADA), 'plugin-refused', /past its limit|unpacks to more than/)
      server.set('dep', { versions: {}, behaviour: { kind: 'silent' } })
      await fails(ensure('plugin', { installMs: 300 }), 'plugin-invalid', /cannot be worked out within 0\.3 s/)
    })

    it('are not blamed when the registry fails', async () => {
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { dep: '1' } }) } })
      server.set('dep', { versions: {}, behaviour: { kind: 'status', status: 503 } })
      await fails(ensure('plugin'), 'registry-unavailable', /answers 503/)
    })

    it('leave nothing half done when they cannot be had', async () => {
      server.set('plugin', { versions: { '1.0.0': version('plugin', '1.0.0', { dependencies: { gone: '1' } }) } })
      await fails(ensure('plugin'), 'plugin-invalid', /gone/)
      assert.deepEqual(await readdir(join(folder(), 'cache/v1/tmp')), [])
      assert.deepEqual(await readdir(join(folder(), 'cache/v1/contents')), [])
    })
  })

  it('takes a package whose archive has another first folder than package/', async () => {
    server.set('plugin', { versions: { '1.0.0': { archive: tgz([{ path: 'plugin/package.json', data: '{"name":"plugin","version":"1.0.0"}' }, { path: 'plugin/index.js', data: '' }]) } } })
    assert.equal((await ensure('plugin')).entry, 'index.js')
  })

  it('finds a description that is none', async () => {
    for (const text of ['<html>', '[]', '{"versions":[]}', 'null']) {
      server.set('plugin', { versions: {}, behaviour: { kind: 'page', type: 'text/html', text } })
      await fails(open().resolve('plugin', ADA, undefined), 'registry-misconfigured', /does not answer with/)
    }
  })
})

describe('readSpec(artefact)', () => {
  it('splits a name from what is wanted', () => {
    assert.deepEqual(readSpec('plugin'), { name: 'plugin', wanted: 'latest' })
    assert.deepEqual(readSpec('@acme/plugin@^1.2 || 3'), { name: '@acme/plugin', scope: '@acme', wanted: '^1.2 || 3' })
    assert.deepEqual(readSpec('@acme/plugin'), { name: '@acme/plugin', scope: '@acme', wanted: 'latest' })
  })

  for (const artefact of ['Plugin', '@Acme/plugin', '@acme', '@acme/', '@/plugin', '@acme/a/b', '@acme%2fplugin', '.plugin', '_plugin', 'plu gin', 'plügin', 'рlugin', 'node_modules', '..', '@acme/..', 'a'.repeat(215), 'plugin@', 'plugin@../x', 'plugin@http://x', 'plugin@git+ssh://x', 'plugin@file:x', `plugin@${'1'.repeat(200)}`]) {
    it(`refuses ${JSON.stringify(artefact.slice(0, 40))}`, () => {
      assert.throws(() => readSpec(artefact), { code: 'plugin-not-found' })
    })
  }
})

describe('pick(packument, wanted)', () => {
  const packument = (versions: Record<string, object>, tags: Record<string, string> = {}) => readPackument('p', Buffer.from(JSON.stringify({ versions, 'dist-tags': tags })))

  it('prefers latest, then the highest, then what is not deprecated', () => {
    const all = packument({ '1.0.0': {}, '1.2.0': {}, '1.3.0': { deprecated: 'broken' }, '2.0.0-beta': {} }, { latest: '1.0.0' })
    assert.equal(pick(all, '^1')?.version, '1.0.0')
    assert.equal(pick(all, '^1.1')?.version, '1.2.0')
    assert.equal(pick(all, '1.3.x')?.version, '1.3.0')
    assert.equal(pick(all, '^2'), undefined)
  })

  it('is not fooled by names of the language, nor by a tag that names nothing', () => {
    const text = '{"versions":{"__proto__":{"dist":{}},"constructor":{},"1.0.0":{}},"dist-tags":{"latest":"__proto__","toString":"1.0.0","next":"9.9.9"}}'
    const odd = readPackument('p', Buffer.from(text))
    assert.equal(pick(odd, '1.0.0')?.version, '1.0.0')
    assert.equal(pick(odd, 'hasOwnProperty'), undefined)
    assert.equal(pick(odd, 'next'), undefined)
    assert.equal(({} as Record<string, unknown>).dist, undefined)
  })

  it('finds its way through 100,000 versions', () => {
    const many = packument(Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`1.${index}.0`, {}])))
    const started = performance.now()
    assert.equal(pick(many, '^1')?.version, '1.99999.0')
    assert.ok(performance.now() - started < 3000)
  })
})
