import assert from 'node:assert/strict'
import { describePhases, median, percentile, phasesOf } from '../../bench/statistics.ts'

describe('statistics of the bench', () => {
  it('takes the nearest rank', () => {
    const values = [5, 1, 4, 2, 3]
    assert.equal(median(values), 3)
    assert.equal(percentile(values, 0.95), 5)
    assert.equal(percentile(values, 0), 1)
    assert.equal(percentile([7], 0.5), 7)
    assert.ok(Number.isNaN(median([])))
  })

  it('reads the phases of a receipt, and leaves out what is no number', () => {
    assert.deepEqual(phasesOf({ receipt: { ms: { cache: 1.5, cell: undefined, note: 'x' } } }), { cache: 1.5 })
    assert.deepEqual(phasesOf({}), {})
  })

  it('describes each phase over the runs that have it', () => {
    const lines = describePhases([
      { receipt: { ms: { cache: 1 }, spareIsolate: true } },
      { receipt: { ms: { cache: 3, cell: 9 }, spareIsolate: false } }
    ])
    assert.match(lines[0] ?? '', /^cache +p50 +1\.00 ms +p95 +3\.00 ms$/)
    assert.match(lines[1] ?? '', /^cell +p50 +9\.00 ms/)
    assert.equal(lines[2], 'a spare isolate was waiting for 1 of 2 runs')
  })
})
