import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Contents } from '../../cache/contents.ts'
import { Holds } from '../../cache/holds.ts'
import { openCache, openMaintenance } from '../../cache/index.ts'
import { cachePaths } from '../../cache/paths.ts'
import { TemporaryFolders } from '../../cache/temporary.ts'
import type { MeasuredCache } from '../../cache/types.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PLUGINS = fileURLToPath(new URL('../fixtures/plugins', import.meta.url))
const ADA = { type: 'user', id: 'ada' } as const
const MINUTE = 60_000

describe('a content that is held', () => {
  const folder = temporaryFolder()
  let now: number
  let cache: MeasuredCache
  const clock = (): number => now
  const open = async (): Promise<MeasuredCache> => await openCache({ dir: folder(), registry: { kind: 'dir', dir: PLUGINS }, clock, prune: { bytes: 1 } })

  beforeEach(async () => {
    now = Date.now()
    cache = await open()
  })
  afterEach(async () => await cache.close())

  it('is kept by its own process, however long, and once for each holder', async () => {
    const [one, two] = [await cache.ensure('shape-commonjs', ADA, { hold: true }), await cache.ensure('shape-commonjs', ADA, { hold: true })]
    assert.equal((await cache.ensure('shape-commonjs', ADA)).release, undefined)
    for (const release of [one.release, one.release, undefined]) {
      now += 60 * MINUTE
      assert.equal((await cache.prune()).removed, 0)
      release?.()
    }
    assert.ok((await stat(one.plugin.dir)).isDirectory())
    two.release?.()
    now += 11 * MINUTE
    assert.equal((await cache.prune()).removed, 1)
  })

  it('is kept by other processes as long as its holder lives', async () => {
    await cache.ensure('shape-commonjs', ADA)
    const paths = cachePaths(folder())
    const [content] = await readdir(paths.contents)
    const holds = new Holds(new Contents(paths, new TemporaryFolders(paths.temporary, clock), '', clock), 2)
    const release = holds.take(content)
    const other = await openMaintenance({ dir: folder(), clock, prune: { bytes: 1 } })
    for (let step = 0; step < 10; step++) {
      now += 9 * MINUTE
      await sleep(20)
      assert.equal((await other.prune(true)).removed, 0)
    }
    release()
    now += 11 * MINUTE
    await sleep(20)
    assert.equal((await other.prune(false)).removed, 1)
  })

  it('that was used between the look and the removal stays', async () => {
    const { plugin } = await cache.ensure('shape-commonjs', ADA)
    const paths = cachePaths(folder())
    const contents = new Contents(paths, new TemporaryFolders(paths.temporary, clock), '', clock)
    const [content] = await readdir(paths.contents)
    const { mtimeMs } = await stat(contents.paths(content).about)
    now += 2 * MINUTE
    await cache.ensure('shape-commonjs', ADA)
    assert.equal(await contents.discardUnused(content, mtimeMs), false)
    assert.ok((await stat(plugin.dir)).isDirectory())
    assert.equal(await contents.discardUnused(content, now), true)
    assert.deepEqual([await readdir(paths.contents), await readdir(join(folder(), 'v1/tmp'))], [[], []])
  })

  it('that another process removed is fetched again, although it is still in memory', async () => {
    await cache.ensure('shape-commonjs', ADA)
    now += 11 * MINUTE
    const other = await openMaintenance({ dir: folder(), clock, prune: { bytes: 1 } })
    assert.equal((await other.prune(false)).removed, 1)
    const { plugin, from } = await cache.ensure('shape-commonjs', ADA)
    assert.equal(from, 'download')
    assert.ok((await stat(plugin.dir)).isDirectory())
  })
})
