import assert from 'node:assert/strict'
import { cp, mkdir, rename, rm, symlink, utimes, writeFile, appendFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { DirRegistry } from '../../../cache/registries/dir.ts'
import type { AccountRef, Resolution } from '../../../cache/types.ts'
import { temporaryFolder, writeFiles } from '../temporary-folder.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/plugins/', import.meta.url))
const ADA: AccountRef = { type: 'user', id: 'ada' }

describe('DirRegistry', () => {
  const folder = temporaryFolder()
  const resolve = async (id: string, known?: string, options: { entries?: number } = {}): Promise<Resolution> =>
    await new DirRegistry({ dir: join(folder(), 'plugins'), ...options }).resolve(id, ADA, known)
  const validatorOf = async (id: string): Promise<string> => {
    const resolution = await resolve(id)
    assert.ok(resolution.kind !== 'unchanged')
    return resolution.validator
  }

  beforeEach(async () => {
    await cp(join(FIXTURES, 'shape-commonjs'), join(folder(), 'plugins/hello'), { recursive: true })
    await writeFiles(join(folder(), 'plugins'), { 'packed.tgz': 'bytes of the archive', 'other.tar.gz': 'x', 'no-plugin.txt': '' })
  })

  it('finds a folder and an archive by its name', async () => {
    const found = await resolve('hello')
    assert.deepEqual([found.kind, found.kind === 'folder' && found.dir], ['folder', join(folder(), 'plugins/hello')])
    const packed = await resolve('packed')
    assert.ok(packed.kind === 'tarball')
    assert.deepEqual([await text(packed.stream), packed.bytes], ['bytes of the archive', 20])
    assert.equal((await resolve('other')).kind, 'tarball')
  })

  it('finds a folder by the name of its package, with and without the major version', async () => {
    for (const id of ['@fixtures-shape-commonjs', '@fixtures-shape-commonjs-1']) {
      const found = await resolve(id)
      assert.equal(found.kind === 'folder' && found.dir, join(folder(), 'plugins/hello'))
    }
    await assert.rejects(resolve('@fixtures-shape-commonjs-2'), { code: 'plugin-not-found' })
  })

  it('finds a folder that is a link of the operator', async () => {
    await symlink(join(FIXTURES, 'shape-typescript'), join(folder(), 'plugins/linked'))
    assert.equal((await resolve('linked')).kind, 'folder')
  })

  it('knows no other id', async () => {
    await writeFiles(folder(), { 'secret/package.json': '{}', 'secret.tgz': 'x' })
    for (const id of ['absent', '..', '../secret', '..%2fsecret', 'hello/../../secret', 'hello/lib', '/etc', 'no-plugin.txt', 'packed.tgz', '.hidden', 'a\\b', 'x'.repeat(300), '']) {
      await assert.rejects(resolve(id), { code: 'plugin-not-found' }, id)
    }
  })

  it('says so when its folder cannot be read', async () => {
    await rm(join(folder(), 'plugins'), { recursive: true })
    await assert.rejects(resolve('hello'), { code: 'registry-misconfigured', reason: { code: 'folder-unreadable', params: {} } })
  })

  it('says unchanged as long as no file changes', async () => {
    for (const id of ['hello', 'packed']) assert.deepEqual(await resolve(id, await validatorOf(id)), { kind: 'unchanged' })
  })

  const changes: [string, (dir: string) => Promise<unknown>][] = [
    ['written to', (dir) => appendFile(join(dir, 'lib/greet.js'), '//')],
    ['overwritten with as many bytes and its old date', async (dir) => {
      const path = join(dir, 'labels.json')
      const { atime, mtime } = await stat(path)
      await writeFile(path, '{ "hello": "HELLO" }\n')
      await utimes(path, atime, mtime)
    }],
    ['added', (dir) => writeFile(join(dir, 'lib/new.js'), '')],
    ['removed', (dir) => rm(join(dir, 'labels.json'))],
    ['renamed', (dir) => rename(join(dir, 'labels.json'), join(dir, 'labels2.json'))]
  ]
  for (const [what, change] of changes) {
    it(`sees a file that is ${what}`, async () => {
      const before = await validatorOf('hello')
      await sleep(5)
      await change(join(folder(), 'plugins/hello'))
      assert.notEqual(await validatorOf('hello'), before)
    })
  }

  it('sees a change without being opened again', async () => {
    const registry = new DirRegistry({ dir: join(folder(), 'plugins') })
    const before = await registry.resolve('hello', ADA, undefined)
    assert.ok(before.kind === 'folder')
    await appendFile(join(folder(), 'plugins/hello/index.js'), '//')
    await sleep(1000) // no look at the disk is used again for longer
    assert.equal((await registry.resolve('hello', ADA, before.validator)).kind, 'folder')
  })

  it('sees an archive that was replaced', async () => {
    const before = await validatorOf('packed')
    await writeFile(join(folder(), 'plugins/packed.tgz'), 'other bytes, as many')
    assert.notEqual(await validatorOf('packed'), before)
  })

  it('does not look at the history of a repository', async () => {
    const before = await validatorOf('hello')
    await writeFiles(join(folder(), 'plugins/hello'), { '.git/index': 'x' })
    assert.equal(await validatorOf('hello'), before)
  })

  it('refuses a folder that is too large to look at', async () => {
    await mkdir(join(folder(), 'plugins/large'))
    for (let file = 0; file < 20; file++) await writeFile(join(folder(), 'plugins/large', String(file)), '')
    await assert.rejects(resolve('large', undefined, { entries: 10 }), { code: 'plugin-refused', reason: { code: 'folder-entries', params: { limit: 10 } } })
  })

  it('comes to an end in a folder that contains itself', async () => {
    await symlink('..', join(folder(), 'plugins/hello/lib/loop'))
    assert.equal(typeof await validatorOf('hello').catch((error) => error.reason.code), 'string')
  })
})

async function text (stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
