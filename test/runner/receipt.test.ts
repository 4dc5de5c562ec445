import assert from 'node:assert/strict'
import { toRunLimits } from '../../runner/limits.ts'
import { receiptOf, type ReceiptInput } from '../../runner/receipt.ts'
import type { RunCounters } from '../../sandbox/protocol.ts'
import type { Run } from '../../store/types.ts'

const run: Run = {
  _id: 'r1',
  processing: { _id: 'p1', title: 'P' },
  owner: { type: 'user', id: 'ada', name: 'Ada' },
  status: 'running',
  createdAt: '2026-03-10T10:00:00.000Z',
  startedAt: '2026-03-10T10:00:01.500Z',
  attempt: 2
}
const counters: RunCounters = { cpuMs: 12.345, logDropped: 0, openMs: 1, loadMs: 2, runMs: 3, spare: true, poisoned: false }

function receipt (usage: { readonly cpuMs: number, readonly wallMs: number, readonly heapMb?: number }): Record<string, unknown> {
  const input: ReceiptInput = {
    run,
    marks: { claimedAt: 100, endedAt: 150 },
    ensured: undefined,
    cell: undefined,
    end: { end: { kind: 'done', result: { ok: true }, counters }, usage },
    network: undefined,
    effects: { writes: 0, configPatches: 0, mails: 0 },
    log: { entries: 0, bytes: 0, dropped: 0 },
    limits: toRunLimits()
  }
  return receiptOf(input)
}

describe('receiptOf(…)', () => {
  it('has the peak of the heap when it was seen, and none when it was not', () => {
    assert.equal(receipt({ cpuMs: 1, wallMs: 2, heapMb: 3.14159 }).heapPeakMb, 3.14)
    assert.ok(!('heapPeakMb' in receipt({ cpuMs: 1, wallMs: 2 })))
  })

  it('has the times of the run, to hundredths of a millisecond', () => {
    const { ms, cpuMs, attempt, spareIsolate } = receipt({ cpuMs: 12.345, wallMs: 60 })
    assert.deepEqual([cpuMs, attempt, spareIsolate], [12.35, 2, true])
    assert.deepEqual(Object.fromEntries(Object.entries(ms as object).filter(([, value]) => value !== undefined)), { queued: 1_500, isolate: 1, load: 2, run: 3, total: 50 })
  })
})
