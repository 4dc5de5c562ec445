import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheCommand } from '../../bin/cache.ts'
import { openCache } from '../../cache/index.ts'

const PLUGINS = fileURLToPath(new URL('../fixtures/plugins', import.meta.url))

describe('npm run cache', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vivarium-cache-command-'))
    const cache = await openCache({ dir: join(dir, 'tmp/plugins'), registry: { kind: 'dir', dir: PLUGINS } })
    await cache.ensure('shape-commonjs', { type: 'user', id: 'ada' })
    await cache.close()
  })
  afterEach(() => rm(dir, { recursive: true }))

  const call = async (...args: string[]): Promise<[number, string]> => {
    let out = ''
    const code = await cacheCommand(args, { DATA_DIR: dir }, text => { out += text })
    return [code, out]
  }

  it('should list what is there', async () => {
    const [code, out] = await call('ls')
    assert.equal(code, 0)
    assert.match(out, /^[0-9a-f]{12} +0\.0 MB +\d{4}-\d\d-\d\d \d\d:\d\d UTC +@fixtures\/shape-commonjs 1\.2\.3\n +sha512-\S+\n +shape-commonjs of dir:plugins\n1 content, 0\.0 MB\n$/)
  })

  it('should find what is damaged, end with 1, and remove it', async () => {
    assert.deepEqual(await call('verify'), [0, '1 checked, 0 damaged\n'])
    const contents = join(dir, 'tmp/plugins/v1/contents')
    const file = join(contents, (await readdir(contents))[0], 'package/index.js')
    await writeFile(file, `${await readFile(file, 'utf8')} `)
    const [code, out] = await call('verify')
    assert.equal(code, 1)
    assert.match(out, /^[0-9a-f]{12}: a file of its package has changed; it was removed\n1 checked, 1 damaged\n$/)
    assert.deepEqual(await call('verify'), [0, '0 checked, 0 damaged\n'])
  })

  it('should prune, and keep what is in use even with --all', async () => {
    assert.deepEqual(await call('prune'), [0, '0 removed, 0.0 MB\n'])
    assert.deepEqual(await call('prune', '--all'), [0, '0 removed, 0.0 MB\n'])
  })

  it('should tell how it is called', async () => {
    for (const args of [[], ['rm'], ['ls', '--all'], ['prune', '--all', 'x']]) {
      const [code, out] = await call(...args)
      assert.equal(code, 2)
      assert.match(out, /vivarium cache verify/)
    }
  })
})
