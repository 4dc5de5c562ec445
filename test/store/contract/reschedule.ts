import assert from 'node:assert/strict'
import type { Account } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, at, claimed, ended, ids, outcome, processing, run } from './samples.ts'

export function testReschedule (fixture: Fixture): void {
  describe('runs that wait, moved and removed', () => {
    beforeEach(async () => {
      for (const id of ['p1', 'p2', 'p3', 'p4']) await fixture.store.processings.insert(processing(id))
    })

    it('get a new date in one step, and keep all else', async () => {
      const { runs, processings } = fixture.store
      await runs.replacePending(run('r1', 'p1', { scheduledAt: at(5) }))
      await runs.replacePending(run('r2', 'p2', { status: 'scheduled', scheduledAt: at(6) }))
      assert.deepEqual(await runs.reschedule('r1', at(60)), { ...run('r1', 'p1', { scheduledAt: at(60) }), attempt: 0 })
      assert.equal((await runs.reschedule('r2', at(61)))?.status, 'scheduled')
      assert.equal((await processings.get('p1'))?.nextRun?.scheduledAt, at(60))
      assert.deepEqual(ids(await runs.pending({ before: at(59), limit: 10 })), [])
      assert.equal(await runs.claim('r1', 'runner-1', at(59)), undefined)
      assert.equal((await runs.reschedule('r1', at(1)))?.scheduledAt, at(1))
      assert.equal((await runs.claim('r1', 'runner-1', at(2)))?.scheduledAt, at(1))
    })

    it('keep their date once they were claimed, have ended, or do not exist', async () => {
      const { runs } = fixture.store
      await claimed(fixture.store, 'held', 'p1')
      await claimed(fixture.store, 'back', 'p2')
      await runs.handBack('back', 1, at(3), { reason: 'stopped', quarantine: false })
      await ended(fixture.store, 'over', 'p3')
      for (const id of ['held', 'back', 'over', 'nobody']) assert.equal(await runs.reschedule(id, at(60)), undefined, id)
      assert.equal((await runs.get('back'))?.scheduledAt, at(3))
      assert.equal((await runs.get('held'))?.scheduledAt, at(0))
    })

    it('are removed when planned, and stay when somebody has asked for them', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('asked', 'p1'))
      await runs.replacePending(run('planned', 'p2', { status: 'scheduled' }))
      assert.deepEqual(await runs.removePending('p1', 'scheduled'), [])
      assert.deepEqual(await runs.removePending('p2', 'scheduled'), ['planned'])
      assert.deepEqual(await runs.removePending('p2', 'scheduled'), [])
      assert.equal((await runs.get('asked'))?.status, 'triggered')
      assert.deepEqual(await runs.removePending('p1'), ['asked'])
    })

    it('are never gone while two callers move and claim them', async () => {
      const { runs } = fixture.store
      const other = await fixture.reopen()
      await runs.replacePending(run('r1', 'p1'))
      const [moved, claim] = await Promise.all([other.runs.reschedule('r1', at(0)), runs.claim('r1', 'runner-1', at(1))])
      assert.equal(claim?.attempt, 1)
      assert.ok(moved === undefined || moved.status === 'triggered')
      assert.equal((await runs.get('r1'))?.status, 'running')
    })

    it('may find their owner busy: runs that are held are counted for each account', async () => {
      const { runs } = fixture.store
      const roads: Account = { ...TOWN, department: 'roads' }
      const ada: Account = { type: 'user', id: 'ada', name: 'Ada' }
      assert.deepEqual(await runs.heldByOwner(), [])
      await claimed(fixture.store, 'r1', 'p1', { owner: TOWN })
      await claimed(fixture.store, 'r2', 'p2', { owner: roads })
      await claimed(fixture.store, 'r3', 'p3', { owner: ada })
      await runs.kill('r3', at(2), outcome)
      await runs.replacePending(run('r4', 'p4', { owner: ada }))
      const counts = (await runs.heldByOwner()).sort((a, b) => a.id < b.id ? -1 : 1)
      assert.deepEqual(counts, [{ type: 'user', id: 'ada', count: 1 }, { type: 'organization', id: 'town', count: 2 }])
    })
  })
}
