import assert from 'node:assert/strict'
import { toRunLimits } from '../../runner/limits.ts'
import { applyOverrides, overrideBounds } from '../../runner/run-limits.ts'

const configured = toRunLimits({ RUN_CPU_SECONDS: 10, RUN_CELL_MEMORY_MB: 512 })

describe('applyOverrides(configured, overrides)', () => {
  it('changes nothing when nothing was set', () => {
    assert.equal(applyOverrides(configured, {}), configured)
    assert.equal(applyOverrides(configured, { owner: { values: {} } }), configured)
  })

  it('takes values by configuration key in its unit: the owner\'s wins over the plugin\'s, which wins over the configured one', () => {
    const limits = applyOverrides(configured, { owner: { values: { RUN_CPU_SECONDS: 20 } }, plugin: { values: { RUN_CPU_SECONDS: 30, RUN_TIMERS: 50 } } })
    assert.deepEqual(limits, { ...configured, cpuMs: 20_000, timers: 50 })
  })

  it('keeps within the bounds of the present configuration whatever was stored', () => {
    const limits = applyOverrides(configured, { owner: { values: { RUN_HEAP_MB: 10_000, RUN_MESSAGE_BYTES: 200_000_000, RUN_TIMERS: -5, RUN_LOG_BYTES: 'much', RUN_CELL_MEMORY_MB: 4096, GONE: 1 } } })
    assert.deepEqual(limits, { ...configured, heapMb: 512, timers: 10 })
  })
})

describe('overrideBounds(configured)', () => {
  it('has a row for each limit but that of the process', () => {
    assert.equal(overrideBounds(configured).length, Object.keys(configured).length - 1)
  })

  it('always has the configured value within', () => {
    for (const { key, configured: value, min, max } of overrideBounds(toRunLimits({ RUN_HEAP_MB: 2048 }))) assert.ok(min <= value && value <= max, key)
  })
})
