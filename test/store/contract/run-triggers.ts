import assert from 'node:assert/strict'
import type { RunTrigger } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, claimed, entry, finish, processing, run } from './samples.ts'

const PAGE = { size: 10, skip: 0 }

export function testRunTriggers (fixture: Fixture): void {
  describe('why a run exists', () => {
    beforeEach(async () => fixture.store.processings.insert(processing('p1')))

    for (const body of [{ event: 'push', list: [1, null] }, null, '', 0, false]) {
      it(`is told to who runs it, body included: ${JSON.stringify(body)}`, async () => {
        const { runs } = fixture.store
        const trigger: RunTrigger = { type: 'webhook', body }
        const placed = await runs.replacePending(run('r1', 'p1', { trigger }))
        assert.deepEqual(placed.ok && placed.run.trigger, trigger)
        assert.deepEqual((await runs.reschedule('r1', at(1)))?.trigger, trigger)
        assert.deepEqual((await runs.claim('r1', 'runner-1', at(1)))?.trigger, trigger)
        await runs.handBack('r1', 1, at(5), { reason: 'registry-unavailable', quarantine: false, retry: 1 })
        const again = await runs.claim('r1', 'runner-1', at(5))
        assert.deepEqual([again?.trigger, again?.resumed?.retry], [trigger, 1])
        assert.deepEqual((await runs.finish('r1', 2, finish()))?.trigger, trigger)
        assert.deepEqual((await runs.get('r1'))?.trigger, trigger)
      })
    }

    it('is left out of snapshots, and its body of lists', async () => {
      const { runs, processings } = fixture.store
      await runs.replacePending(run('r1', 'p1', { trigger: { type: 'webhook', body: { long: 'x'.repeat(1000) } } }))
      const type = { type: 'webhook' }
      assert.deepEqual((await runs.list({}, PAGE)).results.map(({ trigger }) => trigger), [type])
      assert.deepEqual((await runs.pending({ limit: 1 }))[0]?.trigger, type)
      const standing = await runs.replacePending(run('r2', 'p1'))
      assert.deepEqual(!standing.ok && standing.active.trigger, type)
      assert.equal('trigger' in ((await processings.get('p1'))?.nextRun ?? {}), false)
      await runs.claim('r1', 'runner-1', at(1))
      assert.deepEqual((await runs.held())[0]?.trigger, type)
      assert.equal('trigger' in ((await processings.get('p1'))?.lastRun ?? {}), false)
      await runs.finish('r1', 1, finish())
      assert.deepEqual((await runs.lastEnded('p1', 1))[0]?.trigger, type)
      assert.equal('trigger' in ((await processings.list({}, PAGE)).results[0]?.lastRun ?? {}), false)
    })

    it('may be unknown, or have no body', async () => {
      const { runs } = fixture.store
      await claimed(fixture.store, 'r1', 'p1', { trigger: { type: 'manual' } })
      await fixture.store.logs.append('r1', 1, [entry(1)])
      assert.deepEqual((await runs.get('r1'))?.trigger, { type: 'manual' })
      await runs.finish('r1', 1, finish())
      await claimed(fixture.store, 'r2', 'p1')
      assert.equal('trigger' in (await runs.get('r2') ?? {}), false)
    })
  })
}
