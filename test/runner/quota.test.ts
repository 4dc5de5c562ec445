import assert from 'node:assert/strict'
import { remainingSeconds, usedSeconds } from '../../runner/quota.ts'
import type { AccountLimits } from '../../store/types.ts'

const limits = (seconds: AccountLimits['processings_seconds'], defaults?: true): AccountLimits => ({
  type: 'user', id: 'ada', lastUpdate: '2026-01-01T00:00:00.000Z', ...(seconds === undefined ? {} : { processings_seconds: seconds }), ...(defaults === undefined ? {} : { defaults })
})

describe('remainingSeconds(limits, defaultLimit)', () => {
  it('LIM-01, LIM-02: is the configured default for an account without limits of its own', () => {
    assert.equal(remainingSeconds(undefined, 100), 100)
    assert.equal(remainingSeconds(limits(undefined), 100), 100)
    assert.equal(remainingSeconds(limits({ limit: 5, consumption: 30 }, true), 100), 70)
  })
  it('LIM-03: is -1 without a limit', () => {
    assert.equal(remainingSeconds(limits({ limit: -1, consumption: 500 }), 100), -1)
    assert.equal(remainingSeconds(undefined, -1), -1)
  })
  it('LIM-04: is what is left', () => assert.equal(remainingSeconds(limits({ limit: 100, consumption: 30 }), -1), 70))
  it('LIM-05: never falls below 0', () => assert.equal(remainingSeconds(limits({ limit: 100, consumption: 130 }), -1), 0))
  it('LIM-06: takes a missing consumption for 0', () => assert.equal(remainingSeconds(limits({ limit: 50 }), -1), 50))
})

describe('usedSeconds(run)', () => {
  it('rounds to seconds, and is 0 for a run that never started', () => {
    assert.equal(usedSeconds({ startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:02.600Z' }), 3)
    assert.equal(usedSeconds({ finishedAt: '2026-01-01T00:00:02.600Z' }), 0)
  })
})
