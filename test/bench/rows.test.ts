import assert from 'node:assert/strict'
import { judge, ratioOf, renderPhases, renderRows, type Row } from '../../bench/rows.ts'

const firstLine: Row = { measure: 'first line', unit: 'ms', vivarium: 5, spawn: 100, targets: [{ kind: 'below', value: 10 }, { kind: 'times', value: 10 }], phases: ['cache 1 ms'] }
const runs: Row = { measure: 'runs', unit: 'runs/s', vivarium: 150, spawn: 50, targets: [{ kind: 'at-least', value: 300 }, { kind: 'times', value: 2 }], phases: ['cell 9 ms'] }

describe('rows of the bench', () => {
  it('says how many times better than a spawn, whichever way is better', () => {
    assert.equal(ratioOf(firstLine), 20)
    assert.equal(ratioOf(runs), 3)
    assert.equal(ratioOf({ measure: 'x', unit: 'MB', vivarium: 1 }), undefined)
  })

  it('judges each target by itself', () => {
    assert.deepEqual(judge(firstLine).map(({ met }) => met), [true, true])
    assert.deepEqual(judge(runs).map(({ met, text }) => ({ met, text })), [
      { met: false, text: 'at least 300: MISSED' },
      { met: true, text: 'at least 2 × spawn: met' }
    ])
  })

  it('counts a figure that could not be had as missed', () => {
    const row: Row = { measure: 'x', unit: 'ms', vivarium: undefined, targets: [{ kind: 'below', value: 10 }, { kind: 'times', value: 1 }] }
    assert.deepEqual(judge(row).map(({ met }) => met), [false, false])
  })

  it('does not take a time equal to the limit as under it', () => {
    assert.equal(judge({ ...firstLine, vivarium: 10, targets: [{ kind: 'below', value: 10 }] })[0]?.met, false)
  })

  it('takes a time equal to the limit as met where it may be reached', () => {
    const row: Row = { measure: 'x', unit: 'ms', vivarium: 2, targets: [{ kind: 'at-most', value: 2 }] }
    assert.deepEqual(judge(row).map(({ text }) => text), ['at most 2: met'])
    assert.equal(judge({ ...row, vivarium: 2.01 })[0]?.met, false)
    assert.equal(judge({ ...row, vivarium: undefined })[0]?.met, false)
  })

  it('shows where the time went only for a row that misses a target', () => {
    const lines = renderPhases([firstLine, runs]).join('\n')
    assert.match(lines, /cell 9 ms/)
    assert.doesNotMatch(lines, /cache 1 ms/)
  })

  it('prints one line for each row, with its figures and its targets', () => {
    const [, first, second] = renderRows([firstLine, runs], 200)
    assert.match(first ?? '', /^first line +ms +5\.00 +100\.0 +20\.0 × +- +under 10: met; at least 10 × spawn: met$/)
    assert.match(second ?? '', /^runs +runs\/s +150\.0 +50\.0 +3\.00 × +- +at least 300: MISSED/)
  })
})
