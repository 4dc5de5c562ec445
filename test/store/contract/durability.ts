import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at, claimed, ended, entry, processing, run } from './samples.ts'

export function testDurability (fixture: Fixture): void {
  describe('durability', () => {
    it('keeps everything across a close', async () => {
      const { store } = fixture
      await store.processings.insert(processing('p1', { config: { a: [1] } }))
      await store.processings.insert(processing('p2'))
      await ended(store, 'r1', 'p1')
      await store.logs.append('r1', 1, [entry(1), entry(2, { type: 'task' })])
      await store.logs.progress('r1', 1, 2, { progress: 1, total: 2, progressDate: at(3) })
      await claimed(store, 'r2', 'p2')
      await store.runs.replacePending(run('r3', 'p1', { status: 'scheduled', scheduledAt: at(60) }))
      const record = { id: 'runner-1', host: 'one.example', pid: 12, startedAt: at(0), heartbeatAt: at(0) }
      await store.runners.beat(record)
      const page = { size: 10, skip: 0 }
      const before = [(await store.processings.list({}, page)), await store.runs.list({}, page), await store.logs.read('r1', { limit: 10 })]
      await store.close()

      const again = await fixture.reopen()
      assert.deepEqual([(await again.processings.list({}, page)), await again.runs.list({}, page), await again.logs.read('r1', { limit: 10 })], before)
      assert.deepEqual(await again.runners.list(), [record])
      assert.equal((await again.runs.finish('r2', 1, { status: 'finished', finishedAt: at(9), outcome: { code: 'finished', message: '' } }))?.status, 'finished')
      assert.equal(await again.logs.append('r1', 1, [entry(3)]), true)
    })

    it('shows the writes of one connection to the others at once', async () => {
      const other = await fixture.reopen()
      await fixture.store.processings.insert(processing('p1'))
      await claimed(other, 'r1', 'p1')
      assert.equal((await fixture.store.runs.get('r1'))?.status, 'running')
      assert.equal(await fixture.store.runs.claim('r1', 'runner-2', at(2)), undefined)
      assert.equal((await fixture.store.processings.get('p1'))?.lastRun?._id, 'r1')
    })
  })
}
