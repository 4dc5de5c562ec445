import assert from 'node:assert/strict'
import { existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createFolders, OWN_FOLDERS, type Folders, type RunFiles } from '../../runner/folders.ts'
import { linkPackage } from '../../runner/packages.ts'
import { takeStock } from '../../runner/take-stock.ts'
import type { CellFolders } from '../../runner/cells/cell-folders.ts'

const limits = { diskBytes: 1_000, diskFiles: 10, openFiles: 5 }

describe('createFolders(options): the files of runs', () => {
  let top: string
  let root: string
  let plugin: { readonly dir: string }
  let folders: Folders
  let cells = 0

  beforeEach(() => {
    top = mkdtempSync(path.join(tmpdir(), 'vivarium-folders-'))
    root = path.join(top, 'processings')
    plugin = { dir: path.join(top, 'content', 'package') }
    mkdirSync(path.join(plugin.dir, 'data'), { recursive: true })
    writeFileSync(path.join(plugin.dir, 'package.json'), '{}')
    writeFileSync(path.join(plugin.dir, 'data', 'table.csv'), 'a,b')
    folders = createFolders({ root })
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  function newCell (): CellFolders {
    const cell = path.join(top, `cell${++cells}`)
    for (const folder of ['packages', 'files']) mkdirSync(path.join(cell, folder), { recursive: true })
    return { packages: path.join(cell, 'packages'), files: path.join(cell, 'files') }
  }
  const open = async (cell = newCell(), processingId = 'p1'): Promise<RunFiles> => await folders.open({ cell, plugin, limits, processingId })
  const inDir = (files: RunFiles, name: string): string => path.join(files.folders.root, 'processing', name)

  it('gives a run an empty dir, a tmpDir, the package, its limits and what it has', async () => {
    const files = await open()
    assert.deepEqual(readdirSync(files.folders.root).sort(), ['processing', 'tmp'])
    assert.deepEqual(readdirSync(path.join(files.folders.root, 'tmp')), ['run'])
    assert.deepEqual(readdirSync(inDir(files, '')), [])
    assert.equal(readFileSync(path.join(files.folders.package, 'data/table.csv'), 'utf8'), 'a,b')
    const { used, links, limits: allowed } = files.folders
    assert.deepEqual({ used, links, allowed }, { used: { bytes: 0, files: OWN_FOLDERS }, links: false, allowed: { bytes: 1_000, files: 10 + OWN_FOLDERS, open: 5 } })
  })

  it('keeps dir from run to run, in whatever cell, and removes tmpDir', async () => {
    const first = await open()
    mkdirSync(inDir(first, 'kept'))
    writeFileSync(inDir(first, 'kept/f'), 'content')
    writeFileSync(path.join(first.folders.root, 'tmp/run/g'), 'gone')
    await first.close()
    assert.equal(existsSync(first.folders.root), false)
    assert.equal(readFileSync(path.join(root, 'p1/kept/f'), 'utf8'), 'content')

    const second = await open()
    assert.equal(readFileSync(inDir(second, 'kept/f'), 'utf8'), 'content')
    assert.deepEqual(second.folders.used, { bytes: 7, files: 2 + OWN_FOLDERS })
    assert.equal(existsSync(path.join(root, 'p1')), false, 'it has moved, not been copied')
    assert.deepEqual(readdirSync(path.join(second.folders.root, 'tmp/run')), [])
    await second.close()
    assert.deepEqual(readdirSync(root), ['p1'])
  })

  it('never mixes two processings', async () => {
    const [one, two] = [await open(undefined, 'one'), await open(undefined, 'two')]
    writeFileSync(inDir(one, 'f'), '1')
    assert.deepEqual(readdirSync(inDir(two, '')), [])
    await Promise.all([one.close(), two.close()])
    assert.deepEqual(readdirSync(path.join(root, 'two')), [])
  })

  it('an id is never a path', async () => {
    for (const id of ['../../evil', '.', '..', 'a/b', 'x'.repeat(300), 'p1.at', '']) {
      const files = await open(undefined, id)
      assert.ok(files.folders.root.startsWith(top))
      await files.close()
    }
    assert.ok(readdirSync(root).every(name => /^x[0-9a-f]{64}$/.test(name)), readdirSync(root).join())
    assert.equal(readdirSync(root).length, 7)
  })

  it('a run that has died without closing leaves its files to the next one', async () => {
    const dead = await open()
    writeFileSync(inDir(dead, 'f'), 'content')
    const next = await open()
    assert.equal(readFileSync(inDir(next, 'f'), 'utf8'), 'content')
    writeFileSync(inDir(next, 'f'), 'newer')
    await dead.close() // it was not dead, only slow
    assert.equal(readFileSync(inDir(next, 'f'), 'utf8'), 'newer', 'whoever was overtaken puts nothing back')
    await next.close()
    assert.equal(readFileSync(path.join(root, 'p1/f'), 'utf8'), 'newer')
  })

  it('the folders of a dead cell go, and what they hold of processings stays', async () => {
    const cell = newCell()
    const dead = await open(cell)
    writeFileSync(inDir(dead, 'f'), 'content')
    await folders.keep(cell.files)
    assert.equal(readFileSync(path.join(root, 'p1/f'), 'utf8'), 'content')
    await folders.keep(cell.files)
    await folders.keep(path.join(top, 'never-was'))
    assert.deepEqual(readdirSync(root), ['p1'])
  })

  it('removes the files of a processing that is deleted, also while a run has them', async () => {
    const files = await open()
    writeFileSync(inDir(files, 'f'), 'content')
    await folders.remove('p1')
    await files.close()
    assert.deepEqual(readdirSync(root), [])
    await (await open()).close()
    await folders.remove('p1')
    await folders.remove('never-was')
    assert.deepEqual(readdirSync(root), [])
  })

  it('a plugin may remove its dir', async () => {
    const files = await open()
    rmSync(inDir(files, ''), { recursive: true })
    await files.close()
    const next = await open()
    assert.deepEqual(readdirSync(inDir(next, '')), [])
    await next.close()
  })

  it('a call outside a run has folders that are not kept', async () => {
    const files = await folders.open({ cell: newCell(), plugin, limits })
    writeFileSync(inDir(files, 'f'), 'content')
    await files.close()
    assert.equal(existsSync(files.folders.root), false)
    assert.equal(existsSync(root), false)
  })

  describe('takeStock(folder)', () => {
    it('counts content, files and folders, and sees the links of plugins', async () => {
      const folder = path.join(top, 'stock')
      mkdirSync(path.join(folder, 'a/b'), { recursive: true })
      writeFileSync(path.join(folder, 'a/f'), '12345')
      assert.deepEqual(await takeStock(folder), { bytes: 5, files: 3, links: false })
      writeFileSync(path.join(folder, 'a/b/l'), '../f', { mode: 0o600 })
      const { chmodSync } = await import('node:fs')
      chmodSync(path.join(folder, 'a/b/l'), 0o1600)
      assert.deepEqual(await takeStock(folder), { bytes: 9, files: 4, links: true })
    })

    it('removes what only a cell that was broken into can have made: links of the system, and nothing that they name', async () => {
      const folder = path.join(top, 'stock')
      mkdirSync(folder)
      writeFileSync(path.join(top, 'secret'), 'of somebody else')
      symlinkSync(top, path.join(folder, 'folder'))
      symlinkSync(path.join(top, 'secret'), path.join(folder, 'file'))
      linkSync(path.join(top, 'secret'), path.join(folder, 'hard'))
      writeFileSync(path.join(folder, 'own'), 'x')
      assert.deepEqual(await takeStock(folder), { bytes: 1, files: 1, links: false })
      assert.deepEqual(readdirSync(folder), ['own'])
      assert.equal(readFileSync(path.join(top, 'secret'), 'utf8'), 'of somebody else')
    })
  })

  describe('linkPackage(cell, plugin)', () => {
    it('shows the files without a copy, once for each cell', async () => {
      const cell = newCell()
      const [one, two] = await Promise.all([linkPackage(cell, plugin), linkPackage(cell, plugin)])
      assert.equal(one, two)
      assert.equal(await linkPackage(cell, plugin), one)
      assert.ok(one.startsWith(cell.packages))
      assert.equal(statSync(path.join(one, 'data/table.csv')).ino, statSync(path.join(plugin.dir, 'data/table.csv')).ino)
      assert.notEqual(await linkPackage(newCell(), plugin), one)
    })

    it('stays whole when the cache drops the content, and takes no link along', async () => {
      symlinkSync('/etc/passwd', path.join(plugin.dir, 'data', 'link'))
      const at = await linkPackage(newCell(), plugin)
      rmSync(plugin.dir, { recursive: true })
      assert.deepEqual(readdirSync(at, { recursive: true }).sort(), ['data', 'data/table.csv', 'package.json'])
      assert.ok(readdirSync(at, { recursive: true }).every(name => !lstatSync(path.join(at, String(name))).isSymbolicLink()))
    })

    it('is made again when it was removed', async () => {
      const cell = newCell()
      rmSync(await linkPackage(cell, plugin), { recursive: true })
      rmSync(cell.packages, { recursive: true })
      assert.deepEqual(readdirSync(await linkPackage(cell, plugin)).sort(), ['data', 'package.json'])
    })

    it('is made again when the cache has fetched the content again, and stays when it has dropped it', async () => {
      const cell = newCell()
      const one = await linkPackage(cell, plugin)
      renameSync(plugin.dir, path.join(top, 'damaged'))
      assert.equal(await linkPackage(cell, plugin), one, 'it was dropped')
      mkdirSync(plugin.dir)
      writeFileSync(path.join(plugin.dir, 'package.json'), '{ "name": "whole" }')
      const two = await linkPackage(cell, plugin)
      assert.equal(readFileSync(path.join(two, 'package.json'), 'utf8'), '{ "name": "whole" }')
      assert.equal(await linkPackage(cell, plugin), two)
    })

    it('tries again after a failure', async () => {
      const cell = newCell()
      await assert.rejects(linkPackage(cell, { dir: path.join(top, 'later') }), { code: 'ENOENT' })
      mkdirSync(path.join(top, 'later'))
      writeFileSync(path.join(top, 'later/f'), 'x')
      assert.deepEqual(readdirSync(await linkPackage(cell, { dir: path.join(top, 'later') })), ['f'])
    })
  })
})
