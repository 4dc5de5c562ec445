import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { LogGate } from '../../sandbox/log-gate.ts'
import type { GuestLogEntry } from '../../sandbox/protocol.ts'

const LIMITS = { logEntries: 1_000, logBytes: 100_000, logEntryBytes: 1_000 }

describe('LogGate', () => {
  let posted: GuestLogEntry[]
  let gate: LogGate
  beforeEach(() => {
    posted = []
    gate = new LogGate(LIMITS, entries => { posted.push(...entries) })
  })
  afterEach(() => gate.close())

  const progress = (msg: string, value: number): object => ({ type: 'progress', msg, date: 1, progress: value, total: 10 })
  const valuesOf = (msg: string): number[] => posted.flatMap(entry => entry.type === 'progress' && entry.msg === msg ? [entry.progress] : [])

  it('lets lines and a usual number of updates pass as they come, with nothing but their own fields', () => {
    gate.take([{ type: 'task', msg: 'a', date: 1, junk: 'x'.repeat(10_000) }, { ...progress('a', 1), junk: 1 }, { type: 'info', msg: 'b', date: 2, extra: { c: 1 } }])
    assert.deepEqual(posted, [
      { type: 'task', msg: 'a', date: 1 },
      { type: 'progress', msg: 'a', date: 1, progress: 1, total: 10 },
      { type: 'info', msg: 'b', date: 2, extra: { c: 1 } }
    ])
    for (let i = 2; i <= 102; i++) gate.take([progress('a', i)])
    assert.equal(valuesOf('a').length, 102)
  })

  it('keeps the newest value of each task beyond that, and sends it in the next window', async () => {
    for (let i = 1; i <= 10_000; i++) gate.take([progress('a', i), progress('b', -i)])
    assert.ok(posted.length < 200, `${posted.length}`)
    gate.take([{ type: 'info', msg: 'a line', date: 1 }])
    assert.equal(posted.at(-1)?.msg, 'a line', 'lines go on')
    await wait(150)
    assert.deepEqual([valuesOf('a').at(-1), valuesOf('b').at(-1)], [10_000, -10_000])
    assert.equal(gate.dropped, 0)
    gate.take([progress('a', 10_001)])
    assert.equal(valuesOf('a').at(-1), 10_001, 'then at once again')
  })

  it('sends what waits when it is closed', () => {
    for (let i = 1; i <= 500; i++) gate.take([progress('a', i)])
    gate.close()
    assert.equal(valuesOf('a').at(-1), 500)
    gate.close()
    assert.equal(valuesOf('a').filter(value => value === 500).length, 1)
  })

  it('holds no more than a few hundred tasks, and counts the others', () => {
    for (let i = 0; i < 1_000; i++) gate.take([progress(`task ${i}`, 1)])
    assert.ok(gate.dropped > 500)
    gate.close()
    assert.equal(posted.length + gate.dropped, 1_000)
  })

  it('stops at the entries, and at the bytes of text and extra', () => {
    const lines = (count: number, extra: unknown): void => { for (let i = 0; i < count; i++) gate.take([{ type: 'info', msg: 'x', date: 1, extra }]) }
    lines(1_200, '')
    assert.deepEqual([posted.length, gate.dropped], [1_000, 200])
    posted = []
    gate = new LogGate(LIMITS, entries => { posted.push(...entries) })
    lines(150, { text: 'y'.repeat(988) })
    assert.deepEqual([posted.length, gate.dropped], [100, 50])
  })

  it('drops and counts what no honest guest sends', () => {
    gate.take([null, 1, [], {}, { type: 'info', msg: 1, date: 1 }, { type: 'fatal', msg: 'x', date: 1 }, { type: 'info', msg: 'x' }, { type: 'progress', msg: 'x', date: 1, progress: '1', total: 2 },
      { type: 'info', msg: 'x', date: 1, extra: 'z'.repeat(3_000) }, progress('t'.repeat(2_000), 1)])
    assert.deepEqual([posted.length, gate.dropped], [0, 10])
  })
})
