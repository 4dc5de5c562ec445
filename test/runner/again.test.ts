import assert from 'node:assert/strict'
import { hasEffects, interruptedTooOften, whyAgain, whyAgainInterrupted } from '../../runner/again.ts'
import { toRunLimits } from '../../runner/limits.ts'
import { decideOutcome, type OutcomeFacts } from '../../runner/outcome.ts'
import type { Run } from '../../store/types.ts'

const MAX = 3
const run = (resumed?: Run['resumed']): Run => ({
  _id: 'r', owner: { type: 'user', id: 'ada', name: 'Ada' }, processing: { _id: 'p', title: 'P' }, status: 'running', createdAt: '2026-01-01T00:00:00.000Z', attempt: 1, ...(resumed === undefined ? {} : { resumed })
})
const facts = (fields: Partial<OutcomeFacts>): OutcomeFacts => ({ runId: 'r', plugin: 'p', owner: 'Ada', limits: toRunLimits(), ...fields })
const died = (reason: 'cell-memory' | 'poisoned' | 'protocol', alone: boolean, again = false): Partial<OutcomeFacts> => ({ cellDied: { death: { by: 'runner', reason }, alone, again } })

describe('whether a run is run again', () => {
  it('is: interrupted before its end, or although it obeyed and returned', () => {
    const resumed = { reason: 'interrupted', quarantine: false, interruptions: 1 }
    assert.deepEqual(whyAgain(facts({ stopping: 'waited' }), run(), MAX), resumed)
    assert.deepEqual(whyAgain(facts({ stopping: 'asked', result: { ok: true, value: null } }), run(), MAX), resumed)
  })

  it('is: a suspect of its cell\'s death, alone this time', () => {
    for (const cellDied of [died('cell-memory', false), died('protocol', false), died('poisoned', true)]) {
      assert.deepEqual(whyAgain(facts(cellDied), run(), MAX), { reason: 'cell-died', quarantine: true })
    }
  })

  it('is not: it has ended, was killed, passed a limit, was convicted, or is a suspect for the second time', () => {
    const ends = [
      { result: { ok: true, value: null } }, { stopping: 'waited', result: { ok: true, value: null } }, { stopping: 'waited', kill: 'cooperative' }, { stopping: 'waited', ended: 'cpu' },
      { stopping: 'waited', notStarted: { by: 'inactive' } }, died('cell-memory', true), died('protocol', true), died('poisoned', false, true)
    ] as const satisfies readonly Partial<OutcomeFacts>[]
    for (const end of ends) assert.equal(whyAgain(facts(end), run(), MAX), undefined, JSON.stringify(end))
  })

  it('counts its interruptions, also across the death of a cell, and ends after as many as are allowed', () => {
    let resumed: Run['resumed']
    for (let interruption = 1; interruption <= MAX; interruption++) {
      resumed = whyAgainInterrupted(run(resumed), MAX)
      assert.equal(resumed?.interruptions, interruption)
      resumed = whyAgain(facts(died('poisoned', true)), run(resumed), MAX)
    }
    assert.deepEqual(resumed, { reason: 'cell-died', quarantine: true, interruptions: MAX })
    assert.equal(whyAgainInterrupted(run(resumed), MAX), undefined)
    assert.equal(whyAgain(facts({ stopping: 'waited' }), run(resumed), MAX), undefined)
  })

  it('says so, in the sentence of an interruption, once it is not run again any more', () => {
    const often = run({ reason: 'interrupted', quarantine: false, interruptions: MAX })
    const { message } = decideOutcome(facts({ stopping: 'waited', ...interruptedTooOften(often, MAX) }), 'en')
    assert.equal(message, 'the run was interrupted by a maintenance operation. It has been interrupted 4 times: it is not run again by itself any more. An administrator can raise `RUN_MAX_INTERRUPTIONS`.')
    assert.equal(decideOutcome(facts({ stopping: 'waited', ...interruptedTooOften(run(), MAX) }), 'en').message, 'the run was interrupted by a maintenance operation')
    assert.deepEqual(interruptedTooOften(run(), 0), {}, 'never run again: nothing was counted')
  })

  it('hasEffects: any of them', () => {
    const none = { writes: 0, configPatches: 0, mails: 0 }
    assert.deepEqual([undefined, none, { ...none, writes: 1 }, { ...none, configPatches: 1 }, { ...none, mails: 1 }].map(hasEffects), [false, false, true, true, true])
  })
})
