import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundleWith, placeOf, type Loaded } from '../../bench/loading/bundles.ts'
import { openBenchCell, type BenchCell } from '../../bench/loading/cell.ts'

describe('loading, as the bench measures it', function () {
  this.timeout(60_000)
  let dir: string
  let loaded: Loaded
  let cell: BenchCell

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-bench-test-'))
    loaded = await bundleWith(['fs-extra'], placeOf(['fs-extra']) ?? '', path.join(dir, 'loads'))
    cell = await openBenchCell(1)
  })
  after(async () => {
    await cell.close()
    await rm(dir, { recursive: true, force: true })
  })

  it('finds packages only where all of them are installed', () => {
    assert.ok(existsSync(path.join(placeOf(['fs-extra', 'form-data']) ?? '', 'form-data/package.json')))
    assert.equal(placeOf(['fs-extra', 'not-installed-at-all']), undefined)
  })

  it('stages packages with what they need, and leaves nothing where they are installed', async () => {
    assert.deepEqual((await readdir(path.join(loaded.folder, 'node_modules'))).sort(), ['fs-extra', 'graceful-fs', 'jsonfile', 'universalify'])
    assert.deepEqual((await readdir(placeOf(['fs-extra']) ?? '')).filter(name => name.startsWith('.bench-')), [])
  })

  it('bundles them as the cache does', () => {
    assert.match(loaded.bundle.toString(), /^\(function \(exports, require, module, __filename, __dirname\) \{/)
    assert.ok(loaded.plugin.builtins.includes('fs'))
  })

  it('has a run take the spare isolate of a real cell, or open its own beside it', async () => {
    for (const spare of [true, false]) {
      const start = performance.now()
      const run = cell.start(loaded, spare)
      assert.ok(await run.firstLineAt > start)
      assert.equal((await run.counters).spare, spare)
    }
  })
})
