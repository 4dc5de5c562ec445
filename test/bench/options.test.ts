import assert from 'node:assert/strict'
import { readOptions } from '../../bench/options.ts'

const known = ['latency', 'throughput', 'memory']

describe('options of the bench', () => {
  it('measures everything when nothing is named', () => {
    assert.deepEqual(readOptions([], known), { quick: false, names: known })
  })

  it('keeps the order of the measures, whatever order they are named in', () => {
    assert.deepEqual(readOptions(['--only', 'memory', '--quick', '--only', 'latency'], known), { quick: true, names: ['latency', 'memory'] })
  })

  it('takes a folder for profiles', () => {
    assert.equal(readOptions(['--profile', 'out'], known).profile, 'out')
  })

  it('says what is wanted when it finds something else', () => {
    assert.throws(() => readOptions(['--only', 'speed'], known), { name: 'RangeError', message: '--only wants one of latency, throughput, memory, found "speed"' })
    assert.throws(() => readOptions(['--only'], known), /found ""/)
    assert.throws(() => readOptions(['--profile', '--quick'], known), /wants a folder/)
    assert.throws(() => readOptions(['--fast'], known), /found "--fast"/)
  })
})
