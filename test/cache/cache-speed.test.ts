import assert from 'node:assert/strict'
import { measureCache } from './cache-speed.ts'

describe('measureCache({ rounds, mb })', () => {
  it('answers figures of the order that a run can afford', async () => {
    const { hitMs, unchangedMs, missMbPerSecond, bundleMs } = await measureCache({ rounds: 20, mb: 2 })
    assert.ok(hitMs > 0 && hitMs < 5, `${hitMs} ms`)
    assert.ok(unchangedMs > 0 && unchangedMs < 100, `${unchangedMs} ms`)
    assert.ok(missMbPerSecond > 0.5, `${missMbPerSecond} MB/s`)
    assert.ok(bundleMs > 0)
  })
})
