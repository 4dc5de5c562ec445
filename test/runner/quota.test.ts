import assert from 'node:assert/strict'
import { quotaOf, remainingSeconds, sharedMs, usedSeconds } from '../../runner/quota.ts'
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

describe('quotaOf(limits, defaultLimit)', () => {
  it('is what holds, whether it was set or not', () => {
    assert.deepEqual(quotaOf(undefined, 100), { limit: 100, consumption: 0 })
    assert.deepEqual(quotaOf(limits({ limit: 5, consumption: 3 }), 100), { limit: 5, consumption: 3 })
    assert.deepEqual(quotaOf(limits({ limit: 5, consumption: 3 }, true), 100), { limit: 100, consumption: 3 })
  })
})

describe('sharedMs(remaining, startedAt, now)', () => {
  const now = Date.parse('2026-01-01T00:01:00.000Z')
  it('is what is left, less what the runs that go on have used, divided among them', () => {
    assert.equal(sharedMs(100, ['2026-01-01T00:00:50.000Z'], now), 90_000)
    assert.equal(sharedMs(100, ['2026-01-01T00:00:50.000Z', '2026-01-01T00:00:20.000Z'], now), 25_000)
    assert.equal(sharedMs(100, [], now), 100_000)
  })
  it('never falls below 0, and has no end without a limit', () => {
    assert.equal(sharedMs(10, ['2026-01-01T00:00:00.000Z'], now), 0)
    assert.equal(sharedMs(-1, ['2026-01-01T00:00:00.000Z'], now), Infinity)
  })
  it('takes a run that another machine has begun, by a clock that is ahead, for one that has used nothing', () => {
    assert.equal(sharedMs(10, ['2026-01-01T00:02:00.000Z'], now), 10_000)
  })
})

describe('usedSeconds(run)', () => {
  it('rounds to seconds, and is 0 for a run that never started', () => {
    assert.equal(usedSeconds({ startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:02.600Z' }), 3)
    assert.equal(usedSeconds({ finishedAt: '2026-01-01T00:00:02.600Z' }), 0)
  })
})
