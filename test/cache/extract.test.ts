import assert from 'node:assert/strict'
import { lstat, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BuildError } from '../../cache/build-tasks.ts'
import { digestFolder } from '../../cache/copy-folder.ts'
import { extract } from '../../cache/extract.ts'
import { PACKAGE_LIMITS, type PackageLimits } from '../../cache/options.ts'
import { pax, tar, tgz, type Entry } from './tar-writer.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { renderReason } from '../../cache/reasons.ts'

const MANIFEST: Entry = { path: 'package/package.json', data: '{"name":"p"}' }

describe('extract(archive)', () => {
  const folder = temporaryFolder()
  const unpack = async (archive: Buffer, limits: Partial<PackageLimits> = {}) => {
    await writeFile(join(folder(), 'archive.tgz'), archive)
    return await extract([{ archive: join(folder(), 'archive.tgz'), at: '' }], join(folder(), 'to'), { ...PACKAGE_LIMITS, ...limits })
  }
  const refuses = async (archive: Buffer, reason: RegExp, limits: Partial<PackageLimits> = {}, code = 'plugin-refused') => {
    await assert.rejects(unpack(archive, limits), (error) => {
      assert.ok(error instanceof BuildError, `${error}`)
      assert.equal(error.failure.code, code, error.message)
      assert.match(renderReason(error.failure.reason, 'en'), reason)
      assert.ok(!error.message.includes(folder()), 'a reason shows no path of the host')
      return true
    })
    assert.deepEqual((await readdir(folder())).sort(), ['archive.tgz', 'to'], 'nothing lies outside the folder')
  }

  it('unpacks files and folders below package/, with plain modes whatever the archive says', async () => {
    const tree = await unpack(tgz([
      { path: 'package/', type: '5', mode: 0o777 },
      { ...MANIFEST, mode: 0o6755, uid: 4242 },
      { path: './package/lib/run.sh', data: 'echo', mode: 0 }
    ]))
    assert.equal(await readFile(join(folder(), 'to/package.json'), 'utf8'), '{"name":"p"}')
    assert.equal(await readFile(join(folder(), 'to/lib/run.sh'), 'utf8'), 'echo')
    const mode = async (path: string): Promise<number> => (await stat(join(folder(), 'to', path))).mode & 0o7777
    assert.deepEqual([await mode('package.json'), await mode('lib/run.sh'), await mode('lib')], [0o644, 0o644, 0o755])
    assert.equal((await stat(join(folder(), 'to/package.json'))).uid, process.getuid?.())
    assert.deepEqual([tree.entries, tree.bytes], [2, 16])
  })

  it('takes the long names of pax and GNU tar', async () => {
    const long = `package/${'folder/'.repeat(20)}file.js`
    await unpack(tgz([pax('path', long), { path: 'package/x', data: '1' }, { path: '././@LongLink', type: 'L', data: `${long}x\0` }, { path: 'package/y', data: '2' }]))
    assert.equal(await readFile(join(folder(), 'to', long.slice('package/'.length)), 'utf8'), '1')
    assert.equal(await readFile(join(folder(), 'to', `${long.slice('package/'.length)}x`), 'utf8'), '2')
  })

  for (const [rule, entries, reason] of [
    ['a path that climbs out', [{ path: 'package/../../evil.js', data: 'x' }], /^the entry "package\/..\/..\/evil.js" leads outside the package$/],
    ['an absolute path', [{ path: '/tmp/evil.js', data: 'x' }], /has an absolute path/],
    ['a drive letter', [{ path: 'C:evil.js', data: 'x' }], /has an absolute path/],
    ['a backslash', [{ path: 'package\\..\\evil.js', data: 'x' }], /a control character or a backslash/],
    ['a path of pax that climbs out', [pax('path', '../evil.js'), { path: 'package/x', data: 'x' }], /leads outside the package/],
    ['a NUL byte in pax', [pax('path', 'package/a.js\0.txt'), { path: 'package/x', data: 'x' }], /has a NUL byte/],
    ['a NUL byte in a GNU long name', [{ path: '././@LongLink', type: 'L', data: 'package/a.js\0.txt\0' }, { path: 'package/x', data: 'x' }], /has a NUL byte/],
    ['a line break in a name', [{ path: 'package/a\n.js', data: 'x' }], /a control character/],
    ['a name that ends with a dot', [{ path: 'package/a.', data: 'x' }], /ends with a dot or a space/],
    ['a name of 10,000 characters', [pax('path', `package/${'n'.repeat(10_000)}`), { path: 'package/x', data: 'x' }], /too long \(limit 1024 bytes, found 10008\)/],
    ['an extended header of 100 KB', [pax('comment', 'c'.repeat(100_000)), { path: 'package/x', data: 'x' }], /extended header of an entry is too long \(limit 64 KB/],
    ['a symbolic link to a file of the host', [{ path: 'package/link', type: '2', link: '/etc' }], /^the entry "link" is a symbolic link that leads outside the package: "\/etc"$/],
    ['a symbolic link that climbs out', [{ path: 'package/lib/link', type: '2', link: '../../etc' }], /"lib\/link" is a symbolic link that leads outside the package: "..\/..\/etc"/],
    ['a symbolic link that climbs out and comes back', [{ path: 'package/link', type: '2', link: '../package/index.js' }], /leads outside the package/],
    ['a symbolic link of pax that climbs out', [pax('linkpath', '../../etc'), { path: 'package/link', type: '2', link: 'index.js' }], /leads outside the package/],
    ['a symbolic link with a backslash', [{ path: 'package/link', type: '2', link: '..\\evil' }], /to something that is no path/],
    ['a write through a symbolic link', [{ path: 'package/link', type: '2', link: 'lib' }, { path: 'package/link/evil.js', data: 'x' }], /"link" is there twice/],
    ['a symbolic link in the place of a folder', [{ path: 'package/lib/a.js', data: 'x' }, { path: 'package/lib', type: '2', link: '.' }], /"lib" is there twice/],
    ['a symbolic link to a folder that holds it', [{ path: 'package/lib/link', type: '2', link: '..' }], /"lib\/link" is a link to a folder that holds it/],
    ['symbolic links that name each other', [{ path: 'package/a', type: '2', link: 'b' }, { path: 'package/b', type: '2', link: 'a' }], /is a link that leads in a circle/],
    ['folders with links to each other', [{ path: 'package/a/x', type: '2', link: '../b' }, { path: 'package/b/y', type: '2', link: '../a' }, { path: 'package/a/f' }, { path: 'package/b/f' }], /is a link to a folder that holds it/],
    ['a hard link to a file of the host', [{ path: 'package/link', type: '1', link: '/etc/passwd' }], /has an absolute path/],
    ['a hard link that climbs out', [{ path: 'package/link', type: '1', link: 'package/../../etc/passwd' }], /leads outside the package/],
    ['a character device', [{ path: 'package/null', type: '3' }], /is a CharacterDevice/],
    ['a block device', [{ path: 'package/disk', type: '4' }], /is a BlockDevice/],
    ['a FIFO', [{ path: 'package/pipe', type: '6' }], /is a FIFO/],
    ['an unknown type', [{ path: 'package/odd', type: 'Z' }], /unknown type/],
    ['a file twice', [MANIFEST, { ...MANIFEST, data: '{"name":"other"}' }], /^the entry "package.json" is there twice$/],
    ['a file twice, once without package/', [MANIFEST, { path: 'package.json', data: '{}' }], /is there twice/],
    ['two names that differ in case', [{ path: 'package/readme', data: 'x' }, { path: 'package/README', data: 'y' }], /same name as "readme" where case/],
    ['two folders that differ in case', [{ path: 'package/Lib/a', data: 'x' }, { path: 'package/lib/b', data: 'y' }], /same name as "Lib" where case/],
    ['two names that differ in Unicode form', [{ path: 'package/\u00e9', data: 'x' }, { path: 'package/e\u0301', data: 'y' }], /same name as/],
    ['two names that differ in a ligature', [{ path: 'package/stra\u00dfe', data: 'x' }, { path: 'package/STRASSE', data: 'y' }], /same name as/],
    ['a file, then a folder of its name', [{ path: 'package/a', data: 'x' }, { path: 'package/a/b', data: 'y' }], /is there twice/]
  ] as const satisfies readonly (readonly [string, readonly Entry[], RegExp])[]) {
    it(`refuses ${rule}`, async () => {
      await refuses(tgz([{ path: 'package/index.js', data: '' }, ...entries]), reason)
    })
  }

  describe('with links inside the package', () => {
    const list = async (): Promise<string[]> => (await readdir(join(folder(), 'to'), { recursive: true })).sort()
    const text = async (path: string): Promise<string> => await readFile(join(folder(), 'to', path), 'utf8')
    const noLinks = async (): Promise<void> => {
      for (const path of await list()) assert.equal((await lstat(join(folder(), 'to', path))).isSymbolicLink(), false, path)
    }

    it('makes a file of each that names a file, before or after it', async () => {
      await unpack(tgz([
        { path: 'package/node_modules/.bin/tool', type: '2', link: '../tool/bin/tool.js' },
        { path: 'package/node_modules/tool/bin/tool.js', data: 'tool' },
        { path: 'package/copy.js', type: '1', link: 'package/node_modules/tool/bin/tool.js' },
        { path: 'package/again.js', type: '2', link: './copy.js' }
      ]))
      assert.deepEqual([await text('node_modules/.bin/tool'), await text('copy.js'), await text('again.js')], ['tool', 'tool', 'tool'])
      await noLinks()
    })

    it('makes a folder of each that names a folder, and what is in it, links too', async () => {
      const tree = await unpack(tgz([
        { path: 'package/node_modules/@me/lib', type: '2', link: '../../packages/lib' },
        { path: 'package/packages/lib/index.js', data: 'lib' },
        { path: 'package/packages/lib/node_modules/dep', type: '2', link: '../../dep' },
        { path: 'package/packages/dep/index.js', data: 'dep' },
        { path: 'package/through.js', type: '2', link: 'node_modules/@me/lib/node_modules/dep/index.js' }
      ]))
      assert.equal(await text('node_modules/@me/lib/node_modules/dep/index.js'), 'dep')
      assert.equal(await text('packages/lib/node_modules/dep/index.js'), 'dep')
      assert.equal(await text('through.js'), 'dep')
      await noLinks()
      assert.equal(digestFolder(join(folder(), 'to'), PACKAGE_LIMITS).digest, tree.digest, 'copies are part of the digest')
    })

    it('leaves out one that names nothing', async () => {
      await unpack(tgz([MANIFEST, { path: 'package/node_modules/.bin/gone', type: '2', link: '../gone/cli.js' }]))
      assert.deepEqual(await list(), ['node_modules', 'node_modules/.bin', 'package.json'])
    })

    it('counts what is copied: bytes, entries and the ratio to the archive', async () => {
      const data = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) % 251 ^ (i % 13)))
      const links = (count: number): Entry[] => Array.from({ length: count }, (_, index) => ({ path: `package/l${index}`, type: '2', link: 'big' }))
      await refuses(tgz([{ path: 'package/big', data }, ...links(20)]), /past its limit|unpacks to more than 2 MB/, { unpackedBytes: 2 * 1024 * 1024, ratio: 1e9 })
      await rm(join(folder(), 'to'), { recursive: true })
      await refuses(tgz([{ path: 'package/big', data }, ...links(20)]), /unpacks to more than 3 times its size/, { ratio: 3 })
      await rm(join(folder(), 'to'), { recursive: true })
      const folders: Entry[] = [{ path: 'package/d/a' }, { path: 'package/d/b' }, { path: 'package/d/c' }, { path: 'package/x', type: '2', link: 'd' }, { path: 'package/y', type: '2', link: 'd' }]
      await refuses(tgz(folders), /is one too many \(limit 8 entries; an administrator can raise `PLUGIN_ENTRIES`\)/, { entries: 8 })
    })

    it('follows no more than 40 of them to one file', async () => {
      const chain = Array.from({ length: 60 }, (_, index) => ({ path: `package/l${index}`, type: '2', link: `l${index + 1}` }))
      await refuses(tgz([...chain, { path: 'package/l60', data: 'x' }]), /leads in a circle/)
    })
  })

  it('unpacks several archives side by side, each without its own first folder', async () => {
    await writeFile(join(folder(), 'root.tgz'), tgz([MANIFEST, { path: 'package/index.js', data: 'root' }]))
    await writeFile(join(folder(), 'dep.tgz'), tgz([{ path: 'dep/index.js', data: 'dep' }, { path: 'dep/link.js', type: '2', link: 'index.js' }, { path: 'beside', data: 'x' }]))
    await extract([{ archive: join(folder(), 'root.tgz'), at: '' }, { archive: join(folder(), 'dep.tgz'), at: 'node_modules/dep', stripFirst: true }], join(folder(), 'to'), PACKAGE_LIMITS)
    assert.equal(await readFile(join(folder(), 'to/node_modules/dep/index.js'), 'utf8'), 'dep')
    assert.deepEqual((await readdir(join(folder(), 'to/node_modules/dep'))).sort(), ['index.js', 'link.js'])
  })

  it('refuses more entries than the limit', async () => {
    const entries = Array.from({ length: 60 }, (_, index) => ({ path: `package/${index}` }))
    await refuses(tgz(entries), /^the entry "50" is one too many \(limit 50 entries; an administrator can raise `PLUGIN_ENTRIES`\)$/, { entries: 50 })
  })

  it('refuses a path that is too deep', async () => {
    await refuses(tgz([{ path: `package/${'d/'.repeat(33)}f`, data: 'x' }]), /lies too deep \(limit 32, found 34; an administrator can raise `PLUGIN_DEPTH`\)/)
  })

  it('refuses a file whose announced size passes the limit before it is written', async () => {
    await refuses(tgz([MANIFEST, { path: 'package/big', size: 500 * 1024 * 1024 }], { end: false }), /^the entry "big" takes the unpacked size past its limit \(limit 400 MB, found 500 MB; an administrator can raise `PLUGIN_UNPACKED_MB`\)$/)
    assert.deepEqual(await readdir(join(folder(), 'to')), ['package.json'])
  })

  it('refuses an archive that unpacks to much more than its size', async () => {
    await refuses(tgz([MANIFEST, { path: 'package/zeros', data: Buffer.alloc(8 * 1024 * 1024) }]), /^the archive unpacks to more than 100 times its size \(8\.\d KB; an administrator can raise `PLUGIN_RATIO`\)$/)
  })

  it('refuses a stream that unpacks to more than the limit after the end mark', async () => {
    const archive = gzipSync(Buffer.concat([tar([MANIFEST]), Buffer.alloc(3 * 1024 * 1024)]))
    await refuses(archive, /^the archive unpacks to more than 2 MB \(an administrator can raise `PLUGIN_UNPACKED_MB`\)$/, { unpackedBytes: 2 * 1024 * 1024, ratio: 1e9 })
  })

  it('finds an archive damaged that is cut exactly between two entries', async () => {
    await refuses(tgz([MANIFEST, { path: 'package/a', data: 'x' }], { end: false }), /cut: it has no end mark/, {}, 'plugin-corrupt')
  })

  it('finds an archive damaged that is cut inside a file', async () => {
    await refuses(gzipSync(tar([MANIFEST, { path: 'package/a', data: 'x'.repeat(2000) }], { end: false }).subarray(0, 2048)), /not a readable gzip tarball/, {}, 'plugin-corrupt')
  })

  it('finds a gzip damaged that is cut', async () => {
    const whole = tgz([MANIFEST, { path: 'package/a', data: Buffer.from(Array.from({ length: 5000 }, (_, i) => i * 7919 % 251)) }])
    await refuses(whole.subarray(0, whole.length / 2), /not a readable gzip tarball/, {}, 'plugin-corrupt')
  })

  it('finds an entry damaged whose checksum is wrong', async () => {
    await refuses(tgz([MANIFEST, { path: 'package/a', data: 'x', breakChecksum: true }]), /not a readable gzip tarball/, {}, 'plugin-corrupt')
  })

  it('finds a gzip in a gzip damaged: nothing is unpacked twice', async () => {
    await refuses(gzipSync(tgz([MANIFEST])), /no tar archive but another gzip/, {}, 'plugin-corrupt')
  })

  it('finds a gzip of something else damaged', async () => {
    await refuses(gzipSync('hello'.repeat(1000)), /not a readable gzip tarball/, {}, 'plugin-corrupt')
  })

  it('leaves no file open behind a refusal', async function () {
    if (process.platform !== 'linux') {
      console.log('      only Linux lists the open files of a process: not run')
      return this.skip()
    }
    const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length
    const before = await open()
    const broken = gzipSync(Buffer.concat([tar([{ path: 'package/a', data: 'x'.repeat(100_000) }], { end: false }).subarray(0, 50_000)]))
    for (let round = 0; round < 3; round++) await assert.rejects(extract([{ archive: await save(folder(), broken), at: '' }], join(folder(), `to${round}`), PACKAGE_LIMITS))
    assert.equal(await open(), before)
  })
})

async function save (folder: string, bytes: Buffer): Promise<string> {
  await writeFile(join(folder, 'broken.tgz'), bytes)
  return join(folder, 'broken.tgz')
}
