import assert from 'node:assert/strict'
import type { NewRun } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, claimed, ended, entry, ids, outcome, processing, run } from './samples.ts'

export function testPendingRuns (fixture: Fixture): void {
  describe('runs that wait', () => {
    beforeEach(async () => {
      for (const id of ['p1', 'p2', 'p3']) await fixture.store.processings.insert(processing(id))
    })

    it('gives back a run as it was inserted, with attempt 0', async () => {
      const { runs } = fixture.store
      const full = run('r1', 'p1', { permissions: [], deleteOnComplete: false, effects: { writes: 0, configPatches: 0, mails: 0 } })
      assert.deepEqual(await runs.replacePending(full), { ok: true, run: { ...full, attempt: 0 } })
      assert.deepEqual(await runs.get('r1'), { ...full, attempt: 0 })
      assert.equal(await runs.get('r2'), undefined)
    })

    it('replaces the scheduled run of the same processing', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('r1', 'p1', { status: 'scheduled', scheduledAt: at(60) }))
      await runs.replacePending(run('other', 'p2', { status: 'scheduled', scheduledAt: at(60) }))
      assert.equal((await runs.replacePending(run('r2', 'p1', { status: 'scheduled', scheduledAt: at(30) }))).ok, true)
      assert.equal((await runs.replacePending(run('r3', 'p1'))).ok, true)
      assert.deepEqual(ids(await runs.pending({ limit: 10 })), ['r3', 'other'])
      assert.equal(await runs.get('r1'), undefined)
      assert.equal(await runs.get('r2'), undefined)
    })

    it('answers the run that stands in the way: triggered, running or kill', async () => {
      const { runs } = fixture.store
      const expectRefused = async (status: string): Promise<void> => {
        const result = await runs.replacePending(run('r2', 'p1', { status: 'scheduled' }))
        assert.equal(result.ok, false)
        assert.deepEqual([result.active._id, result.active.status], ['r1', status])
        assert.equal(await runs.get('r2'), undefined)
      }
      await runs.replacePending(run('r1', 'p1'))
      await expectRefused('triggered')
      await runs.claim('r1', 'runner-1', at(1))
      await expectRefused('running')
      await runs.kill('r1', at(2), outcome)
      await expectRefused('kill')
      await runs.finish('r1', 1, { status: 'killed', finishedAt: at(3), outcome })
      assert.equal((await runs.replacePending(run('r2', 'p1'))).ok, true)
    })

    it('refuses an id that exists, a processing that does not, and a status that does not wait', async () => {
      const { runs } = fixture.store
      await ended(fixture.store, 'r1', 'p1')
      await runs.replacePending(run('planned', 'p2', { status: 'scheduled', scheduledAt: at(60) }))
      await assert.rejects(runs.replacePending(run('r1', 'p2')), { name: 'StoreError', code: 'duplicate' })
      await assert.rejects(runs.replacePending(run('r2', 'nowhere')), { name: 'StoreError', code: 'invalid', message: /nowhere/ })
      await assert.rejects(runs.replacePending({ ...run('r2', 'p3'), status: 'running' } satisfies NewRun), { code: 'invalid' })
      assert.equal((await runs.get('r1'))?.status, 'finished')
      assert.equal((await runs.get('planned'))?.status, 'scheduled', 'a refused insertion must not remove the planned run')
    })

    it('lists them by date, those due by then when asked, no others', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('late', 'p1', { status: 'scheduled', scheduledAt: at(20) }))
      await runs.replacePending(run('early', 'p2', { status: 'scheduled', scheduledAt: at(10) }))
      await runs.replacePending(run('undated', 'p3', { createdAt: at(15), scheduledAt: undefined }))
      assert.deepEqual(ids(await runs.pending({ limit: 10 })), ['early', 'undated', 'late'])
      assert.deepEqual(ids(await runs.pending({ before: at(15), limit: 10 })), ['early', 'undated'])
      assert.deepEqual(ids(await runs.pending({ before: at(9), limit: 10 })), [])
      assert.deepEqual(ids(await runs.pending({ limit: 1 })), ['early'])
      await runs.claim('early', 'runner-1', at(12))
      await runs.kill('undated', at(12), outcome)
      assert.deepEqual(ids(await runs.pending({ limit: 10 })), ['late'])
    })

    it('leaves out accounts when asked, so that one full of runs does not hide the others', async () => {
      const { runs, processings } = fixture.store
      const other = { type: 'organization', id: 'another', name: 'Another' } as const
      await processings.insert({ ...processing('p9'), owner: other })
      await runs.replacePending(run('r1', 'p1', { status: 'triggered', scheduledAt: at(1) }))
      await runs.replacePending({ ...run('r2', 'p9', { status: 'triggered', scheduledAt: at(2) }), owner: other })
      const [first] = await runs.pending({ limit: 1 })
      assert.equal(first?._id, 'r1')
      assert.deepEqual(ids(await runs.pending({ limit: 1, except: [first.owner] })), ['r2'])
      assert.deepEqual(ids(await runs.pending({ before: at(1), limit: 1, except: [first.owner] })), [])
      assert.deepEqual(ids(await runs.pending({ limit: 10, except: [first.owner, other] })), [])
    })

    it('is claimed once, when due, with one attempt more', async () => {
      const { runs } = fixture.store
      const waiting = run('r1', 'p1', { status: 'scheduled', scheduledAt: at(10) })
      await runs.replacePending(waiting)
      assert.equal(await runs.claim('r1', 'runner-1', at(9)), undefined)
      const claim = await runs.claim('r1', 'runner-1', at(10))
      assert.deepEqual(claim, { ...waiting, status: 'running', attempt: 1, startedAt: at(10), runner: 'runner-1' })
      assert.equal(await runs.claim('r1', 'runner-2', at(11)), undefined)
      assert.deepEqual(await runs.get('r1'), claim)
      assert.equal(await runs.claim('nobody', 'runner-1', at(11)), undefined)
    })

    it('is not claimed once it has ended', async () => {
      await ended(fixture.store, 'r1', 'p1')
      await fixture.store.runs.replacePending(run('r2', 'p2'))
      await fixture.store.runs.kill('r2', at(1), outcome)
      assert.equal(await fixture.store.runs.claim('r1', 'runner-1', at(9)), undefined)
      assert.equal(await fixture.store.runs.claim('r2', 'runner-1', at(9)), undefined)
    })

    it('is killed at once, with the outcome, and frees its processing', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('r1', 'p1'))
      const killed = await runs.kill('r1', at(5), outcome)
      assert.deepEqual(killed, { ...run('r1', 'p1'), status: 'killed', attempt: 0, finishedAt: at(5), outcome })
      assert.equal(await runs.kill('r1', at(6), outcome), undefined)
      assert.equal((await runs.replacePending(run('r2', 'p1'))).ok, true)
    })

    it('is removed with its log when its processing is deactivated, and held ones are not', async () => {
      const { runs, logs } = fixture.store
      const { attempt } = await claimed(fixture.store, 'back', 'p1')
      await logs.append('back', attempt, [entry(1)])
      await runs.handBack('back', attempt, at(2), { reason: 'stopped', quarantine: false })
      await claimed(fixture.store, 'held', 'p2')
      assert.deepEqual(await runs.removePending('p1'), ['back'])
      assert.deepEqual(await runs.removePending('p1'), [])
      assert.deepEqual(await runs.removePending('p2'), [])
      assert.equal(await runs.get('back'), undefined)
      assert.deepEqual(await logs.read('back', { limit: 10 }), [])
      assert.equal((await runs.get('held'))?.status, 'running')
    })
  })
}
