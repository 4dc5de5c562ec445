import assert from 'node:assert/strict'
import type { Processing, Run, RunSnapshot } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, claimed, ended, finish, outcome, processing, run } from './samples.ts'

export function testSnapshots (fixture: Fixture): void {
  describe('snapshots of a processing', () => {
    const snapshots = async (): Promise<Pick<Processing, 'lastRun' | 'nextRun'>> => {
      const found = await fixture.store.processings.get('p1')
      const listed = await fixture.store.processings.list({}, { size: 1, skip: 0 })
      assert.deepEqual(listed.results, [found], 'a list tells what a get tells')
      return { lastRun: found?.lastRun, nextRun: found?.nextRun }
    }
    const snapshot = async (id: string): Promise<RunSnapshot> => {
      const { processing, owner, ...rest } = await fixture.store.runs.get(id) as Run // the test has just made it
      return rest
    }

    beforeEach(async () => fixture.store.processings.insert(processing('p1', { config: { big: 'x'.repeat(10_000) } })))

    it('has none before the first run', async () => {
      assert.deepEqual(await snapshots(), { lastRun: undefined, nextRun: undefined })
    })

    it('follows a run from planned to ended', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('r1', 'p1', { status: 'scheduled' }))
      assert.deepEqual(await snapshots(), { lastRun: undefined, nextRun: await snapshot('r1') })
      await runs.replacePending(run('r2', 'p1'))
      assert.deepEqual(await snapshots(), { lastRun: undefined, nextRun: await snapshot('r2') })
      await runs.claim('r2', 'runner-1', at(1))
      assert.deepEqual(await snapshots(), { lastRun: await snapshot('r2'), nextRun: undefined })
      await runs.kill('r2', at(2), outcome)
      assert.equal((await snapshots()).lastRun?.status, 'kill')
      await runs.finish('r2', 1, finish({ status: 'killed', receipt: { cpuMs: 1 } }))
      assert.deepEqual(await snapshots(), { lastRun: await snapshot('r2'), nextRun: undefined })
    })

    it('keeps the last run beside the next one, and after its removal', async () => {
      const { runs } = fixture.store
      await ended(fixture.store, 'r1', 'p1')
      const last = await snapshot('r1')
      await runs.replacePending(run('r2', 'p1', { status: 'scheduled', scheduledAt: at(60) }))
      assert.deepEqual(await snapshots(), { lastRun: last, nextRun: await snapshot('r2') })
      await runs.remove('r1')
      assert.deepEqual((await snapshots()).lastRun, last)
    })

    it('forgets the next run when it is removed', async () => {
      const { runs } = fixture.store
      await runs.replacePending(run('r1', 'p1'))
      await runs.removePending('p1')
      assert.deepEqual(await snapshots(), { lastRun: undefined, nextRun: undefined })
      await runs.replacePending(run('r2', 'p1'))
      await runs.remove('r2')
      assert.equal((await snapshots()).nextRun, undefined)
    })

    it('tells a run that was killed while it waited as the last one', async () => {
      await fixture.store.runs.replacePending(run('r1', 'p1'))
      await fixture.store.runs.kill('r1', at(1), outcome)
      assert.deepEqual(await snapshots(), { lastRun: await snapshot('r1'), nextRun: undefined })
    })

    it('tells a run that was handed back as the next one, and the one before as the last', async () => {
      await ended(fixture.store, 'r1', 'p1')
      const last = await snapshot('r1')
      await claimed(fixture.store, 'r2', 'p1')
      assert.equal((await snapshots()).lastRun?._id, 'r2')
      await fixture.store.runs.handBack('r2', 1, at(3), { reason: 'stopped', quarantine: false })
      assert.deepEqual(await snapshots(), { lastRun: last, nextRun: await snapshot('r2') })
    })

    it('tells the effects of a run that is held', async () => {
      await claimed(fixture.store, 'r1', 'p1')
      await fixture.store.runs.update('r1', 1, { effects: { writes: 2, configPatches: 0, mails: 0 } })
      assert.equal((await snapshots()).lastRun?.effects?.writes, 2)
    })
  })
}
