import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at, claimed, entry, finish, processing } from './samples.ts'

const PROGRESS = { progress: 3, total: 10, progressDate: at(8) }

export function testLogs (fixture: Fixture): void {
  describe('log of a run', () => {
    beforeEach(async () => {
      await fixture.store.processings.insert(processing('p1'))
      await claimed(fixture.store, 'r1', 'p1')
    })

    const numbers = async (after: number, limit = 10): Promise<number[]> =>
      (await fixture.store.logs.read('r1', { after, limit })).map(entry => entry.seq)

    it('gives back entries as they were appended, in order, from a number on', async () => {
      const { logs } = fixture.store
      const entries = [
        entry(1, { type: 'step', msg: 'Start' }),
        entry(2, { type: 'error', extra: { deep: [1, { a: null }] }, code: 'cpu-limit', params: { seconds: 3 } }),
        entry(3, { type: 'task', msg: 'Rows', progress: 0, total: 0.5, progressDate: at(3) })
      ]
      assert.equal(await logs.append('r1', 1, entries.slice(0, 2)), true)
      assert.equal(await logs.append('r1', 1, entries.slice(2)), true)
      assert.equal(await logs.append('r1', 1, []), true)
      assert.deepEqual(await logs.read('r1', { limit: 10 }), entries)
      assert.deepEqual(await logs.read('r1', { after: 1, limit: 1 }), [entries[1]])
      assert.deepEqual(await numbers(3), [])
      assert.equal(await logs.last('r1'), 3)
      assert.equal(await logs.last('nobody'), 0)
      assert.deepEqual(await logs.read('nobody', { limit: 10 }), [])
    })

    it('refuses a gap or a double, as a whole', async () => {
      const { logs } = fixture.store
      await logs.append('r1', 1, [entry(1)])
      for (const entries of [[entry(3)], [entry(1)], [entry(2), entry(4)], [entry(2), entry(2)], [entry(2), entry(1)], [entry(0)]]) {
        await assert.rejects(logs.append('r1', 1, entries), { name: 'StoreError', code: 'sequence', message: /wanted.*found/ })
      }
      assert.deepEqual(await numbers(0), [1])
      assert.equal(await logs.append('r1', 1, [entry(2)]), true)
    })

    it('refuses the entries of an old attempt, as a whole', async () => {
      const { logs, runs } = fixture.store
      await logs.append('r1', 1, [entry(1)])
      await runs.handBack('r1', 1, at(2), { reason: 'stopped', quarantine: false })
      await runs.claim('r1', 'runner-2', at(3))
      assert.equal(await logs.append('r1', 1, [entry(2), entry(3)]), false)
      assert.equal(await logs.append('r1', 1, []), false)
      assert.equal(await logs.append('r1', 3, [entry(2)]), false)
      assert.equal(await logs.append('nobody', 1, [entry(1)]), false)
      assert.deepEqual(await numbers(0), [1])
      assert.equal(await logs.append('r1', 2, [entry(2)]), true)
    })

    it('takes last words after the end', async () => {
      await fixture.store.runs.finish('r1', 1, finish())
      assert.equal(await fixture.store.logs.append('r1', 1, [entry(1)]), true)
    })

    it('moves the progress of a task in place', async () => {
      const { logs } = fixture.store
      await logs.append('r1', 1, [entry(1), entry(2, { type: 'task', msg: 'Rows', extra: { a: 1 } })])
      assert.equal(await logs.progress('r1', 1, 2, PROGRESS), true)
      assert.deepEqual(await logs.read('r1', { limit: 10 }), [entry(1), entry(2, { type: 'task', msg: 'Rows', extra: { a: 1 }, ...PROGRESS })])
    })

    it('refuses progress of an old attempt, of an entry that does not exist, or that is no task', async () => {
      const { logs } = fixture.store
      const task = entry(2, { type: 'task' })
      await logs.append('r1', 1, [entry(1), task])
      assert.equal(await logs.progress('r1', 0, 2, PROGRESS), false)
      assert.equal(await logs.progress('r1', 1, 3, PROGRESS), false)
      assert.equal(await logs.progress('r1', 1, 1, PROGRESS), false)
      assert.deepEqual(await logs.read('r1', { limit: 10 }), [entry(1), task])
    })

    it('keeps the logs of two runs apart', async () => {
      const { logs, processings } = fixture.store
      await processings.insert(processing('p2'))
      await claimed(fixture.store, 'r2', 'p2')
      await logs.append('r1', 1, [entry(1), entry(2)])
      await logs.append('r2', 1, [entry(1, { msg: 'other' })])
      assert.deepEqual(await logs.read('r2', { limit: 10 }), [entry(1, { msg: 'other' })])
      assert.deepEqual(await numbers(0), [1, 2])
    })
  })
}
