import assert from 'node:assert/strict'
import type { OutboxEvent } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, ids } from './samples.ts'

const event = (n: number): OutboxEvent => ({ _id: `e${n}`, createdAt: at(n), body: { n, deep: [null] } })
const events = (...numbers: number[]): OutboxEvent[] => numbers.map(event)

export function testOutbox (fixture: Fixture): void {
  describe('events to send', () => {
    const take = async (lease: string, minutes: number, limit = 10): Promise<string[]> =>
      ids(await fixture.store.outbox.take(lease, { limit, now: at(minutes), until: at(minutes + 5) }))

    it('are taken oldest first, whole, each by one caller', async () => {
      const { outbox } = fixture.store
      assert.equal(await outbox.append(events(3, 1, 2), 10), 0)
      assert.deepEqual(await outbox.take('l1', { limit: 2, now: at(10), until: at(15) }), [{ ...event(1), attempts: 1 }, { ...event(2), attempts: 1 }])
      assert.deepEqual(await take('l2', 10), ['e3'])
      assert.deepEqual(await take('l3', 14), [])
      assert.equal(await outbox.count(), 3)
    })

    it('are gone once done', async () => {
      const { outbox } = fixture.store
      await outbox.append(events(1, 2), 10)
      await take('l1', 10)
      assert.equal(await outbox.done('l1', ['e1']), 1)
      assert.equal(await outbox.done('l1', ['e1', 'nobody']), 0)
      assert.equal(await outbox.done('l1', []), 0)
      assert.deepEqual(await take('l2', 20), ['e2'])
      assert.equal(await outbox.count(), 1)
    })

    it('are taken again when a lease ends, and the late holder no longer counts', async () => {
      const { outbox } = fixture.store
      await outbox.append(events(1), 10)
      await take('l1', 10)
      const [again] = await outbox.take('l2', { limit: 1, now: at(15), until: at(20) })
      assert.deepEqual(again, { ...event(1), attempts: 2 })
      assert.equal(await outbox.done('l1', ['e1']), 0)
      assert.equal(await outbox.release('l1', ['e1'], at(16)), 0)
      assert.deepEqual(await take('l3', 16), [])
      assert.equal(await outbox.done('l2', ['e1']), 1)
    })

    it('are tried again at the time that is wanted', async () => {
      const { outbox } = fixture.store
      await outbox.append(events(1, 2), 10)
      await take('l1', 10)
      assert.equal(await outbox.release('l1', ['e1', 'e2'], at(12)), 2)
      assert.equal(await outbox.done('l1', ['e1']), 0)
      assert.deepEqual(await take('l2', 11), [])
      assert.deepEqual(await take('l3', 12), ['e1', 'e2'])
    })

    it('are bounded: the oldest give way, and it is said how many', async () => {
      const { outbox } = fixture.store
      assert.equal(await outbox.append(events(1, 2, 3), 3), 0)
      await take('l1', 10, 1)
      assert.equal(await outbox.append(events(4, 5), 3), 2)
      assert.equal(await outbox.count(), 3)
      assert.deepEqual(await take('l2', 20), ['e3', 'e4', 'e5'])
      assert.equal(await outbox.append(events(6), 0), 4)
      assert.equal(await outbox.append([], 0), 0)
    })

    it('are refused twice under one id', async () => {
      const { outbox } = fixture.store
      await outbox.append(events(1), 10)
      await assert.rejects(outbox.append(events(1), 10), { name: 'StoreError', code: 'duplicate' })
      assert.equal(await outbox.count(), 1)
    })

    it('are shared between many takers without a double', async () => {
      const other = await fixture.reopen()
      await fixture.store.outbox.append(events(...Array.from({ length: 60 }, (_, n) => n)), 100)
      const taken = await Promise.all(Array.from({ length: 12 }, async (_, n) =>
        await (n % 2 === 0 ? fixture.store : other).outbox.take(`l${n}`, { limit: 5, now: at(100), until: at(105) })))
      assert.equal(new Set(ids(taken.flat())).size, taken.flat().length)
      const left = await fixture.store.outbox.take('last', { limit: 100, now: at(100), until: at(105) })
      assert.equal(taken.flat().length + left.length, 60)
    })
  })
}
