import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at, claimed, ended, entry, finish, ids, outcome, processing, run } from './samples.ts'

const EFFECTS = { writes: 1, configPatches: 0, mails: 0 }
const RESUMED = { reason: 'the cell died', quarantine: true }

export function testHeldRuns (fixture: Fixture): void {
  describe('runs that are held', () => {
    beforeEach(async () => {
      for (const id of ['p1', 'p2']) await fixture.store.processings.insert(processing(id))
    })

    it('are listed while running or being killed', async () => {
      const { runs } = fixture.store
      await claimed(fixture.store, 'r1', 'p1')
      await claimed(fixture.store, 'r2', 'p2')
      await runs.kill('r2', at(2), outcome)
      assert.deepEqual((await runs.held()).map(run => [run._id, run.status]).sort(), [['r1', 'running'], ['r2', 'kill']])
      await runs.finish('r1', 1, finish())
      await runs.finish('r2', 1, finish({ status: 'killed' }))
      assert.deepEqual(await runs.held(), [])
    })

    it('take effects and receipt, each without touching the other', async () => {
      const { runs } = fixture.store
      const { attempt } = await claimed(fixture.store, 'r1', 'p1')
      assert.equal(await runs.update('r1', attempt, { effects: EFFECTS }), true)
      assert.equal(await runs.update('r1', attempt, { receipt: { cpuMs: 3 } }), true)
      assert.equal(await runs.update('r1', attempt, {}), true)
      const found = await runs.get('r1')
      assert.deepEqual(found?.effects, EFFECTS)
      assert.deepEqual(found.receipt, { cpuMs: 3 })
    })

    it('end once, keep what the end does not say, and are no longer held', async () => {
      const { runs } = fixture.store
      const held = await claimed(fixture.store, 'r1', 'p1')
      await runs.update('r1', held.attempt, { effects: EFFECTS })
      const end = finish({ status: 'error', receipt: { cpuMs: 9 }, deleteOnComplete: true, outcome: { code: 'plugin-error', params: { n: 1 }, message: 'No.', adminDetail: 'why' } })
      const finished = await runs.finish('r1', held.attempt, end)
      const { runner, ...rest } = held
      assert.equal(runner, 'runner-1')
      assert.deepEqual(finished, { ...rest, ...end, effects: EFFECTS })
      assert.deepEqual(await runs.get('r1'), finished)
      assert.equal(await runs.finish('r1', held.attempt, finish()), undefined)
      assert.equal(await runs.update('r1', held.attempt, { receipt: {} }), false)
      assert.deepEqual(await runs.get('r1'), finished)
    })

    it('refuse the writes of an old attempt', async () => {
      const { runs } = fixture.store
      await claimed(fixture.store, 'r1', 'p1')
      await runs.handBack('r1', 1, at(2), RESUMED)
      assert.equal(await runs.update('r1', 1, { effects: EFFECTS }), false, 'handed back: nobody holds it')
      await runs.claim('r1', 'runner-2', at(3))
      const before = await runs.get('r1')
      assert.equal(before?.attempt, 2)
      assert.equal(await runs.update('r1', 1, { effects: EFFECTS }), false)
      assert.equal(await runs.finish('r1', 1, finish()), undefined)
      assert.equal(await runs.handBack('r1', 1, at(4), RESUMED), undefined)
      assert.equal(await runs.finish('r1', 3, finish()), undefined)
      assert.deepEqual(await runs.get('r1'), before)
      assert.equal((await runs.finish('r1', 2, finish()))?.status, 'finished')
    })

    it('are handed back as triggered, due now, with their log and attempts', async () => {
      const { runs, logs } = fixture.store
      await claimed(fixture.store, 'r1', 'p1', { status: 'scheduled', permissions: [] })
      await logs.append('r1', 1, [entry(1)])
      const back = await runs.handBack('r1', 1, at(5), RESUMED)
      assert.deepEqual(back, { ...run('r1', 'p1', { permissions: [] }), scheduledAt: at(5), attempt: 1, resumed: RESUMED })
      assert.deepEqual(ids(await runs.pending({ before: at(5), limit: 10 })), ['r1'])
      assert.deepEqual(await runs.held(), [])
      assert.equal((await runs.claim('r1', 'runner-2', at(5)))?.attempt, 2)
      assert.equal(await logs.append('r1', 2, [entry(2)]), true)
      assert.equal(await logs.last('r1'), 2)
    })

    it('are marked kill once, and can then be ended but not handed back', async () => {
      const { runs } = fixture.store
      const held = await claimed(fixture.store, 'r1', 'p1')
      const kill = await runs.kill('r1', at(2), outcome)
      assert.deepEqual(kill, { ...held, status: 'kill' })
      assert.deepEqual(await runs.kill('r1', at(3), outcome), kill)
      assert.equal(await runs.handBack('r1', 1, at(3), RESUMED), undefined)
      assert.equal(await runs.update('r1', 1, { receipt: { ms: 1 } }), true)
      assert.equal((await runs.finish('r1', 1, finish({ status: 'killed' })))?.status, 'killed')
      assert.equal(await runs.kill('r1', at(4), outcome), undefined)
    })

    it('do not exist: every write is refused', async () => {
      const { runs } = fixture.store
      assert.equal(await runs.update('nobody', 0, { effects: EFFECTS }), false)
      assert.equal(await runs.finish('nobody', 0, finish()), undefined)
      assert.equal(await runs.handBack('nobody', 0, at(1), RESUMED), undefined)
      assert.equal(await runs.kill('nobody', at(1), outcome), undefined)
    })

    it('wait: the writes of a holder are refused', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('r1', 'p1'))
      assert.equal(await runs.update('r1', 0, { effects: EFFECTS }), false)
      assert.equal(await runs.finish('r1', 0, finish()), undefined)
      assert.equal(await runs.handBack('r1', 0, at(1), RESUMED), undefined)
    })

    it('are told newest first once ended, for the failure policy', async () => {
      const { runs } = fixture.store
      await ended(fixture.store, 'a', 'p1', { finishedAt: at(5) }, { createdAt: at(1) })
      await ended(fixture.store, 'b', 'p1', { finishedAt: at(9), status: 'error' }, { createdAt: at(2) })
      await ended(fixture.store, 'c', 'p1', { finishedAt: at(7) }, { createdAt: at(3) })
      await ended(fixture.store, 'x', 'p2')
      await claimed(fixture.store, 'd', 'p1')
      assert.deepEqual(ids(await runs.lastEnded('p1', 10)), ['b', 'c', 'a'])
      assert.deepEqual(ids(await runs.lastEnded('p1', 2)), ['b', 'c'])
    })
  })
}
