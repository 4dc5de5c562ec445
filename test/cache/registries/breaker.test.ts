import assert from 'node:assert/strict'
import { Breaker } from '../../../cache/registries/breaker.ts'

describe('Breaker', () => {
  let now: number
  let breaker: Breaker
  const fail = (times: number, pauseMs = 0): void => { for (let each = 0; each < times; each++) breaker.failed(pauseMs) }
  const between = (value: number, low: number, high: number): void => assert.ok(value >= low && value <= high, `${value}`)

  beforeEach(() => {
    now = 1000
    breaker = new Breaker({ failures: 3, openMs: 100, maxOpenMs: 350 }, () => now)
  })

  it('lets everybody through until enough attempts in a row have failed', () => {
    fail(2)
    assert.equal(breaker.waitMs(), 0)
    breaker.succeeded()
    fail(2)
    assert.equal(breaker.waitMs(), 0)
    fail(1)
    between(breaker.waitMs(), 100, 110)
  })

  it('lets one through after a while, and all when that one succeeds', () => {
    fail(3)
    now += 111
    assert.equal(breaker.waitMs(), 0)
    assert.equal(breaker.waitMs(), 100, 'the others wait for its end')
    breaker.succeeded()
    assert.deepEqual([breaker.waitMs(), breaker.waitMs()], [0, 0])
  })

  it('stays open twice as long each time, up to a bound', () => {
    fail(3)
    for (const ms of [100, 200, 350, 350]) {
      between(breaker.waitMs(), ms, ms * 1.1)
      now += ms * 1.11
      assert.equal(breaker.waitMs(), 0)
      fail(1)
    }
  })

  it('keeps the pause that the registry asks for, 5 minutes at most', () => {
    fail(1, 60_000)
    assert.equal(breaker.waitMs(), 60_000)
    now += 60_000
    assert.equal(breaker.waitMs(), 0)
    breaker.succeeded()
    fail(1, 3_600_000)
    assert.equal(breaker.waitMs(), 300_000)
  })
})
