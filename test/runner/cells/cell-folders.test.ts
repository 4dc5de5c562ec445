import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { CellsDisk } from '../../../runner/cells/cell-folders.ts'
import { spawnCell } from '../../../runner/cells/spawn.ts'
import { linkPackage } from '../../../runner/packages.ts'
import type { Readable } from 'node:stream'

describe('the folders of cells', () => {
  let top: string
  let kept: string[]
  let disk: CellsDisk

  beforeEach(() => {
    top = realpathSync(mkdtempSync(path.join(tmpdir(), 'vivarium-cells-')))
    kept = []
    disk = new CellsDisk({ dir: path.join(top, 'cells'), filesDir: path.join(top, 'runs'), keep: async files => { kept.push(files) } })
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  it('are made for one cell, closed to others, and go with it once what is to be kept was taken out', async () => {
    const { packages, files } = await disk.make('1-one')
    for (const folder of [path.dirname(packages), packages, files]) assert.equal(statSync(folder).mode & 0o077, 0)
    writeFileSync(path.join(files, 'f'), 'x')
    await disk.remove('1-one')
    assert.deepEqual(kept, [files])
    assert.deepEqual([...readdirSync(path.join(top, 'cells')), ...readdirSync(path.join(top, 'runs'))], [])
  })

  it('stay when what is to be kept cannot be taken out', async () => {
    const careful = new CellsDisk({ dir: path.join(top, 'cells'), keep: async () => { throw new Error('the disk is full') } })
    const { files } = await careful.make('1-one')
    await assert.rejects(careful.remove('1-one'), /the disk is full/)
    assert.ok(existsSync(files))
  })

  it('left by a service that is gone are removed at the next start, those of another one are not', async () => {
    const leave = (name: string): void => { for (const root of ['cells', 'runs']) mkdirSync(path.join(top, root, name, 'files'), { recursive: true }) }
    const own = await disk.make(`${process.pid}-alive`)
    const names = {
      dead: `${hostname()}.999999999-dead`,
      predecessor: `${hostname()}.${process.pid}-predecessor`, // in a container every service has the same id
      sibling: `${hostname()}.${process.ppid}-sibling`,
      elsewhere: 'another-host.5-alive',
      abandoned: 'another-host.5-abandoned'
    }
    for (const name of Object.values(names)) leave(name)
    for (const root of ['cells', 'runs']) utimesSync(path.join(top, root, names.abandoned), 0, 0)
    await disk.sweep()
    const left = [names.elsewhere, names.sibling, `${hostname()}.${process.pid}-alive`].sort()
    assert.deepEqual(readdirSync(path.join(top, 'runs')).sort(), left)
    assert.deepEqual(readdirSync(path.join(top, 'cells')).sort(), left)
    for (const name of [names.dead, names.predecessor, names.abandoned]) assert.ok(kept.includes(path.join(top, 'runs', name, 'files')), name)
    assert.ok(existsSync(own.files))
    await disk.remove(`${process.pid}-alive`)
  })

  it('a cell that was broken into can read the package, and change neither it nor the cache', async function () {
    this.timeout(20_000)
    const folders = await disk.make('1-broken')
    const content = path.join(top, 'content')
    mkdirSync(content)
    writeFileSync(path.join(content, 'index.js'), 'of the author')
    writeFileSync(path.join(top, 'secret'), 'of the service')
    const at = await linkPackage(folders, { dir: content })
    const probe = path.join(top, 'sandbox', 'probe.mjs')
    mkdirSync(path.dirname(probe))
    const own = path.join(at, 'index.js')
    const spare = path.join(folders.files, 'spare')
    writeFileSync(probe, `
      import * as fs from 'node:fs'
      const [own, spare, secret, content] = ${JSON.stringify([own, spare, path.join(top, 'secret'), path.join(content, 'index.js')])}
      const attempts = {
        write: () => fs.writeFileSync(own, 'x'), append: () => fs.appendFileSync(own, 'x'), truncate: () => fs.truncateSync(own), open: () => fs.openSync(own, 'r+'), unlink: () => fs.unlinkSync(own),
        rename: () => fs.renameSync(own, spare), chmod: () => fs.chmodSync(own, 0o777), utimes: () => fs.utimesSync(own, 1, 1), link: () => fs.linkSync(own, spare), symlink: () => fs.symlinkSync(own, spare),
        new: () => fs.writeFileSync(own + '.new', 'x'), over: () => fs.copyFileSync(secret, own), 'by dots': () => fs.writeFileSync(spare + '/../../../../cells', 'x'),
        fchmod: () => fs.fchmodSync(fs.openSync(own, 'r'), 0o777), 'read the secret': () => fs.readFileSync(secret), 'read the cache': () => fs.readFileSync(content), 'link to the secret': () => fs.symlinkSync(secret, spare)
      }
      const done = []
      for (const [name, attempt] of Object.entries(attempts)) {
        try { attempt(); done.push(name) } catch (error) { if (error.code !== 'ERR_ACCESS_DENIED') done.push(name + ': ' + error.code) }
      }
      fs.writeFileSync(spare, 'mine')
      fs.writeSync(3, JSON.stringify({ done, read: fs.readFileSync(own, 'utf8'), mine: fs.readFileSync(spare, 'utf8') }))
    `)
    const cell = spawnCell({ folders, prepared: { folder: path.dirname(probe), cell: probe, worker: '' }, heapMb: 64, threads: 1, caps: { headerBytes: 1, bodyBytes: 1 }, readyMs: 10_000 })
    const [said, errors] = await Promise.all([text(cell.stdio[3] as Readable), text(cell.stderr as Readable)])
    assert.deepEqual(JSON.parse(said || JSON.stringify(errors)), { done: [], read: 'of the author', mine: 'mine' })
    assert.equal(readFileSync(path.join(content, 'index.js'), 'utf8'), 'of the author')
    await disk.remove('1-broken')
    assert.equal(readFileSync(path.join(content, 'index.js'), 'utf8'), 'of the author', 'the cache keeps its files')
  })
})
