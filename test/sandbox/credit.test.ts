import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Credit } from '../../sandbox/credit.ts'

const SPENDER = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(workerData.url).then(({ Credit }) => {
    const credit = new Credit(workerData.shared)
    for (let i = 1; i <= workerData.count; i++) { credit.spend(); parentPort.postMessage(i) }
  })`

describe('Credit', () => {
  it('holds the thread back until what it sent is taken', async () => {
    const credit = new Credit()
    let sent = 0
    const worker = new Worker(SPENDER, { eval: true, workerData: { url: new URL('../../sandbox/credit.ts', import.meta.url).href, shared: credit.shared, count: 300 } })
    const ended = once(worker, 'exit')
    worker.on('message', () => { sent++ })
    await once(worker, 'message')
    await wait(50)
    assert.ok(sent < 70, `${sent} were sent though none was taken`)
    const taking = setInterval(() => { for (let i = 0; i < 20; i++) credit.give() }, 1)
    await ended
    clearInterval(taking)
    assert.equal(sent, 300)
  })

  it('is not patient for ever: a thread that nobody relieves still looks at its messages', () => {
    const credit = new Credit()
    const start = performance.now()
    for (let i = 0; i < 64; i++) credit.spend()
    const tookMs = performance.now() - start
    assert.ok(tookMs >= 90 && tookMs < 1_000, `${tookMs}`)
  })
})
