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
})
