import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { extract, list } from 'tar'
import { packPlugin } from '../../upgrade/5.2.0/archive.ts'
import { thumbnailOf } from '../../upgrade/5.2.0/icon.ts'
import { publishedManifest, readPublishedManifest } from '../../upgrade/5.2.0/manifest.ts'
import { readVolume } from '../../upgrade/5.2.0/volume.ts'
import { makeV5Volume, V5_PLUGINS } from '../volumes/v5.ts'
import type { LegacyPlugin } from '../../upgrade/5.2.0/types.ts'

describe('the volume of v5', () => {
  let dir: string
  beforeEach(async () => { dir = await realpath(await mkdtemp(path.join(tmpdir(), 'vivarium-volume-'))) })
  afterEach(async () => { await rm(dir, { recursive: true }) })

  const pluginOf = async (id: string): Promise<LegacyPlugin> => {
    const plugin = (await readVolume(dir)).plugins.find(plugin => plugin.id === id)
    assert.ok(plugin !== undefined, id)
    return plugin
  }

  it('that is not mounted, or has no plugins folder, has nothing', async () => {
    assert.deepEqual(await readVolume(undefined), { mounted: false, plugins: [], notices: [] })
    assert.deepEqual(await readVolume(dir), { mounted: false, plugins: [], notices: [] })
  })

  it('gives its plugins, also builds of a distTag and folders that are links, and says why the rest is left aside', async () => {
    await makeV5Volume(dir)
    const { mounted, plugins, notices } = await readVolume(dir)
    assert.equal(mounted, true)
    assert.deepEqual(plugins.map(({ id, name, version }) => [id, name, version]), [
      [V5_PLUGINS.rows, '@fixtures/processing-counts-rows', '2.0.1'],
      [V5_PLUGINS.native, '@fixtures/processing-may-be-native', '1.0.0'],
      [V5_PLUGINS.title, '@fixtures/processing-says-title', '1.2.0'],
      [V5_PLUGINS.beta, '@fixtures/processing-says-title', '1.3.0-beta.1']
    ])
    assert.deepEqual(notices.map(notice => notice.replace(/\(.*\)/, '(…)')), [
      `${V5_PLUGINS.native}-metadata.json cannot be read (…): its texts are left out.`,
      'a-broken-link is left aside: it is a link to something that is not there.',
      'an-empty-folder is left aside: it has no plugin.json.',
      'half-installed is left aside: its plugin.json has no name or no version.',
      'notes.txt is left aside: it is no folder.'
    ])
  })

  it('says who may use a plugin; nobody may when its file is absent, malformed, or says anything but true', async () => {
    await makeV5Volume(dir)
    assert.deepEqual((await pluginOf(V5_PLUGINS.title)).access, { public: true, privateAccess: [] })
    assert.deepEqual((await pluginOf(V5_PLUGINS.rows)).access.privateAccess, [{ type: 'organization', id: 'blue' }, { type: 'user', id: 'ada', name: 'Ada' }])
    for (const text of ['{', '[]', '{"public":"true"}', '{"public":1,"privateAccess":{"id":"blue"}}', '{"privateAccess":[{"type":"robot","id":"x"},{"type":"user"}]}']) {
      await writeFile(path.join(dir, 'plugins', `${V5_PLUGINS.title}-access.json`), text)
      assert.deepEqual((await pluginOf(V5_PLUGINS.title)).access, { public: false, privateAccess: [] }, text)
    }
  })

  it('is packed as npm would: package.json first, every file in package/, links as what they name, the same bytes each time', async () => {
    await makeV5Volume(dir)
    const plugin = await pluginOf(V5_PLUGINS.beta)
    const manifest = await readPublishedManifest(plugin)
    const [first, second] = [path.join(dir, 'first.tgz'), path.join(dir, 'second.tgz')]
    const { notices, bytes } = await packPlugin(plugin.dir, manifest, first)
    await packPlugin(plugin.dir, manifest, second)
    assert.deepEqual(notices, ['node_modules/.bin/gone is left out: it is a link to ../gone/cli.js, which is not there.'])
    const archive = await readFile(first)
    assert.equal(bytes, archive.length)
    assert.deepEqual(hash(archive), hash(await readFile(second)))
    const entries: [string, string][] = []
    await list({ file: first, onReadEntry: ({ path, type }) => entries.push([path, type]) })
    assert.equal(entries[0]?.[0], 'package/package.json')
    assert.ok(entries.every(([path, type]) => path.startsWith('package/') && type === 'File'), 'no link is left')
    const to = path.join(dir, 'unpacked')
    await mkdir(to)
    await extract({ file: first, cwd: to })
    assert.equal(await readFile(path.join(to, 'package/node_modules/.bin/say'), 'utf8'), await readFile(path.join(plugin.dir, 'node_modules/say/cli.js'), 'utf8'))
    assert.deepEqual(JSON.parse(await readFile(path.join(to, 'package/package.json'), 'utf8')), manifest)
    assert.deepEqual((await readdir(path.join(to, 'package'))).sort(), ['index.js', 'lib', 'node_modules', 'package.json', 'plugin-config-schema.json', 'plugin.json', 'processing-config-schema.json'])
  })

  it('is packed with long names, names beyond ASCII, empty and executable files', async () => {
    const plugin = path.join(dir, 'plugin')
    const long = `${'a-folder-with-a-long-name/'.repeat(8)}${'x'.repeat(140)}.js`
    await mkdir(path.join(plugin, path.dirname(long)), { recursive: true })
    await writeFile(path.join(plugin, long), 'long')
    await writeFile(path.join(plugin, 'été.txt'), 'é'.repeat(512))
    await writeFile(path.join(plugin, 'empty'), '')
    await writeFile(path.join(plugin, 'tool'), '#!/bin/sh')
    await chmod(path.join(plugin, 'tool'), 0o755)
    await packPlugin(plugin, { name: 'plugin', version: '1.0.0' }, path.join(dir, 'plugin.tgz'))
    await mkdir(path.join(dir, 'unpacked'))
    await extract({ file: path.join(dir, 'plugin.tgz'), cwd: path.join(dir, 'unpacked'), strip: 1, strict: true })
    for (const file of [long, 'été.txt', 'empty', 'tool']) assert.equal(await readFile(path.join(dir, 'unpacked', file), 'utf8'), await readFile(path.join(plugin, file), 'utf8'))
    assert.equal((await lstat(path.join(dir, 'unpacked/tool'))).mode & 0o100, 0o100)
  })

  it('is not packed with a link that leaves the plugin, nor with a ring of links', async () => {
    const plugin = path.join(dir, 'plugin')
    await mkdir(path.join(plugin, 'node_modules'), { recursive: true })
    await writeFile(path.join(dir, 'secret'), 'of the machine')
    await symlink('../secret', path.join(plugin, 'leaves'))
    const pack = async (): Promise<unknown> => await packPlugin(plugin, {}, path.join(dir, `${performance.now()}.tgz`))
    await assert.rejects(pack, { code: 'plugin-invalid', message: `it cannot be packed: leaves is a link to ${dir}/secret, outside of the plugin` })
    await rm(path.join(plugin, 'leaves'))
    await symlink('..', path.join(plugin, 'node_modules/itself'))
    await assert.rejects(pack, { code: 'plugin-invalid', message: 'it cannot be packed: node_modules/itself is a link to a folder above it' })
  })

  it('is refused when its version is none that a registry takes', async () => {
    await makeV5Volume(dir)
    const plugin = await pluginOf(V5_PLUGINS.title)
    await assert.rejects(readPublishedManifest({ ...plugin, version: 'newest' }), { code: 'plugin-invalid', message: 'its plugin.json has the version "newest": one such as 1.2.3 is wanted' })
  })
})

describe('the manifest of a moved plugin', () => {
  it('keeps how it is loaded, has the name and version of v5, and no script', () => {
    const root = { name: 'wrong', version: '0.0.0', main: 'lib/x.js', type: 'module', exports: './lib/x.js', dependencies: { a: '1' }, scripts: { postinstall: 'x' }, devDependencies: { b: '1' }, description: 'root', registry: { category: 'other', more: 1 } }
    assert.deepEqual(publishedManifest({ name: '@a/b', version: '2.0.0' }, root, {}), {
      name: '@a/b', version: '2.0.0', main: 'lib/x.js', type: 'module', exports: './lib/x.js', dependencies: { a: '1' }, description: 'root', registry: { category: 'processing', more: 1 }
    })
  })

  it('says of itself what the package in its node_modules says, in older volumes', () => {
    assert.deepEqual(publishedManifest({ name: '@a/b', version: '2.0.0' }, {}, { description: 'inner', license: 'MIT', homepage: 'https://example.org', main: 'inner.js' }), {
      name: '@a/b', version: '2.0.0', description: 'inner', license: 'MIT', homepage: 'https://example.org', registry: { category: 'processing' }
    })
  })
})

describe('the thumbnail of a moved plugin', () => {
  const known = (name: string): string | undefined => name === 'account-group' ? 'M1 1' : undefined

  it('is drawn from the outline, the name, or the picture of an icon, in this order', () => {
    assert.match(thumbnailOf({ svgPath: 'M2 2', name: 'account-group' }, known) ?? '', / d="M2 2"/)
    assert.match(thumbnailOf({ name: 'account-group', svg: '<path d="M3 3"/>' }, known) ?? '', / d="M1 1"/)
    assert.match(thumbnailOf({ name: 'other', svg: '<svg><path fill="red" d="M3 3"/><path d="M4 4"/></svg>' }, known) ?? '', / d="M3 3"/)
    for (const name of ['mdi-account-group', 'mdiAccountGroup', 'account-group']) assert.match(thumbnailOf(name, known) ?? '', / d="M1 1"/, name)
  })

  it('takes nothing but an outline', () => {
    for (const icon of [{ svgPath: 'M1 1"/><script>alert(1)</script>' }, { svg: '<svg onload="x"/>' }, { svgPath: `M${'1'.repeat(70_000)}` }, 'unknown', 7, null, {}, [], { svgPath: '' }]) {
      assert.equal(thumbnailOf(icon, known), undefined, JSON.stringify(icon)?.slice(0, 60))
    }
  })
})

function hash (bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
