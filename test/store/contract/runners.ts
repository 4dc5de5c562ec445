import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at } from './samples.ts'

export function testRunners (fixture: Fixture): void {
  describe('runners', () => {
    const record = { id: 'runner-1', host: 'one.example', pid: 12, startedAt: at(0), heartbeatAt: at(0) }

    it('are known by their last beat until they are removed', async () => {
      const { runners } = fixture.store
      await runners.beat(record)
      await runners.beat({ ...record, id: 'runner-2' })
      await runners.beat({ ...record, heartbeatAt: at(5) })
      assert.deepEqual(await runners.list(), [{ ...record, heartbeatAt: at(5) }, { ...record, id: 'runner-2' }])
      await runners.remove('runner-1')
      await runners.remove('runner-1')
      assert.deepEqual(await runners.list(), [{ ...record, id: 'runner-2' }])
    })
  })

  describe('connection', () => {
    it('answers a ping, and refuses everything in a sentence once closed', async () => {
      const store = await fixture.reopen()
      await store.ping()
      await store.runs.get('r1')
      await store.close()
      await store.close()
      await assert.rejects(store.ping(), { name: 'StoreError', code: 'unavailable', message: /closed/ })
      await assert.rejects(store.runs.get('r1'), { name: 'StoreError', code: 'unavailable' })
      await assert.rejects(store.runs.kill('r1', at(0), { code: 'killed', message: '' }), { name: 'StoreError', code: 'unavailable' })
    })
  })
}
