import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at } from './samples.ts'

export function testService (fixture: Fixture): void {
  describe('versions and small documents', () => {
    it('are unknown until they are written, and survive', async () => {
      const { meta } = fixture.store
      assert.equal(await meta.version('processings'), undefined)
      assert.equal(await meta.read('processings'), undefined)
      await meta.setVersion('processings', '5.2.0')
      await meta.setVersion('processings', '6.0.0')
      await meta.write('processings', { cursor: 'r9', done: [1, null] })
      const again = await fixture.reopen()
      assert.equal(await again.meta.version('processings'), '6.0.0')
      assert.deepEqual(await again.meta.read('processings'), { cursor: 'r9', done: [1, null] })
      assert.equal(await again.meta.version('other'), undefined)
    })
  })

  describe('locks', () => {
    it('are held by one owner until released', async () => {
      const { locks } = fixture.store
      assert.equal(await locks.acquire('upgrade', 'one', at(0), at(5)), true)
      assert.equal(await locks.acquire('upgrade', 'two', at(4), at(9)), false)
      assert.equal(await locks.acquire('other', 'two', at(4), at(9)), true)
      assert.deepEqual(await locks.get('upgrade'), { name: 'upgrade', owner: 'one', until: at(5) })
      assert.equal(await locks.release('upgrade', 'two'), false)
      assert.equal(await locks.release('upgrade', 'one'), true)
      assert.equal(await locks.release('upgrade', 'one'), false)
      assert.equal(await locks.get('upgrade'), undefined)
      assert.equal(await locks.acquire('upgrade', 'two', at(4), at(9)), true)
    })

    it('may be acquired again by their owner, which extends them', async () => {
      const { locks } = fixture.store
      await locks.acquire('upgrade', 'one', at(0), at(5))
      assert.equal(await locks.acquire('upgrade', 'one', at(1), at(6)), true)
      assert.equal((await locks.get('upgrade'))?.until, at(6))
    })

    it('pass to another when their time is over, and the former owner is told', async () => {
      const { locks } = fixture.store
      await locks.acquire('upgrade', 'one', at(0), at(5))
      assert.equal(await locks.renew('upgrade', 'one', at(8)), true)
      assert.equal(await locks.acquire('upgrade', 'two', at(7), at(12)), false)
      assert.equal(await locks.acquire('upgrade', 'two', at(8), at(12)), true)
      assert.equal(await locks.renew('upgrade', 'one', at(20)), false)
      assert.equal(await locks.release('upgrade', 'one'), false)
      assert.deepEqual(await locks.get('upgrade'), { name: 'upgrade', owner: 'two', until: at(12) })
      assert.equal(await locks.renew('nothing', 'one', at(20)), false)
    })

    it('go to one of many who want them, new or over', async () => {
      const other = await fixture.reopen()
      for (const now of [at(0), at(5)]) {
        const won = await Promise.all(Array.from({ length: 20 }, async (_, n) =>
          await (n % 2 === 0 ? fixture.store : other).locks.acquire('upgrade', `${now} ${n}`, now, now === at(0) ? at(5) : at(10))))
        assert.equal(won.filter(Boolean).length, 1)
      }
    })
  })

  describe('contents that crash', () => {
    const crash = (minutes: number, alone = false, content = 'sha512-a'): Parameters<typeof fixture.store.crashes.record>[0] =>
      ({ content, artefact: '@example/bad', runId: `r${minutes}`, date: at(minutes), alone })

    it('are known by their last crashes and by the first that convicted them', async () => {
      const { crashes } = fixture.store
      assert.equal(await crashes.get('sha512-a'), undefined)
      const first = { content: 'sha512-a', artefact: '@example/bad', crashes: [at(1)] }
      assert.deepEqual(await crashes.record(crash(1)), first)
      const convicted = { ...first, crashes: [at(1), at(2)], convicted: { date: at(2), runId: 'r2' } }
      assert.deepEqual(await crashes.record(crash(2, true)), convicted)
      assert.deepEqual(await crashes.record(crash(3, true)), { ...convicted, crashes: [at(1), at(2), at(3)] })
      assert.deepEqual((await crashes.record(crash(4)))?.convicted, convicted.convicted)
      assert.equal(await crashes.get('sha512-b'), undefined)
    })

    it('keep so many crashes and no more', async () => {
      const { crashes } = fixture.store
      for (let n = 0; n < 30; n++) await crashes.record(crash(n))
      assert.deepEqual((await crashes.get('sha512-a'))?.crashes, Array.from({ length: 20 }, (_, n) => at(n + 10)))
    })

    it('lose no crash that comes at the same time as another', async () => {
      const other = await fixture.reopen()
      await Promise.all(Array.from({ length: 10 }, async (_, n) => (n % 2 === 0 ? fixture.store : other).crashes.record(crash(n))))
      assert.equal((await other.crashes.get('sha512-a'))?.crashes.length, 10)
    })

    it('are listed by their last crash, pardoned, and forgotten with time', async () => {
      const { crashes } = fixture.store
      await crashes.record(crash(1, false, 'a'))
      await crashes.record(crash(2, true, 'b'))
      await crashes.record(crash(3, true, 'c'))
      const contents = async (limit = 9): Promise<string[]> => (await crashes.list(limit)).map(({ content }) => content)
      await crashes.record(crash(4, false, 'a'))
      assert.deepEqual(await contents(), ['a', 'c', 'b'])
      assert.deepEqual(await contents(1), ['a'])
      assert.equal(await crashes.pardon('c'), true)
      assert.equal(await crashes.pardon('c'), false)
      assert.equal(await crashes.prune(at(4), 9), 1)
      assert.deepEqual(await contents(), ['a'])
    })
  })
}
