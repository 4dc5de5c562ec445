/** What every queue promises. A driver is named once: `testQueue('local', async () => createLocalQueue())`. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Queue } from '../../../runner/queue/types.ts'

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

/** `open` answers a new, empty queue that has not been started. */
export function testQueue (name: string, open: () => Promise<Queue>): void {
  describe(`queue: ${name}`, () => {
    let queue: Queue
    let calls: number[]

    /** Resolves once onDue has been called so many times. */
    async function called (times: number): Promise<void> {
      const deadline = Date.now() + 5_000
      while (calls.length < times) {
        assert(Date.now() < deadline, `onDue was called ${calls.length} times, ${times} were expected`)
        await delay(5)
      }
    }
    const start = async (): Promise<void> => await queue.start(() => { calls.push(Date.now()) })

    beforeEach(async () => {
      queue = await open()
      calls = []
    })
    afterEach(async () => { await queue.close() })

    it('says soon that a run is due whose date has passed', async () => {
      await start()
      await queue.schedule('a', inMs(-1_000))
      await called(1)
    })

    it('says that a run is due at its time, not before', async () => {
      await start()
      const dueAt = Date.now() + 120
      await queue.schedule('a', new Date(dueAt).toISOString())
      await called(1)
      assert((calls[0] as number) >= dueAt, 'onDue was called before the due time')
    })

    it('keeps what was scheduled before the start', async () => {
      await queue.schedule('a', inMs(-1_000))
      await start()
      await called(1)
    })

    it('forgets a run that was cancelled; an unknown one is no error', async () => {
      await start()
      await queue.schedule('a', inMs(80))
      await queue.cancel('a')
      await queue.cancel('unknown')
      await delay(200)
      assert.equal(calls.length, 0)
    })

    it('moves a run that is scheduled again, earlier or later', async () => {
      await start()
      await queue.schedule('later', inMs(60))
      await queue.schedule('later', inMs(60_000))
      await delay(150)
      assert.equal(calls.length, 0)
      await queue.schedule('later', inMs(-1))
      await called(1)
    })

    it('says it once for a run that is scheduled twice with the same date', async () => {
      await start()
      const dueAt = inMs(60)
      await queue.schedule('a', dueAt)
      await queue.schedule('a', dueAt)
      await called(1)
      await delay(100)
      assert.equal(calls.length, 1)
    })

    it('says that the next run is due after an earlier one', async () => {
      await start()
      await queue.schedule('b', inMs(160))
      await queue.schedule('a', inMs(40))
      await called(2)
      assert((calls[1] as number) - (calls[0] as number) >= 60, 'two runs with different dates were announced together')
    })

    it('waits for dates that no single timer can wait for', async () => {
      await start()
      await queue.schedule('far', inMs(2 ** 31 + 1_000))
      await queue.schedule('farther', '2200-01-01T00:00:00.000Z')
      await delay(100)
      assert.equal(calls.length, 0)
    })

    it('refuses what is no date', async () => {
      await assert.rejects(queue.schedule('a', 'tomorrow'), { name: 'TypeError', message: /a date to schedule run a, found "tomorrow"/ })
    })

    it('says nothing after close, and closing twice is harmless', async () => {
      await start()
      await queue.schedule('a', inMs(60))
      await queue.close()
      await queue.close()
      await queue.schedule('b', inMs(-1))
      await queue.cancel('b')
      await delay(150)
      assert.equal(calls.length, 0)
    })
  })
}
