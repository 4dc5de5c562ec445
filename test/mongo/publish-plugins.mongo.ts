/** The plugins of a v5 volume into a real registry, for a v6 database. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startRegistry, type Protocol, type TestRegistry } from '../servers/registry.ts'
import { publishPluginsToRegistry, type PublishOptions } from '../../upgrade/5.2.0/01-publish-plugins-to-registry.ts'
import { makeV5Volume, V5_ORPHAN, V5_PLUGINS } from '../volumes/v5.ts'
import { fillV6Database } from '../volumes/v6-database.ts'
import { testDatabase, type TestDatabase } from './mongo-server.ts'

const SECRET = 'secret of the platform'
const PLUGINS = Object.values(V5_PLUGINS)

describe('upgrade 5.2.0/01: plugins of the old volume are published in the registry', function () {
  this.timeout(30_000)
  let dir: string
  let database: TestDatabase
  let registry: TestRegistry
  let lines: string[]
  const log = (line: string): void => { lines.push(line) }

  const open = async (protocol: Protocol = 'download', wantsGrants = false): Promise<void> => {
    registry = await startRegistry({ secret: SECRET, artefacts: {}, protocol, wantsGrants })
  }
  const script = (options: Partial<PublishOptions> = {}): ReturnType<typeof publishPluginsToRegistry> =>
    publishPluginsToRegistry({ dataDir: dir, tmpDir: path.join(dir, 'tmp'), registry: { url: registry.url, secret: SECRET }, architecture: 'x64', pausesMs: [10, 20], ...options })
  const exec = async (options: Partial<PublishOptions> = {}): Promise<void> => {
    lines = []
    await script({ allowOrphans: true, ...options }).exec(database.db, log)
  }
  const writes = (): string[] => registry.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${decodeURIComponent(path.replace('/api/v1/', ''))}`)

  beforeEach(async () => {
    lines = []
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-move-'))
    database = testDatabase()
    await makeV5Volume(dir)
    await fillV6Database(database.db)
  })
  afterEach(async () => {
    await registry.close()
    await database.drop()
    await rm(dir, { recursive: true })
  })

  it('finds orphans first, stops with a list and the two ways out, and has changed nothing', async () => {
    await open()
    await assert.rejects(script().exec(database.db, log), (error: Error & { code: string }) => {
      assert.equal(error.code, 'orphans')
      assert.match(error.message, /^One processing has a plugin that is neither on the old volume nor in the registry:\n {2}lost "Lost", plugin @fixtures-processing-gone-1, owner Blue \(organization:blue:roads\)\n/)
      assert.match(error.message, /two ways out: give the plugin back .+, or delete the processing\./)
      assert.match(error.message, /--allow-orphans/)
      return true
    })
    assert.deepEqual(writes(), [])
    assert.equal(await database.db.collection('upgrade-publications').countDocuments(), 0)
  })

  it('goes on when the registry has the plugin of an orphan', async () => {
    registry = await startRegistry({ secret: SECRET, artefacts: { [V5_ORPHAN]: { dir: path.join(dir, 'plugins', V5_PLUGINS.title) } } })
    await script().exec(database.db, log)
    for (const id of PLUGINS) assert.ok(registry.document(id) !== undefined, id)
  })

  for (const protocol of ['download', 'slots'] as const) {
    it(`publishes each plugin under the id that processings have, builds of a distTag too, with texts, access and thumbnail (a registry of ${protocol})`, async () => {
      await open(protocol)
      await exec()
      assert.deepEqual(PLUGINS.map(id => [id, registry.document(id)?.version]), [
        [V5_PLUGINS.title, '1.2.0'], [V5_PLUGINS.beta, '1.3.0-beta.1'], [V5_PLUGINS.rows, '2.0.1'], [V5_PLUGINS.native, '1.0.0']
      ])
      const { packageName, category, title, description, group, documentation, public: open_, thumbnail } = registry.document(V5_PLUGINS.title) ?? assert.fail()
      assert.deepEqual({ packageName, category, title, description, group, documentation, open_ }, {
        packageName: '@fixtures/processing-says-title',
        category: 'processing',
        title: { fr: 'Dit un titre' },
        description: { fr: 'Écrit le titre dans le journal' },
        group: { fr: 'Essentiels' },
        documentation: 'https://docs.example.org/says-title',
        open_: true
      })
      assert.match(thumbnail?.svg ?? '', /^<svg [^>]+><rect [^>]+><path [^>]*d="M12 2L2 22H22Z"\/><\/svg>$/)
      assert.match(registry.document(V5_PLUGINS.beta)?.thumbnail?.svg ?? '', /<path [^>]*d="M12,5\.5A3\.5,3\.5 0 0,1 15\.5,9[^"]+"\/>/, 'an icon that is only named')
      // The name of an account is known from its processings, else it is the one of the file.
      assert.deepEqual(registry.document(V5_PLUGINS.rows)?.privateAccess, [{ type: 'organization', id: 'blue', name: 'Blue' }, { type: 'user', id: 'ada', name: 'Ada' }])
      assert.equal(registry.document(V5_PLUGINS.rows)?.thumbnail, undefined)
      assert.ok(lines.includes(`${V5_PLUGINS.rows}: its icon is unknown, it gets no thumbnail.`))
      assert.ok(lines.includes('4 plugins published, 0 were there already, 0 of 4 not moved.'), lines.join('\n'))
      assert.deepEqual(await readdir(path.join(dir, 'tmp')), [], 'no archive is left')
    })
  }

  it('run again, sends nothing more, and leaves what people changed meanwhile', async () => {
    await open()
    await exec()
    registry.edit(V5_PLUGINS.title, { title: { fr: 'Un autre titre' }, public: false, description: undefined, thumbnail: undefined })
    const before = writes().length
    await exec()
    assert.equal(writes().length, before)
    assert.deepEqual([registry.document(V5_PLUGINS.title)?.title, registry.document(V5_PLUGINS.title)?.public], [{ fr: 'Un autre titre' }, false])
    assert.ok(lines.includes('0 plugins published, 4 were there already, 0 of 4 not moved.'))
  })

  it('leaves what somebody else has published under the id: its content, its texts and its access; only absent texts are filled in', async () => {
    await open()
    const archive = await rememberedArchive()
    await send(archive, V5_PLUGINS.title)
    registry.edit(V5_PLUGINS.title, { title: { fr: 'Le titre du registre' } })
    const { version } = registry.document(V5_PLUGINS.title) ?? assert.fail()
    await exec()
    const document = registry.document(V5_PLUGINS.title)
    assert.deepEqual([document?.version, document?.title, document?.group, document?.public], [version, { fr: 'Le titre du registre' }, { fr: 'Essentiels' }, false])
    assert.deepEqual(registry.archive(V5_PLUGINS.title), archive)
    assert.ok(lines.includes(`${V5_PLUGINS.title}: it was in the registry before. Its access is left as it is, and is not that of the old volume: compare the two.`))
  })

  it('that fails for one plugin goes on with the others, says so, throws, and finishes the rest when it is run again', async () => {
    await open()
    registry.answerNext(new RegExp(`^POST .*${encodeURIComponent(V5_PLUGINS.rows)}`), 413)
    await assert.rejects(exec(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'incomplete')
      assert.match(error.message, /counts-rows-2: the archive of .+ is larger than the registry takes \(413: status 413\): raise its MAX_UPLOAD_BYTES/)
      return true
    })
    assert.deepEqual(PLUGINS.map(id => registry.document(id) !== undefined), [true, true, false, true])
    const before = writes().length
    await exec()
    assert.deepEqual(writes().slice(before), [`POST artefacts/npm/${V5_PLUGINS.rows}`, `PATCH artefacts/${V5_PLUGINS.rows}`])
  })

  it('that was cut short between the archive and the access finishes with the access', async () => {
    await open()
    registry.answerNext(/^PATCH /, 400)
    await assert.rejects(exec(), { code: 'incomplete' })
    assert.equal(registry.document(V5_PLUGINS.rows)?.privateAccess.length, 0)
    const before = writes().length
    await exec()
    assert.deepEqual(writes().slice(before), [`PATCH artefacts/${V5_PLUGINS.rows}`])
    assert.equal(registry.document(V5_PLUGINS.rows)?.privateAccess.length, 2)
  })

  it('asks again a registry that hiccups, and gives up on one that is down with what to look at', async () => {
    await open()
    registry.answerNext(/^POST /, 503, 2)
    await exec()
    assert.ok(registry.document(V5_PLUGINS.rows) !== undefined)
    await registry.down()
    await assert.rejects(exec(), { code: 'registry-unavailable' })
    await registry.up()
  })

  it('says what a wrong secret means', async () => {
    await open()
    await assert.rejects(exec({ registry: { url: registry.url, secret: 'another' } }), { code: 'registry-refused', message: /refuses the secret \(401\): SECRET_REGISTRY has to be/ })
  })

  it('says that a name is taken by another package, or mirrored', async () => {
    await open()
    await exec()
    registry.edit(V5_PLUGINS.title, { packageName: 'another' })
    registry.edit(V5_PLUGINS.rows, { origin: 'https://elsewhere.example.org' })
    await database.db.collection('upgrade-publications').deleteMany({})
    const manifest = path.join(dir, 'plugins', V5_PLUGINS.beta, 'plugin.json')
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('1.3.0-beta.1', 'not-a-version'))
    await exec() // what has content is not sent again
    assert.ok(lines.includes(`${V5_PLUGINS.rows}: the registry has it from another registry: its texts and its access are left as they are.`))
    const empty = await startRegistry({ secret: SECRET, artefacts: {} })
    try {
      await assert.rejects(exec({ registry: { url: empty.url, secret: SECRET } }), { code: 'incomplete', message: /says-title-1-beta: its plugin\.json has the version "not-a-version"/ })
      empty.answerNext(/^POST /, 409)
      await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('not-a-version', '1.3.0-beta.1'))
      await assert.rejects(exec({ registry: { url: empty.url, secret: SECRET } }), { code: 'incomplete', message: /settle there which of the two it is to be/ })
    } finally {
      await empty.close()
    }
  })

  it('creates the access grants that an older registry wants, one for each account, and none elsewhere', async () => {
    await open('slots', true)
    await exec()
    assert.deepEqual([...registry.grants].sort(), ['organization:blue', 'user:ada'])
    const before = writes().length
    await exec()
    assert.equal(writes().length, before)
    await registry.close()
    await open('download', false)
    await exec()
    assert.ok(!writes().some(write => write.includes('access-grants')))
  })

  it('tells which processings the access lists keep out', async () => {
    await open()
    await writeFile(path.join(dir, 'plugins', `${V5_PLUGINS.rows}-access.json`), '{"privateAccess":[{"type":"user","id":"ada"}]}')
    await exec()
    assert.match(lines.join('\n'), /One processing belongs to an account that the access list of its plugin does not name.+\n {2}@fixtures-processing-counts-rows-2, Blue \(organization:blue\): 1/)
  })

  it('without a registry stops when there are plugins to publish, and has nothing to do when there are none', async () => {
    await open()
    await assert.rejects(exec({ registry: undefined }), { code: 'registry-missing', message: /holds 4 plugins.+PRIVATE_REGISTRY_URL and SECRET_REGISTRY are wanted/ })
    await exec({ registry: undefined, dataDir: undefined })
    assert.deepEqual(lines, ['No old volume is mounted (DATA_DIR/plugins): there is nothing to publish.'])
  })

  it('that was told of no volume still finds the orphans that this makes', async () => {
    await open()
    await assert.rejects(script({ dataDir: undefined }).exec(database.db, log), { code: 'orphans', message: /^6 processings have a plugin/ })
  })

  it('looks before it leaps: numbers and a sample, and nothing is changed', async () => {
    await open()
    await script().plan(database.db, log)
    const text = lines.join('\n')
    assert.match(text, /^4 plugins on the old volume\.$/m)
    assert.match(text, /^4 to publish: \d+ files, \d+ bytes\.$/m)
    assert.match(text, /^ {2}@fixtures-processing-may-be-native-1: @fixtures\/processing-may-be-native 1\.0\.0, \d+ files, with native addons$/m)
    assert.match(text, /^0 in the registry already, left as they are\.$/m)
    assert.match(text, /^6 processings use 5 plugins, 0 of them from the registry alone\.$/m)
    assert.match(text, /^1 processings have a plugin that is nowhere: the upgrade will stop, unless it is run with --allow-orphans\.\n {2}lost "Lost"/m)
    assert.deepEqual(writes(), [])
    assert.equal(await database.db.collection('upgrade-publications').countDocuments(), 0)
    await assert.rejects(readdir(path.join(dir, 'tmp')), { code: 'ENOENT' })
    await exec()
    lines = []
    await script().plan(database.db, log)
    assert.match(lines.join('\n'), /^0 to publish: 0 files, 0 bytes\.\n4 in the registry already/m)
  })

  /** Another content of the plugin than that of the volume. */
  async function rememberedArchive (): Promise<Buffer> {
    const other = await startRegistry({ secret: SECRET, artefacts: {} })
    try {
      await exec({ registry: { url: other.url, secret: SECRET } })
      return other.archive(V5_PLUGINS.beta) ?? assert.fail()
    } finally {
      await other.close()
    }
  }

  async function send (archive: Buffer, id: string): Promise<void> {
    const body = new FormData()
    body.append('category', 'processing')
    body.append('file', new Blob([new Uint8Array(archive)]), 'package.tgz')
    const { status } = await fetch(`${registry.url}/api/v1/artefacts/npm/${encodeURIComponent(id)}`, { method: 'POST', headers: { 'x-secret-key': SECRET }, body })
    assert.equal(status, 201)
  }
})
