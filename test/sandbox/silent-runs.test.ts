import assert from 'node:assert/strict'
import { SilentRuns } from '../../sandbox/silent-runs.ts'

describe('runs whose thread says nothing', () => {
  let runs: SilentRuns
  beforeEach(() => {
    runs = new SilentRuns()
    runs.hear('a', { at: 1_000, processCpuMs: 500, cpuMs: 70 })
  })

  it('are left alone while the thread speaks', () => {
    assert.deepEqual(runs.look(1_200, 700), [])
  })

  it('have used what the process has used since they were last heard, beside what they had told', () => {
    assert.deepEqual(runs.look(2_000, 1_300), [{ run: 'a', cpuMs: 870 }])
    assert.deepEqual(runs.look(3_000, 2_200), [{ run: 'a', cpuMs: 1_770 }])
  })

  it('have never used more than the time that has passed, whatever other threads do', () => {
    assert.deepEqual(runs.look(2_000, 4_500), [{ run: 'a', cpuMs: 1_070 }])
  })

  it('have used nothing while the process waits', () => {
    assert.deepEqual(runs.look(9_000, 500), [{ run: 'a', cpuMs: 70 }])
  })

  it('are heard again, and forgotten at their end', () => {
    runs.hear('b', { at: 1_900, processCpuMs: 1_300, cpuMs: 0 })
    assert.deepEqual(runs.look(2_000, 1_400).map(({ run }) => run), ['a'])
    runs.hear('a', { at: 2_000, processCpuMs: 1_400, cpuMs: 900 })
    runs.forget('b')
    assert.equal(runs.size, 1)
    assert.deepEqual(runs.look(2_500, 1_900), [{ run: 'a', cpuMs: 1_400 }])
  })
})
