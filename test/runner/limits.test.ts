import assert from 'node:assert/strict'
import { keyOf, RUN_LIMITS, toJobLimits, toRunLimits } from '../../runner/limits.ts'
import { renderText } from '../../runner/outcome-texts.ts'

describe('limits', () => {
  it('has one row for each limit, each key once', () => {
    const names = RUN_LIMITS.map(row => row.name)
    assert.equal(new Set(names).size, names.length)
    assert.equal(new Set(RUN_LIMITS.map(row => row.key)).size, names.length)
    assert.deepEqual(Object.keys(toRunLimits()).sort(), [...names].sort())
  })

  it('has a friendly text for each row', () => {
    for (const { code } of RUN_LIMITS) assert.notEqual(renderText(code, {}, 'en'), code)
  })

  it('takes values by configuration key, in the unit of the key', () => {
    const limits = toRunLimits({ RUN_CPU_SECONDS: 2, RUN_HEAP_MB: 64, UNRELATED: 'x' })
    assert.equal(limits.cpuMs, 2_000)
    assert.equal(limits.heapMb, 64)
    assert.equal(limits.wallMs, 3_600_000)
    assert.equal(keyOf('cpuMs'), 'RUN_CPU_SECONDS')
  })

  it('refuses a value outside the range of its row', () => {
    for (const value of [0, -1, NaN, Infinity, '5']) {
      assert.throws(() => toRunLimits({ RUN_TIMERS: value }), { name: 'RangeError', message: /RUN_TIMERS must be a number \(count\) from 10 to 1000000/ })
    }
  })

  it('gives the sandbox its own part only', () => {
    assert.deepEqual(Object.keys(toJobLimits(toRunLimits())).sort(), ['heapMb', 'logBytes', 'logEntries', 'logEntryBytes', 'messageBytes', 'resultBytes', 'timers'])
  })
})
