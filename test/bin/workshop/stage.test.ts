import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { artefactOf, stage } from '../../../bin/workshop/stage.ts'
import { temporaryFolder, writeFiles } from '../../cache/temporary-folder.ts'

const manifest = (fields: object): string => JSON.stringify({ version: '1.0.0', ...fields })

describe('the workshop stages a plugin as a registry serves it', () => {
  const folder = temporaryFolder()
  const filesOf = async (dir: string): Promise<string[]> => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true })
    return entries.filter(entry => entry.isFile()).map(entry => path.relative(dir, path.join(entry.parentPath, entry.name))).sort()
  }
  const staged = async (files: Record<string, string>, only?: ReadonlySet<string>) => {
    const source = await writeFiles(path.join(folder(), 'work/plugin'), files)
    return await stage(source, path.join(folder(), 'stage'), only)
  }

  it('takes its files and its production dependencies, theirs too, and nothing of development', async () => {
    const { dir, dependencies } = await staged({
      'package.json': manifest({ name: 'p', dependencies: { a: '^1.0.0' }, devDependencies: { tool: '*' } }),
      'lib/index.js': '',
      '.git/config': '',
      'node_modules/a/package.json': manifest({ name: 'a', dependencies: { b: '*' }, optionalDependencies: { never: '*' } }),
      'node_modules/a/index.js': '',
      'node_modules/b/package.json': manifest({ name: 'b', version: '2.0.0' }),
      'node_modules/tool/package.json': manifest({ name: 'tool' }),
      'node_modules/.bin/tool': ''
    })
    assert.deepEqual(await filesOf(dir), ['lib/index.js', 'node_modules/a/index.js', 'node_modules/a/package.json', 'node_modules/b/package.json', 'package.json'])
    assert.deepEqual(dependencies.found.map(({ to, version }) => [to, version]), [['node_modules/a', '1.0.0'], ['node_modules/b', '2.0.0']])
    assert.deepEqual(dependencies.missing, [])
  })

  it('keeps two versions of one package apart, each where Node finds it', async () => {
    const { dir, dependencies } = await staged({
      'package.json': manifest({ name: 'p', dependencies: { a: '*', c: '*' } }),
      'node_modules/a/package.json': manifest({ name: 'a', dependencies: { c: '^1' } }),
      'node_modules/a/node_modules/c/package.json': manifest({ name: 'c', version: '1.5.0', dependencies: { a: '*' } }),
      'node_modules/c/package.json': manifest({ name: 'c', version: '2.0.0' })
    })
    assert.deepEqual(dependencies.found.map(({ to, version }) => [to, version]), [['node_modules/a', '1.0.0'], ['node_modules/c', '2.0.0'], ['node_modules/a/node_modules/c', '1.5.0']])
    assert.equal(JSON.parse(await readFile(path.join(dir, 'node_modules/a/node_modules/c/package.json'), 'utf8')).version, '1.5.0')
  })

  it('finds dependencies in the folders above, as in a workspace, and through links', async () => {
    await writeFiles(path.join(folder(), 'work'), { 'node_modules/hoisted/package.json': manifest({ name: 'hoisted' }), 'packages/linked/package.json': manifest({ name: 'linked' }), 'packages/linked/x.js': '' })
    await symlink('../packages/linked', path.join(folder(), 'work/node_modules/linked'))
    const { dir } = await staged({ 'package.json': manifest({ name: 'p', dependencies: { hoisted: '*', linked: 'workspace:*' } }) })
    assert.deepEqual(await filesOf(dir), ['node_modules/hoisted/package.json', 'node_modules/linked/package.json', 'node_modules/linked/x.js', 'package.json'])
  })

  it('says what is declared and not installed, and who wants it', async () => {
    const { dependencies } = await staged({ 'package.json': manifest({ name: 'p', dependencies: { a: '*' }, peerDependencies: { maybe: '*' } }), 'node_modules/a/package.json': manifest({ name: 'a', dependencies: { gone: '^3.1.0' } }) })
    assert.deepEqual(dependencies.missing, [{ name: 'gone', wanted: '^3.1.0', by: 'a' }])
  })

  it('takes only the files that it is told', async () => {
    const { dir } = await staged({ 'package.json': manifest({ name: 'p' }), 'lib/a.js': '', 'lib/b.js': '', 'notes.txt': '' }, new Set(['package.json', 'lib/a.js']))
    assert.deepEqual(await filesOf(dir), ['lib/a.js', 'package.json'])
  })

  it('names the artefact after the package or the archive', async () => {
    const named = async (name: string): Promise<string> => await artefactOf(await writeFiles(path.join(folder(), 'named'), { 'package.json': manifest({ name }) }))
    assert.equal(await named('@scope/name'), '@scope-name')
    assert.equal(await named('../escape'), 'plugin')
    assert.equal(await artefactOf('/x/processing-hello-0.13.0.tgz'), 'processing-hello-0.13.0')
    await mkdir(path.join(folder(), 'empty'))
    assert.equal(await artefactOf(path.join(folder(), 'empty')), 'plugin')
  })
})
