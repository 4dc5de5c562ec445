import assert from 'node:assert/strict'
import { chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { FileError } from '../../sandbox/file-error.ts'
import { openFiles } from '../../sandbox/files.ts'
import type { Args, HostModule } from '../../sandbox/host-module.ts'
import type { RunFolders } from '../../sandbox/protocol.ts'
import { makeFolders, removeFolders, type FolderOptions } from './guest/temporary-folders.ts'

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_APPEND } = constants
const NEW = O_WRONLY | O_CREAT | O_TRUNC

describe('openFiles(folders): what a plugin can ask of the thread', () => {
  let folders: RunFolders
  let files: HostModule

  function begin (options: FolderOptions = {}): void {
    folders = makeFolders(options)
    files = openFiles(folders)
  }
  beforeEach(() => begin())
  afterEach(() => {
    files.close()
    removeFolders()
  })

  function call (name: string, args: Args, bytes?: Uint8Array): any {
    return files.sync[name]?.(args, bytes)
  }
  function codeOf (name: string, args: Args, bytes?: Uint8Array): string {
    try {
      call(name, args, bytes)
      return 'done'
    } catch (error) {
      assert.ok(error instanceof FileError, String(error))
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /vivarium|\/(work|home)/, 'nothing of this machine is told')
      return error.code
    }
  }
  function write (file: string, content: string | Uint8Array): void {
    const fd = call('open', { path: file, flags: NEW, mode: 0o666 })
    call('write', { fd }, Buffer.from(content as string))
    call('close', { fd })
  }
  function read (file: string): string {
    const fd = call('open', { path: file, flags: O_RDONLY })
    const bytes = call('read', { fd, length: 1_000 }) as Uint8Array
    call('close', { fd })
    return Buffer.from(bytes).toString()
  }
  const used = (): number[] => call('space', { path: '/' }).slice(2)

  describe('nothing else exists', () => {
    const outside = [
      '/etc/passwd', '/proc/self/environ', '/proc/self/cwd', '/dev/null', '/root', '/home', '/srv', '/tmp2', '/processing2/x', '/plugin.json', '//etc//passwd',
      '/processing/../etc/passwd', '/processing/../../../../etc/passwd', '/tmp/run/../../../../../etc/passwd', '/plugin/../../../etc/passwd', '/../etc/passwd', '/./../..//etc/passwd', '/tmp/run/.././../etc'
    ]
    for (const target of outside) {
      it(target, () => {
        for (const [name, args] of [['open', { path: target, flags: O_RDONLY }], ['open', { path: target, flags: NEW, mode: 0o666 }], ['stat', { path: target, follow: true }], ['stat', { path: target }], ['list', { path: target }], ['readlink', { path: target }], ['realpath', { path: target }], ['mkdir', { path: target, mode: 0o777 }], ['unlink', { path: target }], ['rmdir', { path: target }], ['chmod', { path: target, mode: 0o777 }], ['access', { path: target, mode: 0 }], ['symlink', { target: 'x', path: target }], ['rename', { from: target, to: '/tmp/run/x' }]] as const) {
          assert.equal(codeOf(name, args), 'ENOENT', name)
        }
        mkdirSync(path.join(folders.root, 'processing/d'))
        assert.equal(codeOf('rename', { from: '/processing/d', to: target }), 'ENOENT')
      })
    }

    it('the folder of the run itself shows its three folders', () => {
      assert.deepEqual(call('list', { path: '/' }), [['plugin', 2], ['processing', 2], ['tmp', 2]])
      assert.equal(codeOf('rename', { from: '/', to: '/tmp/run/x' }), 'EBUSY')
      assert.equal(codeOf('rmdir', { path: '/' }), 'EBUSY')
      assert.equal(codeOf('chmod', { path: '/', mode: 0 }), 'EROFS')
      assert.equal(codeOf('open', { path: '/', flags: NEW, mode: 0o666 }), 'EROFS')
    })

    it('a run without folders has no file at all', () => {
      const none = openFiles(undefined)
      for (const target of ['/', '/tmp/run', '/plugin/package.json']) assert.throws(() => none.sync.stat?.({ path: target }, undefined), { code: 'ENOENT' })
    })
  })

  describe('arguments that no guest of ours would send', () => {
    it('are refused', () => {
      for (const target of [undefined, null, 5, {}, [], true, '/processing/a\0b', '\0']) assert.equal(codeOf('stat', { path: target }), 'EINVAL')
      for (const target of ['', 'processing/x', './x', 'C:\\x', 'file:///etc/passwd']) assert.equal(codeOf('stat', { path: target }), 'ENOENT')
      for (const fd of [undefined, '3', -1, 0, 1, 2, 3, 1e9, NaN, {}]) assert.equal(codeOf('read', { fd, length: 1 }), 'EBADF')
      const fd = call('open', { path: '/tmp/run/f', flags: O_RDWR | O_CREAT, mode: 0o666 })
      for (const length of [-1, 1.5, NaN, 1e9, '5', undefined]) assert.equal(codeOf('read', { fd, length }), 'EINVAL')
      for (const position of [-5, 0.5, 'x', Infinity]) assert.equal(codeOf('read', { fd, length: 1, position }), 'EINVAL')
      for (const length of [-1, 2 ** 54, 'x']) assert.equal(codeOf('truncate', { fd, length }), 'EINVAL')
      for (const flags of ['r', NaN, 1.5, undefined]) assert.equal(codeOf('open', { path: '/tmp/run/f', flags }), 'EINVAL')
      assert.equal(codeOf('write', { fd }, new Uint8Array(1_048_577)), 'EINVAL')
      assert.equal(codeOf('utimes', { fd, atime: 1e300, mtime: 0 }), 'EINVAL')
    })

    it('bits and flags that mean more than a plugin may are left out', () => {
      const fd = call('open', { path: '/tmp/run/f', flags: NEW | 0o20000000 /* O_TMPFILE */ | 0o40000 /* O_DIRECT */, mode: 0o7777 })
      call('close', { fd })
      const host = path.join(folders.root, 'tmp/run/f')
      assert.equal(lstatSync(host).mode & 0o7777, 0o755)
      call('chmod', { path: '/tmp/run/f', mode: 0o7000 })
      assert.equal(lstatSync(host).mode & 0o7777, 0o600, 'it stays its owner\'s to read and to remove')
    })
  })

  describe('the package', () => {
    beforeEach(() => begin({ package: { 'package.json': '{}', 'data/table.csv': 'a,b' } }))

    it('can be read, and not changed in any way', () => {
      assert.equal(read('/plugin/data/table.csv'), 'a,b')
      assert.deepEqual(call('list', { path: '/plugin' }).sort(), [['data', 2], ['package.json', 1]])
      const fd = call('open', { path: '/plugin/data/table.csv', flags: O_RDONLY })
      for (const [name, args] of [
        ['open', { path: '/plugin/data/table.csv', flags: O_WRONLY }], ['open', { path: '/plugin/data/table.csv', flags: O_RDONLY | O_TRUNC }], ['open', { path: '/plugin/new', flags: O_CREAT, mode: 0o666 }],
        ['mkdir', { path: '/plugin/new', mode: 0o777 }], ['unlink', { path: '/plugin/data/table.csv' }], ['rmdir', { path: '/plugin/data' }], ['rename', { from: '/plugin/data/table.csv', to: '/plugin/x' }],
        ['chmod', { path: '/plugin/data', mode: 0o777 }], ['chmod', { fd, mode: 0o777 }], ['utimes', { path: '/plugin/data', follow: true, atime: 1, mtime: 1 }], ['utimes', { fd, atime: 1, mtime: 1 }],
        ['symlink', { target: 'x', path: '/plugin/x' }], ['access', { path: '/plugin/data', mode: constants.W_OK }], ['rmdir', { path: '/plugin' }]
      ] as const) assert.equal(codeOf(name, args), 'EROFS', name)
      assert.equal(codeOf('truncate', { fd, length: 0 }), 'EINVAL')
      assert.equal(codeOf('write', { fd }, Buffer.from('x')), 'EBADF')
      assert.equal(codeOf('rename', { from: '/plugin/data', to: '/tmp/run/data' }), 'EXDEV')
      write('/tmp/run/x', 'x')
      assert.equal(codeOf('rename', { from: '/tmp/run/x', to: '/plugin/data/table.csv' }), 'EXDEV')
      assert.equal(readFileSync(path.join(folders.package, 'data/table.csv'), 'utf8'), 'a,b')
    })
  })

  describe('links of a plugin', () => {
    it('are no links of the system, and lead nowhere else', () => {
      for (const [i, target] of ['/etc/passwd', '../../../../../../etc/passwd', '/proc/self/root/etc/passwd', folders.root, folders.package].entries()) {
        call('symlink', { target, path: `/processing/l${i}` })
        assert.equal(lstatSync(path.join(folders.root, `processing/l${i}`)).isSymbolicLink(), false)
        assert.equal(codeOf('open', { path: `/processing/l${i}`, flags: O_RDONLY }), 'ENOENT')
        assert.equal(codeOf('open', { path: `/processing/l${i}`, flags: NEW, mode: 0o666 }), 'ENOENT')
        assert.equal(codeOf('list', { path: `/processing/l${i}/` }), 'ENOENT')
        assert.equal(codeOf('mkdir', { path: `/processing/l${i}/x`, mode: 0o777 }), 'ENOENT')
      }
    })

    it('to the package do not make it writable', () => {
      call('symlink', { target: '/plugin', path: '/processing/p' })
      assert.equal(read('/processing/p/package.json'), '{}')
      assert.equal(codeOf('open', { path: '/processing/p/package.json', flags: O_WRONLY }), 'EROFS')
      assert.equal(codeOf('unlink', { path: '/processing/p/package.json' }), 'EROFS')
    })

    it('end after forty steps', () => {
      call('symlink', { target: 'b', path: '/processing/a' })
      call('symlink', { target: 'a', path: '/processing/b' })
      assert.equal(codeOf('stat', { path: '/processing/a', follow: true }), 'ELOOP')
      assert.equal(codeOf('stat', { path: '/processing/a/b/c', follow: true }), 'ELOOP')
    })
  })

  it('a symbolic link of the system, were there one, is not followed when it is opened', () => {
    symlinkSync('/etc/passwd', path.join(folders.root, 'processing/planted'))
    assert.equal(codeOf('open', { path: '/processing/planted', flags: O_RDONLY }), 'ELOOP')
    assert.equal(codeOf('open', { path: '/processing/planted', flags: NEW, mode: 0o666 }), 'ELOOP')
  })

  it('a folder that is moved away under an open file leads nowhere else', () => {
    call('mkdir', { path: '/processing/d', mode: 0o777 })
    write('/processing/d/f', 'before')
    const fd = call('open', { path: '/processing/d/f', flags: O_RDWR })
    call('rename', { from: '/processing/d', to: '/tmp/run/e' })
    call('symlink', { target: '/plugin', path: '/processing/d' })
    call('write', { fd, position: 0 }, Buffer.from('after!'))
    assert.equal(read('/tmp/run/e/f'), 'after!')
    assert.equal(codeOf('stat', { path: '/processing/d/f', follow: true }), 'ENOENT')
  })

  it('mode and times of an open file are changed wherever it lies by then', () => {
    call('mkdir', { path: '/processing/d', mode: 0o777 })
    write('/processing/d/f', 'x')
    write('/processing/g', 'x')
    const fd = call('open', { path: '/processing/d/f', flags: O_RDWR })
    call('rename', { from: '/processing/d', to: '/tmp/run/e' })
    call('chmod', { fd, mode: 0o640 })
    call('utimes', { fd, atime: 5, mtime: 6 })
    const moved = statSync(path.join(folders.root, 'tmp/run/e/f'))
    assert.deepEqual([moved.mode & 0o777, moved.mtimeMs], [0o640, 6_000])
    call('rename', { from: '/processing/g', to: '/tmp/run/e/f' })
    call('chmod', { fd, mode: 0o600 })
    call('utimes', { fd, atime: 5, mtime: 6 })
    const other = statSync(path.join(folders.root, 'tmp/run/e/f'))
    assert.deepEqual([other.mode & 0o777, other.mtimeMs === 6_000], [0o644, false], 'never those of another file under its name')
  })

  describe('names', () => {
    it('are as long and as deep as the limits say, also after a folder has moved', () => {
      assert.equal(codeOf('mkdir', { path: `/processing/${'n'.repeat(256)}`, mode: 0o777 }), 'ENAMETOOLONG')
      assert.equal(codeOf('mkdir', { path: `/processing/${'é'.repeat(200)}`, mode: 0o777 }), 'ENAMETOOLONG')
      assert.equal(codeOf('mkdir', { path: '/processing' + `/${'n'.repeat(200)}`.repeat(11), mode: 0o777 }), 'ENAMETOOLONG')
      for (let i = 0, at = '/processing'; i < 127; i++) call('mkdir', { path: at += '/d', mode: 0o777 })
      assert.equal(codeOf('mkdir', { path: '/processing' + '/d'.repeat(128), mode: 0o777 }), 'ENAMETOOLONG')
      call('mkdir', { path: '/tmp/run/x', mode: 0o777 })
      assert.equal(codeOf('rename', { from: '/processing/d', to: '/tmp/run/x/d' }), 'ENAMETOOLONG')
      assert.equal(codeOf('rename', { from: '/processing/d/d/d', to: '/tmp/run/x/d' }), 'done')
    })

    it('may be anything else', () => {
      for (const name of ['..data', '…', 'a b', '\u202Ex', '-rf', '*', 'con', 'a:b', '\n', '\\..\\..\\x', '%2e%2e', '．．']) {
        write(`/processing/${name}`, name)
        assert.equal(read(`/processing/${name}`), name)
      }
      assert.equal(readdirSync(path.join(folders.root, 'processing')).length, 12)
    })
  })

  describe('the quota', () => {
    beforeEach(() => begin({ limits: { bytes: 1_000, files: 5, open: 3 } }))
    const full = (name: string, args: Args, bytes?: Uint8Array): string => codeOf(name, args, bytes)

    it('of bytes is held as it is written, and what is removed can be used again', () => {
      write('/tmp/run/a', Buffer.alloc(600))
      const fd = call('open', { path: '/processing/b', flags: O_RDWR | O_CREAT, mode: 0o666 })
      assert.equal(call('write', { fd }, Buffer.alloc(400)), 400)
      assert.throws(() => call('write', { fd }, Buffer.alloc(1)), { code: 'ENOSPC', reason: 'bytes' })
      assert.equal(full('write', { fd, position: 400 }, Buffer.alloc(1)), 'ENOSPC')
      assert.equal(full('write', { fd, position: 10 }, Buffer.alloc(100)), 'done', 'what is written over is counted once')
      assert.equal(full('truncate', { fd, length: 401 }), 'ENOSPC')
      assert.deepEqual(used(), [1_000, 2])
      call('truncate', { fd, length: 100 })
      assert.deepEqual(used(), [700, 2])
      call('unlink', { path: '/tmp/run/a' })
      assert.deepEqual(used(), [100, 1])
      call('unlink', { path: '/processing/b' })
      assert.deepEqual(used(), [100, 0], 'a file that is open keeps its bytes')
      call('close', { fd })
      assert.deepEqual(used(), [0, 0])
    })

    it('counts what a sparse file says it has, and appended bytes', () => {
      const fd = call('open', { path: '/tmp/run/a', flags: O_RDWR | O_CREAT, mode: 0o666 })
      assert.equal(full('write', { fd, position: 10_000_000_000 }, Buffer.alloc(1)), 'ENOSPC')
      assert.equal(full('truncate', { fd, length: 2 ** 40 }), 'ENOSPC')
      assert.equal(statSync(path.join(folders.root, 'tmp/run/a')).size, 0)
      const end = call('open', { path: '/tmp/run/a', flags: O_WRONLY | O_APPEND })
      for (let i = 0; i < 10; i++) call('write', { fd: end, position: 0 }, Buffer.alloc(100))
      assert.equal(full('write', { fd: end, position: 0 }, Buffer.alloc(1)), 'ENOSPC')
      assert.deepEqual(used(), [1_000, 1])
    })

    it('of files counts files, folders and links', () => {
      write('/tmp/run/a', '')
      call('mkdir', { path: '/processing/b', mode: 0o777 })
      call('symlink', { target: 'a', path: '/processing/c' })
      write('/tmp/run/d', '')
      write('/tmp/run/e', '')
      assert.throws(() => call('open', { path: '/tmp/run/f', flags: NEW, mode: 0o666 }), { code: 'ENOSPC', reason: 'files' })
      assert.equal(full('mkdir', { path: '/processing/f', mode: 0o777 }), 'ENOSPC')
      assert.equal(full('symlink', { target: 'a', path: '/processing/f' }), 'ENOSPC')
      assert.equal(existsSync(path.join(folders.root, 'processing/f')), false)
      call('rename', { from: '/tmp/run/d', to: '/tmp/run/e' })
      assert.equal(full('mkdir', { path: '/processing/f', mode: 0o777 }), 'done', 'a rename onto a file frees its place')
      assert.deepEqual(used(), [1, 5])
    })

    it('is not changed by what fails', () => {
      for (let i = 0; i < 20; i++) {
        assert.equal(full('open', { path: '/processing/none/x', flags: NEW, mode: 0o666 }), 'ENOENT')
        assert.equal(full('mkdir', { path: '/processing/none/x', mode: 0o777 }), 'ENOENT')
        assert.equal(full('unlink', { path: '/processing/none' }), 'ENOENT')
        assert.equal(full('rmdir', { path: '/processing/none' }), 'ENOENT')
        assert.equal(full('symlink', { target: 'x', path: '/processing/none/x' }), 'ENOENT')
      }
      assert.deepEqual(used(), [0, 0])
    })

    it('holds against writes that are under way at once', async () => {
      const fd = call('open', { path: '/tmp/run/a', flags: O_RDWR | O_CREAT, mode: 0o666 })
      const ends = await Promise.allSettled(Array.from({ length: 20 }, async (_, i) => await files.async.write?.({ fd, position: i * 100 }, new Uint8Array(100))))
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 10)
      assert.equal(statSync(path.join(folders.root, 'tmp/run/a')).size, 1_000)
      assert.deepEqual(used(), [1_000, 1])
    })

    it('of open files is EMFILE, and a place that is closed is free again', () => {
      write('/tmp/run/a', 'x')
      const open = (): number => call('open', { path: '/tmp/run/a', flags: O_RDONLY })
      const fds = [open(), open(), open()]
      assert.deepEqual(fds, [3, 4, 5])
      assert.throws(open, { code: 'EMFILE', reason: 'open' })
      assert.throws(() => call('open', { path: '/tmp/run/new', flags: NEW | O_EXCL, mode: 0o666 }), { code: 'EMFILE' })
      assert.equal(existsSync(path.join(folders.root, 'tmp/run/new')), false)
      call('close', { fd: 4 })
      assert.equal(open(), 4)
      assert.equal(codeOf('close', { fd: 99 }), 'EBADF')
    })

    it('a file that is closed while it is read keeps its number until the read has ended', async () => {
      write('/tmp/run/a', 'content')
      const fd = call('open', { path: '/tmp/run/a', flags: O_RDONLY })
      const reading = files.async.read?.({ fd, length: 7 }, undefined)
      call('close', { fd })
      assert.equal(Buffer.from(await reading as Uint8Array).toString(), 'content')
    })
  })

  it('what happens to the folder from outside ends in codes of the system', () => {
    write('/processing/f', 'x')
    rmSync(path.join(folders.root, 'processing'), { recursive: true })
    assert.equal(codeOf('open', { path: '/processing/f', flags: O_RDONLY }), 'ENOENT')
    assert.equal(codeOf('mkdir', { path: '/processing', mode: 0o777 }), 'done')
    renameSync(folders.root, `${folders.root}-moved`)
    assert.equal(codeOf('list', { path: '/processing' }), 'ENOENT')
    renameSync(`${folders.root}-moved`, folders.root)
    writeFileSync(path.join(folders.root, 'processing/g'), 'g')
    chmodSync(path.join(folders.root, 'processing/g'), 0o600)
    assert.equal(read('/processing/g'), 'g')
  })
})
