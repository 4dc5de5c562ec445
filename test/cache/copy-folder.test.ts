import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, readFile, readdir, rename, stat, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { BuildError, type Tree } from '../../cache/build-tasks.ts'
import { copyFolder, digestFolder } from '../../cache/copy-folder.ts'
import { PACKAGE_LIMITS, type PackageLimits } from '../../cache/options.ts'
import { temporaryFolder, writeFiles } from './temporary-folder.ts'
import { renderReason } from '../../cache/reasons.ts'

describe('copyFolder(from, to)', () => {
  const folder = temporaryFolder()
  const from = (): string => join(folder(), 'from')
  const to = (): string => join(folder(), 'to')
  const copy = (limits: Partial<PackageLimits> = {}): Tree => copyFolder(from(), to(), { ...PACKAGE_LIMITS, ...limits })
  const refuses = (reason: RegExp, limits: Partial<PackageLimits> = {}): void => {
    assert.throws(() => copy(limits), (error) => error instanceof BuildError && error.failure.code === 'plugin-refused' && reason.test(renderReason(error.failure.reason, 'en')))
  }

  beforeEach(async () => {
    await writeFiles(from(), { 'package.json': '{}', 'lib/a.js': 'a', 'package/b.js': 'b' })
  })

  it('copies regular files, with plain modes', async () => {
    await chmod(join(from(), 'lib/a.js'), 0o4755)
    const tree = copy()
    assert.deepEqual((await readdir(to(), { recursive: true })).sort(), ['lib', 'lib/a.js', 'package', 'package.json', 'package/b.js'])
    assert.equal((await stat(join(to(), 'lib/a.js'))).mode & 0o7777, 0o644)
    assert.deepEqual([tree.entries, tree.bytes], [5, 4])
  })

  it('copies what a link inside the folder names, and leaves the history of a repository', async () => {
    await writeFiles(from(), { '.git/config': 'x' })
    await symlink('lib', join(from(), 'alias'))
    await symlink('../lib/a.js', join(from(), 'package/link.js'))
    copy()
    assert.equal(await readFile(join(to(), 'alias/a.js'), 'utf8'), 'a')
    assert.equal((await lstat(join(to(), 'package/link.js'))).isSymbolicLink(), false)
    assert.ok(!(await readdir(to())).includes('.git'))
  })

  it('refuses a link that leads outside, to a neighbour whose name begins alike, or nowhere', async () => {
    await writeFiles(folder(), { 'from2/secret': 'x' })
    for (const [target, reason] of [['/etc/hostname', /"link" is a symbolic link that leads/], ['../from2/secret', /leads outside the folder/], ['absent', /leads nowhere/]] as const) {
      await symlink(target, join(from(), 'link'))
      refuses(reason)
      await rename(join(from(), 'link'), join(folder(), `used-${reason.source.length}`))
      await rename(to(), join(folder(), `to-${reason.source.length}`))
    }
  })

  it('refuses a socket', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(from(), 'socket'), resolve))
    try {
      refuses(/"socket" is neither a file nor a folder/)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('keeps to the limits of an archive, also in a folder that contains itself', async () => {
    refuses(/takes the unpacked size past its limit/, { unpackedBytes: 3 })
    await rename(to(), join(folder(), 'to1'))
    refuses(/one too many \(limit 2 entries; an administrator can raise `PLUGIN_ENTRIES`\)/, { entries: 2 })
    await rename(to(), join(folder(), 'to2'))
    await symlink('..', join(from(), 'lib/loop'))
    refuses(/lies too deep \(limit 32/)
  })

  it('gives a digest that depends on names and contents alone, and that a later reading confirms', async () => {
    const first = copy()
    assert.match(first.digest, /^sha512-[A-Za-z0-9+/]{86}==$/)
    assert.equal(digestFolder(to(), PACKAGE_LIMITS).digest, first.digest)
    await mkdir(join(folder(), 'again'))
    assert.equal(copyFolder(to(), join(folder(), 'again/to'), PACKAGE_LIMITS).digest, first.digest)
    await writeFiles(to(), { 'lib/a.js': 'b' })
    assert.notEqual(digestFolder(to(), PACKAGE_LIMITS).digest, first.digest)
  })
})
