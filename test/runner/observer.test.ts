import assert from 'node:assert/strict'
import { openObserver } from '../../runner/observer.ts'
import type { Run } from '../../store/types.ts'

describe('openObserver(options)', () => {
  it('should serve the duration of ended runs, what runs now and the cells, without a name of an owner', async () => {
    const observer = await openObserver({ host: '127.0.0.1', port: 0, running: () => 3, cells: () => ({ owned: 2, spare: 1 }) })
    try {
      const run: Run = {
        _id: 'r1',
        owner: { type: 'user', id: 'u1', name: 'Somebody' },
        processing: { _id: 'p1', title: 't' },
        createdAt: '2026-01-01T00:00:00.000Z',
        startedAt: '2026-01-01T00:00:00.000Z',
        finishedAt: '2026-01-01T00:00:05.000Z',
        status: 'error',
        attempt: 1,
        outcome: { code: 'cpu-limit', message: '' }
      }
      observer.ended(run)
      const text = await (await fetch(`http://127.0.0.1:${observer.port}/metrics`)).text()
      assert.match(text, /df_processings_runs_bucket\{le="10",status="error",code="cpu-limit"\} 1/)
      assert.match(text, /df_processings_runs_bucket\{le="1",status="error",code="cpu-limit"\} 0/)
      assert.match(text, /vivarium_runs_running 3/)
      assert.match(text, /vivarium_cells\{kind="spare"\} 1/)
      assert.match(text, /process_resident_memory_bytes \d/)
      assert.doesNotMatch(text, /Somebody/)
      assert.equal((await fetch(`http://127.0.0.1:${observer.port}/cpu-profile`)).status, 404)
    } finally {
      await observer.close()
    }
  })

  it('should serve what the plugin cache does and holds, as it is at the time of the look', async () => {
    const usage = { hits: 5, downloads: 2, stale: 1, failures: 3, downloadedBytes: 1000, contents: 2, bytes: 4096, oldestUseMs: 60_000 }
    let fails = false
    const observer = await openObserver({
      host: '127.0.0.1',
      port: 0,
      running: () => 0,
      cells: () => ({ owned: 0, spare: 0 }),
      cache: async () => {
        if (fails) throw new Error('the folder is gone')
        return usage
      }
    })
    const metrics = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${observer.port}/metrics`)).text()
    const expected = [/vivarium_cache_calls_total\{result="hit"\} 5/, /\{result="download"\} 2/, /\{result="stale"\} 1/, /\{result="failure"\} 3/, /vivarium_cache_downloaded_bytes_total 1000/, /vivarium_cache_contents 2/, /vivarium_cache_bytes 4096/, /vivarium_cache_oldest_use_seconds 60/]
    try {
      const first = await metrics()
      for (const each of expected) assert.match(first, each)
      fails = true
      const second = await metrics()
      for (const each of expected) assert.match(second, each)
      Object.assign(usage, { hits: 6, downloadedBytes: 2000, contents: 3 })
      fails = false
      assert.match(await metrics(), /result="hit"\} 6[^]*downloaded_bytes_total 2000[^]*cache_contents 3/)
    } finally {
      await observer.close()
    }
  })
})
