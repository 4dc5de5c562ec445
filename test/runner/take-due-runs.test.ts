import assert from 'node:assert/strict'
import { createBus } from '../../runner/bus.ts'
import { createTaker, pickFairly } from '../../runner/take-due-runs.ts'
import { openTemporaryStore, processing } from './temporary-store.ts'
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

describe('createTaker(options)', () => {
  it('lets another owner pass a long queue of one owner', async () => {
    const { store, dispose } = await openTemporaryStore()
    try {
      const begun: string[] = []
      const insert = async (id: string, owner: string): Promise<void> => {
        const account = { type: 'user', id: owner, name: owner } as const
        await store.processings.insert(processing(`p-${id}`, { owner: account }))
        const { attempt: _attempt, ...run } = due(id, owner)
        await store.runs.replacePending({ ...run, scheduledAt: `2026-01-01T00:00:00.${id.padStart(3, '0')}Z` })
      }
      for (let n = 1; n <= 60; n++) await insert(String(n), 'busy')
      await insert('999', 'patient')
      const taker = createTaker({
        store,
        bus: createBus(),
        runnerId: 'r',
        capacity: 2,
        pollMs: 60_000,
        onError: error => { throw error },
        async execute (run) {
          begun.push(run.owner.id)
          await new Promise(() => {})
        }
      })
      taker.start()
      for (let tries = 0; tries < 100 && begun.length < 2; tries++) await new Promise(resolve => setTimeout(resolve, 5))
      await taker.stop()
      assert.deepEqual(begun, ['busy', 'patient'])
    } finally {
      await dispose()
    }
  })
})
