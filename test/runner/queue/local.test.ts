import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { createLocalQueue } from '../../../runner/queue/local.ts'
import { testQueue } from './contract.ts'

testQueue('local', async () => createLocalQueue())

describe('queue: local, its own promises', () => {
  it('keeps the entries that are due first when it is full', async () => {
    let now = 1_000
    let calls = 0
    const queue = createLocalQueue({ capacity: 2, clock: () => now })
    await queue.schedule('last', new Date(now + 30_000).toISOString())
    await queue.schedule('second', new Date(now + 20_000).toISOString())
    await queue.schedule('first', new Date(now + 10_000).toISOString())
    await queue.start(() => { calls++ })
    now += 25_000 // both that were kept are due, the forgotten one is not
    await queue.cancel('unknown') // looks at the clock again
    await delay(20)
    assert.equal(calls, 1)
    now += 10_000
    await queue.cancel('unknown')
    await delay(20)
    assert.equal(calls, 1)
    await queue.close()
  })

  it('takes ten thousand entries quickly, and announces them together', async () => {
    let calls = 0
    const queue = createLocalQueue()
    const from = Date.now() + 300
    for (let i = 0; i < 10_000; i++) await queue.schedule(`run-${i}`, new Date(from + (i * 7919) % 10).toISOString())
    assert(Date.now() < from, 'adding took longer than 300 ms')
    await queue.start(() => { calls++ })
    await delay(from + 100 - Date.now())
    assert(calls >= 1 && calls <= 11, `${calls} calls`)
    await queue.close()
  })
})
