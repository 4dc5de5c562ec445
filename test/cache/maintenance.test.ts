import assert from 'node:assert/strict'
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCache, openMaintenance, type Maintenance } from '../../cache/index.ts'
import type { MeasuredCache } from '../../cache/types.ts'
import { packFolder } from '../servers/registry.ts'
import { temporaryFolder } from './temporary-folder.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/plugins', import.meta.url))
const ADA = { type: 'user', id: 'ada' } as const
const DAY = 24 * 3_600_000

describe('openMaintenance({ dir })', () => {
  const folder = temporaryFolder()
  let now: number
  let cache: MeasuredCache
  let maintenance: Maintenance
  const clock = (): number => now

  beforeEach(async () => {
    now = Date.now()
    await cp(join(FIXTURES, 'shape-commonjs'), join(folder(), 'plugins/one'), { recursive: true })
    await cp(join(FIXTURES, 'shape-typescript'), join(folder(), 'plugins/two'), { recursive: true })
    await writeFile(join(folder(), 'plugins/packed.tgz'), await packFolder(join(FIXTURES, 'shape-commonjs')))
    cache = await openCache({ dir: join(folder(), 'cache'), registry: { kind: 'dir', dir: join(folder(), 'plugins') }, clock, memoryBytes: 0 })
    maintenance = await openMaintenance({ dir: join(folder(), 'cache'), clock })
    await cache.ensure('one', ADA)
    now += DAY
    await cache.ensure('two', ADA)
  })
  afterEach(async () => await cache.close())

  const root = (path = ''): string => join(folder(), 'cache/v1/contents', path)
  const flip = async (path: string): Promise<void> => {
    const bytes = await readFile(path)
    bytes[Math.floor(bytes.length / 2)] ^= 1
    await writeFile(path, bytes)
  }
  const verified = async (): Promise<(string | undefined)[]> => {
    const problems: (string | undefined)[] = []
    const { checked, damaged } = await maintenance.verify((_content, problem) => problems.push(problem))
    assert.deepEqual([checked, damaged], [problems.length, problems.filter((problem) => problem !== undefined).length])
    return problems
  }

  it('lists what is there, the content used last first', async () => {
    const list = await maintenance.list()
    assert.deepEqual(list.map(({ name, version, artefacts }) => [name, version, artefacts]), [
      ['@fixtures/shape-typescript', '3.0.0', [{ artefact: 'two', origin: 'dir:plugins' }]],
      ['@fixtures/shape-commonjs', '1.2.3', [{ artefact: 'one', origin: 'dir:plugins' }]]
    ])
    assert.equal(list[0].usedAt.getTime() - list[1].usedAt.getTime(), DAY)
    assert.ok(list.every(({ bytes, integrity }) => bytes > 500 && integrity?.startsWith('sha512-')))
  })

  it('finds nothing wrong in what is whole, whether it was a folder or an archive', async () => {
    await cache.ensure('packed', ADA)
    assert.deepEqual(await verified(), [undefined, undefined, undefined])
  })

  it('finds a flipped bit anywhere, and what is damaged is fetched again', async () => {
    const [{ content }] = await maintenance.list()
    const [build] = await readdir(root(`${content}/builds`))
    for (const [file, problem] of [['package/index.ts', 'a file of its package has changed'], ['content.json', 'its record is damaged'], [`builds/${build}/bundle.cjs`, 'its bundle is damaged'], [`builds/${build}/build.json`, 'its bundle is damaged']]) {
      await flip(root(`${content}/${file}`))
      now += 11 * 60_000
      assert.deepEqual((await verified()).filter((found) => found !== undefined), [problem], file)
      assert.deepEqual(await verified(), [undefined], 'the other one stays')
      assert.equal((await cache.ensure('two', ADA)).from, 'download')
    }
    await rm(root(`${content}/package/package.json`))
    now += 11 * 60_000
    assert.deepEqual((await verified()).filter((found) => found !== undefined), ['a file of its package has changed'])
  })

  it('leaves what is damaged and in use: the service finds it by itself before the next run', async () => {
    const { release, plugin } = await cache.ensure('two', ADA, { hold: true })
    await flip(join(plugin.dir, 'index.ts'))
    const removed: boolean[] = []
    const found = await maintenance.verify((_content, problem, gone) => { if (problem !== undefined) removed.push(gone) })
    assert.deepEqual([found, removed], [{ checked: 2, damaged: 1 }, [false]])
    assert.equal((await readdir(plugin.dir)).includes('index.ts'), true)
    release?.()
    assert.equal((await cache.ensure('two', ADA)).from, 'download')
    assert.deepEqual(await verified(), [undefined, undefined])
  })

  it('prunes to the limits, or all that is not in use', async () => {
    assert.equal((await maintenance.prune(false)).removed, 0)
    assert.equal((await maintenance.prune(true)).removed, 1, 'the other one was just used')
    now += 31 * DAY
    assert.equal((await maintenance.prune(false)).removed, 1)
    assert.deepEqual(await maintenance.list(), [])
  })

  it('counts what the cache holds, for its metrics', async () => {
    const { contents, bytes, oldestUseMs, hits, downloads, downloadedBytes } = await cache.usage()
    assert.deepEqual([contents, oldestUseMs, hits, downloads, downloadedBytes], [2, DAY, 0, 2, 0])
    assert.ok(bytes > 1000)
    await cache.ensure('packed', ADA)
    assert.equal((await cache.usage()).downloadedBytes, (await readFile(join(folder(), 'plugins/packed.tgz'))).length)
  })
})
