import assert from 'node:assert/strict'
import { pickFairly } from '../../runner/take-due-runs.ts'
import type { Run } from '../../store/types.ts'

function due (id: string, owner: string): Run {
  return { _id: id, owner: { type: 'user', id: owner, name: owner }, processing: { _id: `p-${id}`, title: id }, status: 'triggered', createdAt: '2026-01-01T00:00:00.000Z', attempt: 0 }
}

const ids = (runs: Run[]): string[] => runs.map(run => run._id)

describe('pickFairly(due, runningOwners, free)', () => {
  it('takes runs of one owner in the order of their dates', () => {
    assert.deepEqual(ids(pickFairly([due('1', 'a'), due('2', 'a'), due('3', 'a')], [], 2)), ['1', '2'])
  })

  it('lets an owner with one run pass before the second run of another', () => {
    assert.deepEqual(ids(pickFairly([due('1', 'a'), due('2', 'a'), due('3', 'b')], [], 2)), ['1', '3'])
  })

  it('prefers the owner with the fewest runs under way', () => {
    assert.deepEqual(ids(pickFairly([due('1', 'a'), due('2', 'b')], ['user:a', 'user:a', 'user:b'], 1)), ['2'])
  })

  it('gives every place away when one owner alone waits', () => {
    assert.equal(pickFairly([due('1', 'a'), due('2', 'a'), due('3', 'a')], ['user:a'], 3).length, 3)
  })

  it('takes nothing without a free place', () => {
    assert.deepEqual(pickFairly([due('1', 'a')], [], 0), [])
  })
})
