import assert from 'node:assert/strict'
import { appendFile, cp, mkdir, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openCache, type CacheOptions } from '../../cache/index.ts'
import { reason, renderReason } from '../../cache/reasons.ts'
import { CacheError, type AccountRef, type Cache, type CacheErrorCode, type Ensured } from '../../cache/types.ts'
import { packFolder, startRegistry, type Artefact, type TestRegistry } from '../servers/registry.ts'
import { tgz } from './tar-writer.ts'
import { temporaryFolder } from './temporary-folder.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/plugins/', import.meta.url))
const HELLO_WORLD = fileURLToPath(new URL('../../node_modules/@data-fair/processing-hello-world', import.meta.url))
const ADA: AccountRef = { type: 'organization', id: 'ada' }
const BOB: AccountRef = { type: 'user', id: 'bob' }
const DAY = 24 * 3_600_000
const escape = (text: string): string => text.replaceAll(/[+/]/g, '\\$&')

describe('the plugin cache, before a registry of data-fair', () => {
  const folder = temporaryFolder()
  const caches: Cache[] = []
  let server: TestRegistry
  let now = Date.now()

  const open = async (options: Partial<CacheOptions> = {}): Promise<Cache> => {
    const registry = { kind: 'datafair', url: server.url, secret: 's3cret', retry: { attempts: 2, delayMs: 1, maxDelayMs: 10 } } as const
    const cache = await openCache({ dir: join(folder(), 'cache'), registry, clock: () => now, ...options })
    caches.push(cache)
    return cache
  }
  const serve = async (artefact: Artefact): Promise<void> => await server.set('plugin', artefact)
  const shape = (name: string): Artefact => ({ dir: join(FIXTURES, name) })

  beforeEach(async () => {
    now = Date.now()
    server = await startRegistry({ secret: 's3cret', artefacts: { plugin: shape('shape-commonjs') } })
  })
  afterEach(async () => {
    await Promise.all(caches.splice(0).map((cache) => cache.close()))
    await server.close()
  })

  const fails = async (work: Promise<unknown>, code: CacheErrorCode, reason: RegExp): Promise<void> => {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof CacheError, `${error}`)
      assert.deepEqual([error.code, error.artefact], [code, 'plugin'], error.message)
      assert.match(renderReason(error.reason, 'en'), reason)
      assert.ok(!renderReason(error.reason, 'en').includes(folder()), 'a reason shows no path of the host')
      return true
    })
  }
  /** The folders and files of the layout, as deep as `depth`. */
  const listed = async (path: string): Promise<string[]> => (await readdir(join(folder(), 'cache/v1', path))).sort()
  const nothingHalfDone = async (): Promise<void> => assert.deepEqual(await listed('tmp'), [])

  it('fetches, unpacks and bundles once, and answers from memory after that', async () => {
    const cache = await open()
    const first = await cache.ensure('plugin', ADA)
    assert.equal(first.from, 'download')
    const { bundle, dir, integrity, sourceMapPath, ...plugin } = first.plugin
    assert.deepEqual(plugin, {
      artefact: 'plugin',
      name: '@fixtures/shape-commonjs',
      version: '1.2.3',
      origin: server.url,
      entry: 'index.js',
      builtins: ['path'],
      async: false,
      schema: { type: 'object', properties: { name: { type: 'string' } } }
    })
    assert.match(integrity, /^sha512-/)
    assert.match(bundle.toString(), /^\(function \(exports, require, module, __filename, __dirname\) \{\n/)
    assert.deepEqual((await readdir(dir)).sort(), ['index.js', 'labels.json', 'lib', 'package.json', 'processing-config-schema.json'])
    assert.ok(JSON.parse(await readFile(sourceMapPath, 'utf8')).sources.includes('index.js'))
    const second = await cache.ensure('plugin', ADA)
    assert.deepEqual([second.from, second.plugin, second.ms.download], ['hit', first.plugin, 0])
    assert.equal(server.downloads(), 1)
    await nothingHalfDone()
  })

  it('answers a hit in much less than a millisecond beyond the answer of the registry', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    const beyond: number[] = []
    for (let call = 0; call < 100; call++) {
      const started = performance.now()
      const { ms } = await cache.ensure('plugin', ADA)
      beyond.push(performance.now() - started - ms.resolve)
    }
    assert.ok(beyond.sort((a, b) => a - b)[50] < 0.5, `median ${beyond[50]} ms`)
  })

  it('bundles the published hello-world plugin from its tarball', async () => {
    await serve({ dir: HELLO_WORLD })
    const { plugin } = await (await open()).ensure('plugin', ADA)
    assert.deepEqual([plugin.name, plugin.version, plugin.entry], ['@data-fair/processing-hello-world', '0.13.0', 'index.js'])
    assert.equal(plugin.schema?.type, 'object')
  })

  it('names a content by the bytes of its archive', async () => {
    const archive = await packFolder(join(FIXTURES, 'shape-commonjs'))
    const digest = await crypto.subtle.digest('SHA-512', new Uint8Array(archive))
    assert.equal((await (await open()).ensure('plugin', ADA)).plugin.integrity, `sha512-${Buffer.from(digest).toString('base64')}`)
  })

  it('downloads once for 20 calls at the same time, and checks each account', async () => {
    await serve({ ...shape('shape-commonjs'), access: [ADA, BOB] })
    const cache = await open()
    const carl: AccountRef = { type: 'user', id: 'carl' }
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, call) => cache.ensure('plugin', [ADA, BOB, ADA, carl][call % 4])))
    assert.deepEqual(results.map(({ status }) => status), Array.from({ length: 20 }, (_, call) => call % 4 === 3 ? 'rejected' : 'fulfilled'))
    assert.deepEqual([server.downloads(), server.requests.length], [1, 20])
  })

  it('downloads an update once for 20 calls at the same time', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await serve({ ...shape('shape-typescript'), updatedAt: new Date(Date.now() - 10_000) })
    const results = await Promise.all(Array.from({ length: 20 }, () => cache.ensure('plugin', ADA)))
    assert.deepEqual(new Set(results.map(({ plugin }) => plugin.version)), new Set(['3.0.0']))
    assert.equal((await listed('contents')).length, 2)
  })

  it('asks the registry on every call, also on a hit', async () => {
    const cache = await open()
    const updatedAt = new Date(Date.now() - 10_000)
    await serve({ ...shape('shape-commonjs'), updatedAt })
    await cache.ensure('plugin', ADA)
    await serve({ ...shape('shape-commonjs'), access: [BOB], updatedAt })
    await fails(cache.ensure('plugin', ADA), 'plugin-forbidden', /no access/)
    assert.equal((await cache.ensure('plugin', BOB)).from, 'hit')
    await server.set('plugin', undefined)
    await fails(cache.ensure('plugin', BOB), 'plugin-not-found', /does not know/)
  })

  it('takes up what a cache of before left on the disk', async () => {
    const before = await (await open()).ensure('plugin', ADA)
    const after = await (await open()).ensure('plugin', ADA)
    assert.deepEqual([after.from, after.plugin], ['hit', before.plugin])
    assert.deepEqual(server.requests.map(({ status }) => status), [200, 304])
  })

  it('keeps one content for two artefacts with the same bytes', async () => {
    await server.set('copy', shape('shape-commonjs'))
    const cache = await open()
    const [one, two] = [await cache.ensure('plugin', ADA), await cache.ensure('copy', ADA)]
    assert.deepEqual([two.plugin.artefact, two.plugin.dir], ['copy', one.plugin.dir])
    assert.equal((await listed('contents')).length, 1)
  })

  it('does not mix up two uploads of the same second', async () => {
    const cache = await open()
    const updatedAt = new Date(Math.floor(Date.now() / 1000) * 1000)
    await serve({ ...shape('shape-commonjs'), updatedAt, sendVersion: false })
    assert.equal((await cache.ensure('plugin', ADA)).plugin.version, '1.2.3')
    await serve({ ...shape('shape-typescript'), updatedAt: new Date(updatedAt.getTime() + 999), sendVersion: false })
    assert.equal((await cache.ensure('plugin', ADA)).plugin.version, '3.0.0')
  })

  describe('a pin', () => {
    it('accepts the content that it names, and refuses an update before anything is made of it, saying both', async () => {
      const cache = await open()
      const { integrity } = (await cache.ensure('plugin', ADA)).plugin
      assert.equal((await cache.ensure('plugin', ADA, { integrity })).from, 'hit')
      await serve({ ...shape('shape-typescript'), updatedAt: new Date(Date.now() - 5000) })
      await fails(cache.ensure('plugin', ADA, { integrity }), 'plugin-refused', new RegExp(`^its content has changed: ${escape(integrity)} is pinned, and the registry now gives sha512-.{88}$`))
      const contents = await listed('contents')
      const builds = await Promise.all(contents.map((content) => listed(`contents/${content}/builds`)))
      assert.deepEqual(builds.map(({ length }) => length).sort(), [0, 1])
      assert.equal((await cache.ensure('plugin', ADA)).plugin.version, '3.0.0', 'who pins nothing has the update')
    })

    it('works again when what it names is back', async () => {
      const cache = await open()
      const { integrity } = (await cache.ensure('plugin', ADA)).plugin
      await serve({ ...shape('shape-typescript'), updatedAt: new Date(Date.now() - 9000) })
      await fails(cache.ensure('plugin', ADA, { integrity }), 'plugin-refused', /is pinned/)
      await serve({ ...shape('shape-commonjs'), updatedAt: new Date(Date.now() - 5000) })
      assert.equal((await cache.ensure('plugin', ADA, { integrity })).plugin.version, '1.2.3')
    })

    it('does not spare the question whether the account has access', async () => {
      const cache = await open()
      const { integrity } = (await cache.ensure('plugin', ADA)).plugin
      await serve({ ...shape('shape-commonjs'), access: [BOB] })
      await fails(cache.ensure('plugin', ADA, { integrity }), 'plugin-forbidden', /no access/)
    })
  })

  it('loads a package that comes with the links of its node_modules', async () => {
    await serve({
      archive: tgz([
        { path: 'package/package.json', data: '{"name":"linked","version":"1.0.0","main":"main.js"}' },
        { path: 'package/main.js', data: "exports.greeting = require('@me/lib')" },
        { path: 'package/node_modules/@me/lib', type: '2', link: '../../packages/lib' },
        { path: 'package/node_modules/.bin/tool', type: '2', link: '../tool/cli.js' },
        { path: 'package/node_modules/tool/cli.js', data: '' },
        { path: 'package/packages/lib/index.js', data: "module.exports = 'hello from the workspace'" }
      ])
    })
    assert.match((await (await open()).ensure('plugin', ADA)).plugin.bundle.toString(), /hello from the workspace/)
  })

  it('knows a whole package again whose archive had no entries for its folders', async () => {
    await serve({ archive: tgz([{ path: 'package/package.json', data: '{"name":"p","version":"1.0.0"}' }, { path: 'package/index.js', data: '' }, { path: 'package/a/b/c.js', data: '' }, { path: 'package/d/e/f.js', data: '' }]) })
    const { plugin } = await (await open()).ensure('plugin', ADA)
    await rm(join(plugin.dir, '../builds'), { recursive: true })
    assert.equal((await (await open()).ensure('plugin', ADA)).plugin.version, '1.0.0')
    assert.equal(server.downloads(), 1, 'only its bundle was made again')
  })

  describe('what goes wrong on the way', () => {
    const cases: [string, Artefact['behaviour'] & object, CacheErrorCode, RegExp][] = [
      ['a body that ends early', { kind: 'truncate', bytes: 200 }, 'plugin-corrupt', /cut: fewer than the announced \d+ bytes/],
      ['a gzip that is cut', { kind: 'cut', bytes: 200 }, 'plugin-corrupt', /not a readable gzip tarball/],
      ['an HTML page with status 200', { kind: 'page', type: 'text/html', text: '<!doctype html><h1>Sign in</h1>' }, 'plugin-corrupt', /an HTML or XML page arrived/],
      ['a JSON text with status 200', { kind: 'page', type: 'application/json', text: '{"error":"x"}' }, 'plugin-corrupt', /a JSON text arrived/],
      ['an empty body', { kind: 'page', type: 'application/gzip', text: '' }, 'plugin-corrupt', /is empty/],
      ['a connection that is reset in the middle', { kind: 'reset', bytes: 200 }, 'registry-unavailable', /interrupted/]
    ]
    for (const [name, behaviour, code, reason] of cases) {
      it(`is asked for once more after ${name}, then said`, async () => {
        const cache = await open()
        await serve({ ...shape('shape-commonjs'), behaviour })
        await fails(cache.ensure('plugin', ADA), code, reason)
        assert.equal(server.requests.length, 2)
        await nothingHalfDone()
        assert.deepEqual(await listed('contents'), [])
        await serve(shape('shape-commonjs'))
        assert.equal((await cache.ensure('plugin', ADA)).plugin.version, '1.2.3', 'the next healthy call works')
      })
    }

    it('heals when the second download is whole', async () => {
      const cache = await open()
      await serve({ ...shape('shape-commonjs'), behaviour: { kind: 'truncate', bytes: 200 } })
      const ensuring = cache.ensure('plugin', ADA)
      while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      await serve(shape('shape-commonjs'))
      assert.equal((await ensuring).plugin.version, '1.2.3')
    })

    it('is shared by those who wait for the same download', async () => {
      const cache = await open()
      await serve({ ...shape('shape-commonjs'), behaviour: { kind: 'cut', bytes: 200 } })
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => cache.ensure('plugin', ADA)))
      assert.deepEqual(new Set(results.map((result) => result.status === 'rejected' && result.reason.code)), new Set(['plugin-corrupt']))
      assert.equal(server.requests.length, 2)
    })

    it('gives up a download of a byte now and then', async () => {
      const cache = await open({ limits: { downloadMs: 200 } })
      await serve({ ...shape('shape-commonjs'), behaviour: { kind: 'slow', bytes: 1, everyMs: 20 } })
      await fails(cache.ensure('plugin', ADA), 'registry-unavailable', /^the download takes longer than 0\.2 s$/)
      await nothingHalfDone()
    })

    it('stops an archive that is too large, announced or not', async () => {
      const cache = await open({ limits: { archiveBytes: 300 } })
      await fails(cache.ensure('plugin', ADA), 'plugin-refused', /^the archive is too large \(limit 300 bytes, found \d+ bytes; an administrator can raise `PLUGIN_ARCHIVE_MB`\)$/)
      await nothingHalfDone()
    })
  })

  describe('a package that cannot be used', () => {
    it('is refused with the entry and the rule, and not fetched again until it changes', async () => {
      const cache = await open()
      await serve({ archive: tgz([{ path: 'package/../../../evil.js', data: 'x' }]) })
      for (let call = 0; call < 3; call++) await fails(cache.ensure('plugin', ADA), 'plugin-refused', /"package\/\.\.\/\.\.\/\.\.\/evil\.js" leads outside the package/)
      assert.deepEqual(server.requests.map(({ status }) => status), [200, 304, 304])
      await fails((await open()).ensure('plugin', ADA), 'plugin-refused', /leads outside/)
      assert.equal(server.downloads(), 1, 'the disk remembers')
      await nothingHalfDone()
      assert.deepEqual(await listed('contents'), [])
      await serve({ ...shape('shape-commonjs'), updatedAt: new Date(Date.now() - 5000) })
      assert.equal((await cache.ensure('plugin', ADA)).plugin.version, '1.2.3')
    })

    it('is tried again under other limits', async () => {
      await fails((await open({ limits: { entries: 2 } })).ensure('plugin', ADA), 'plugin-refused', /limit 2 entries/)
      assert.equal((await (await open()).ensure('plugin', ADA)).plugin.version, '1.2.3')
    })

    it('is invalid when its entry is not there, and its access is still checked', async () => {
      const cache = await open()
      await serve(shape('shape-no-main-file'))
      await fails(cache.ensure('plugin', ADA), 'plugin-invalid', /^missing source file: dist\/index\.js$/)
      await fails(cache.ensure('plugin', ADA), 'plugin-invalid', /^missing source file: dist\/index\.js$/)
      assert.equal(server.downloads(), 1)
      await serve({ ...shape('shape-no-main-file'), access: [BOB] })
      await fails(cache.ensure('plugin', ADA), 'plugin-forbidden', /no access/)
    })

    it('is not remembered on disk for being slow: another limit helps at once', async () => {
      await fails((await open({ bundle: { ms: 1 } })).ensure('plugin', ADA), 'plugin-invalid', /^bundling it takes longer than 0\.001 s \(an administrator can raise `PLUGIN_BUNDLE_SECONDS`\)$/)
      assert.equal((await (await open()).ensure('plugin', ADA)).plugin.version, '1.2.3')
    })

    it('is not built again for ten minutes when it took too long, under whatever name', async () => {
      const steps: string[] = []
      const cache = await open({ bundle: { ms: 1 }, atStep: (step) => { steps.push(step) } })
      const builds = (): number => steps.filter((step) => step === 'bundle').length
      const slow = async (): Promise<void> => await fails(cache.ensure('plugin', ADA), 'plugin-invalid', /^bundling it takes longer/)
      await slow()
      await slow()
      await server.set('same-bytes', shape('shape-commonjs'))
      await assert.rejects(cache.ensure('same-bytes', BOB), /bundling it takes longer/)
      assert.equal(builds(), 1)
      now += 10 * 60_000
      await slow()
      assert.equal(builds(), 2)
    })

    it('is not unpacked again for ten minutes when that took too long', async () => {
      const steps: string[] = []
      const cache = await open({ limits: { unpackMs: 1 }, atStep: (step) => { steps.push(step) } })
      const slow = async (): Promise<void> => await fails(cache.ensure('plugin', ADA), 'plugin-refused', /^unpacking it takes longer/)
      const tries = (): number => steps.filter((step) => step === 'downloaded').length
      await slow()
      await slow()
      assert.equal(tries(), 1)
      now += 10 * 60_000
      await slow()
      assert.equal(tries(), 2)
    })
  })

  describe('the disk', () => {
    const contentDir = async (): Promise<string> => join(folder(), 'cache/v1/contents', (await listed('contents'))[0])
    const buildDir = async (): Promise<string> => join(await contentDir(), 'builds', (await readdir(join(await contentDir(), 'builds')))[0])
    const flip = async (path: string): Promise<void> => {
      const bytes = await readFile(path)
      bytes[Math.floor(bytes.length / 2)] ^= 1
      await writeFile(path, bytes)
    }

    for (const file of ['bundle.cjs', 'build.json']) {
      it(`is not trusted: a flipped bit in ${file} makes the bundle anew, from the package`, async () => {
        const before = await (await open()).ensure('plugin', ADA)
        await flip(join(await buildDir(), file))
        const after = await (await open()).ensure('plugin', ADA)
        assert.deepEqual([after.from, after.plugin], ['download', before.plugin])
        assert.equal(server.downloads(), 1)
        assert.equal((await (await open()).ensure('plugin', ADA)).from, 'hit', 'the disk is healed')
      })
    }

    it('is not trusted: with the package damaged too, it is fetched again', async () => {
      const before = await (await open()).ensure('plugin', ADA)
      await flip(join(await buildDir(), 'bundle.cjs'))
      await flip(join(before.plugin.dir, 'lib/greet.js'))
      assert.deepEqual((await (await open()).ensure('plugin', ADA)).plugin, before.plugin)
      assert.equal(server.downloads(), 2)
    })

    for (const how of ['restarted', 'running']) {
      it(`is not trusted: a flipped bit in a file of the package is found by a ${how} cache, and fetched again once`, async () => {
        const running = await open()
        const before = await running.ensure('plugin', ADA)
        const path = join(before.plugin.dir, 'labels.json')
        const whole = await readFile(path, 'utf8')
        await flip(path)
        const cache = how === 'restarted' ? await open() : running
        const after = await cache.ensure('plugin', ADA)
        assert.deepEqual([after.from, after.plugin], ['download', before.plugin])
        assert.equal(await readFile(path, 'utf8'), whole)
        assert.deepEqual([(await cache.ensure('plugin', ADA)).from, server.downloads()], ['hit', 2])
      })

      it(`is not trusted: a lost file of the package is found by a ${how} cache`, async () => {
        const running = await open()
        const before = await running.ensure('plugin', ADA)
        await rm(join(before.plugin.dir, 'labels.json'))
        const cache = how === 'restarted' ? await open() : running
        assert.deepEqual((await cache.ensure('plugin', ADA)).plugin, before.plugin)
        assert.deepEqual([(await readdir(before.plugin.dir)).includes('labels.json'), server.downloads()], [true, 2])
      })
    }

    it('a file that looks different and is the same costs no download', async () => {
      const cache = await open()
      const { plugin } = await cache.ensure('plugin', ADA)
      await utimes(join(plugin.dir, 'labels.json'), new Date(0), new Date(0))
      assert.equal((await cache.ensure('plugin', ADA)).from, 'hit')
      assert.equal(server.downloads(), 1)
    })

    it('finds a flipped bit in a package of many files, also of one with a folder .git', async () => {
      const files = Array.from({ length: 400 }, (_, index) => ({ path: `package/data/${index}`, data: `${index}` }))
      const entries = [{ path: 'package/package.json', data: '{ "name": "many", "version": "1.0.0" }' }, { path: 'package/index.js', data: 'exports.run = async () => {}' }, { path: 'package/.git/HEAD', data: 'x' }, ...files]
      await serve({ archive: tgz(entries) })
      const { plugin } = await (await open()).ensure('plugin', ADA)
      assert.equal((await (await open()).ensure('plugin', ADA)).from, 'hit')
      await flip(join(plugin.dir, 'data/399'))
      assert.equal((await (await open()).ensure('plugin', ADA)).from, 'download')
      assert.deepEqual([await readFile(join(plugin.dir, 'data/399'), 'utf8'), server.downloads()], ['399', 2])
    })

    for (const file of ['content.json', '../../artefacts']) {
      it(`is not trusted: a flipped bit in ${file} fetches again`, async () => {
        const before = await (await open()).ensure('plugin', ADA)
        const path = join(await contentDir(), file)
        await flip(file === 'content.json' ? path : join(path, (await readdir(path))[0]))
        assert.deepEqual((await (await open()).ensure('plugin', ADA)).plugin, before.plugin)
        assert.equal(server.downloads(), 2)
      })
    }

    it('may lose everything while the cache runs', async () => {
      const cache = await open({ memoryBytes: 0 })
      const before = await cache.ensure('plugin', ADA)
      for (const name of await listed('contents')) await rm(join(folder(), 'cache/v1/contents', name), { recursive: true })
      assert.deepEqual((await cache.ensure('plugin', ADA)).plugin, before.plugin)
    })

    it('keeps a content that nobody had the time to check', async () => {
      await (await open()).ensure('plugin', ADA)
      await rm(await buildDir(), { recursive: true })
      const kept = await listed('contents')
      const cache = await open()
      const asked = server.requests.length
      const ensured = assert.rejects(cache.ensure('plugin', ADA), { code: 'registry-unavailable' })
      while (server.requests.length === asked) await sleep(1)
      await sleep(20) // a thread begins to read the package
      await cache.close()
      await ensured
      assert.deepEqual(await listed('contents'), kept)
    })

    it('shows a content only when it is whole, whatever a crash left in between', async () => {
      await (await open()).ensure('plugin', ADA)
      await rm(await buildDir(), { recursive: true })
      const path = join(folder(), 'cache/v1/artefacts')
      for (const name of await readdir(path)) await rm(join(path, name))
      assert.equal((await (await open()).ensure('plugin', ADA)).plugin.version, '1.2.3')
    })

    it('is cleared of the work that crashed processes left', async () => {
      const cache = await open()
      const temporary = join(folder(), 'cache/v1/tmp')
      const dead = `${hostname()}.999999999.0011223344556677`
      const predecessor = `${hostname()}.${process.pid}.0011223344556677`
      const alive = `${hostname()}.${process.ppid}.0011223344556677`
      const [elsewhereOld, elsewhereNew] = ['other-host.1.00', 'other-host.1.01']
      for (const name of [dead, predecessor, alive, elsewhereOld, elsewhereNew]) await mkdir(join(temporary, name, 'package'), { recursive: true })
      const before = new Date(Date.now() - DAY)
      await utimes(join(temporary, elsewhereOld), before, before)
      await cache.close()
      await open()
      assert.deepEqual(await listed('tmp'), [alive, elsewhereNew].sort())
    })

    it('may be shared by two caches that fetch the same at the same time', async () => {
      const [one, two] = [await open(), await open()]
      const [a, b] = await Promise.all([one.ensure('plugin', ADA), two.ensure('plugin', BOB)])
      assert.deepEqual(a.plugin, b.plugin)
      assert.equal((await listed('contents')).length, 1)
      await nothingHalfDone()
    })

    it('that cannot be written is no fault of the plugin', async () => {
      const cache = await open()
      await rm(join(folder(), 'cache/v1/tmp'), { recursive: true })
      await writeFile(join(folder(), 'cache/v1/tmp'), 'in the way')
      await fails(cache.ensure('plugin', ADA), 'internal', /^the plugin cache failed$/)
    })
  })

  it('keeps bundles in memory up to a bound', async () => {
    await server.set('other', shape('shape-typescript'))
    const cache = await open({ memoryBytes: 10_000 })
    const first = await cache.ensure('plugin', ADA)
    assert.equal((await cache.ensure('plugin', ADA)).plugin.bundle, first.plugin.bundle)
    await cache.ensure('other', ADA)
    const again = await cache.ensure('plugin', ADA)
    assert.notEqual(again.plugin.bundle, first.plugin.bundle, 'it was read again')
    assert.deepEqual([again.from, again.plugin.bundle.equals(first.plugin.bundle)], ['hit', true])
  })

  it('prunes what was not used lately, and fetches it again when it is asked for', async () => {
    await server.set('other', shape('shape-typescript'))
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await cache.ensure('other', ADA)
    assert.deepEqual(await cache.prune(), { removed: 0, bytes: 0 })
    now += 29 * DAY
    await cache.ensure('other', ADA)
    now += 2 * DAY
    const { removed, bytes } = await cache.prune()
    assert.equal(removed, 1)
    assert.ok(bytes > 500)
    assert.equal((await listed('contents')).length, 1)
    assert.equal((await listed('artefacts')).length, 1)
    assert.equal((await cache.ensure('other', ADA)).from, 'hit')
    assert.equal((await cache.ensure('plugin', ADA)).from, 'download')
    await nothingHalfDone()
  })

  it('prunes to its size, and never what is in use', async () => {
    await server.set('other', shape('shape-typescript'))
    const cache = await open({ prune: { bytes: 1 } })
    await cache.ensure('plugin', ADA)
    await cache.ensure('other', ADA)
    assert.equal((await cache.prune()).removed, 0)
    now += 11 * 60_000
    await cache.ensure('other', ADA)
    assert.equal((await cache.prune()).removed, 1)
    assert.equal((await cache.ensure('other', ADA)).from, 'hit')
  })

  it('ends what is under way when it is closed, and closing twice is harmless', async () => {
    await serve({ ...shape('shape-commonjs'), behaviour: { kind: 'slow', bytes: 1, everyMs: 50 } })
    const cache = await open()
    const ensuring = fails(cache.ensure('plugin', ADA), 'registry-unavailable', /./)
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await Promise.all([cache.close(), cache.close(), ensuring])
    await nothingHalfDone()
    await fails(cache.ensure('plugin', ADA), 'registry-unavailable', /the cache is closed/)
  })
})

describe('the plugin cache, before a folder of plugins', () => {
  const folder = temporaryFolder()
  let cache: Cache
  const ensure = async (artefact: string): Promise<Ensured> => await cache.ensure(artefact, ADA)

  beforeEach(async () => {
    await cp(join(FIXTURES, 'shape-commonjs'), join(folder(), 'plugins/hello'), { recursive: true })
    cache = await openCache({ dir: join(folder(), 'cache'), registry: { kind: 'dir', dir: join(folder(), 'plugins') } })
  })
  afterEach(async () => { await cache.close() })

  it('copies the folder, and copies it again when a file changed', async () => {
    const first = await ensure('hello')
    assert.deepEqual([first.from, first.plugin.origin, (await ensure('hello')).from], ['download', 'dir:plugins', 'hit'])
    await appendFile(join(folder(), 'plugins/hello/index.js'), '\nexports.added = 1\n')
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const second = await ensure('hello')
    assert.match(second.plugin.bundle.toString(), /added/)
    assert.notEqual(second.plugin.integrity, first.plugin.integrity)
    assert.ok((await stat(first.plugin.dir)).isDirectory(), 'the content of before is untouched')
    assert.ok(!(await readFile(join(first.plugin.dir, 'index.js'), 'utf8')).includes('added'))
  })

  it('looks once more at a folder of which a file was half written', async () => {
    const path = join(folder(), 'plugins/hello/package.json')
    const whole = await readFile(path, 'utf8')
    await writeFile(path, whole.slice(0, 20))
    const ensured = ensure('hello')
    while ((await readdir(join(folder(), 'cache/v1/contents'))).length === 0) await sleep(1) // it was copied so
    await writeFile(path, whole)
    assert.equal((await ensured).plugin.version, '1.2.3')
  })

  it('does not wait for one that stays so', async () => {
    await writeFile(join(folder(), 'plugins/hello/package.json'), '{ "name": "he')
    await assert.rejects(ensure('hello'), { code: 'plugin-invalid' })
  })

  it('takes a .tgz, and refuses one that is no archive', async () => {
    await writeFile(join(folder(), 'plugins/packed.tgz'), await packFolder(join(FIXTURES, 'shape-typescript')))
    await writeFile(join(folder(), 'plugins/text.tgz'), 'hello')
    assert.equal((await ensure('packed')).plugin.entry, 'index.ts')
    await assert.rejects(ensure('text'), { code: 'plugin-corrupt' })
  })

  it('prunes when what is fetched makes it too large, and keeps what is in use', async () => {
    let now = Date.now()
    const small = await openCache({ dir: join(folder(), 'small'), registry: { kind: 'dir', dir: join(folder(), 'plugins') }, prune: { bytes: 1 }, clock: () => now })
    try {
      const contents = async (): Promise<number> => (await readdir(join(folder(), 'small/v1/contents'))).length
      const { release } = await small.ensure('hello', ADA, { hold: true })
      await cp(join(FIXTURES, 'shape-typescript'), join(folder(), 'plugins/two'), { recursive: true })
      now += 11 * 60_000
      await small.ensure('two', ADA)
      await sleep(200)
      assert.equal(await contents(), 2, 'one is held, the other was just used')
      release?.()
    } finally {
      await small.close()
    }
    const again = await openCache({ dir: join(folder(), 'small'), registry: { kind: 'dir', dir: join(folder(), 'plugins') }, prune: { bytes: 1 }, clock: () => now })
    try {
      now += 11 * 60_000
      await cp(join(FIXTURES, 'shape-es-module'), join(folder(), 'plugins/three'), { recursive: true })
      await again.ensure('three', ADA)
      const deadline = Date.now() + 5000
      while ((await readdir(join(folder(), 'small/v1/contents'))).length > 1 && Date.now() < deadline) await sleep(20)
      assert.equal((await readdir(join(folder(), 'small/v1/contents'))).length, 1)
    } finally {
      await again.close()
    }
  })

  it('refuses a folder with a link that leads outside', async () => {
    await symlink('/etc/hostname', join(folder(), 'plugins/hello/link'))
    await assert.rejects(ensure('hello'), { code: 'plugin-refused', reason: reason('link-outside-folder', { path: 'link' }) })
  })
})
