import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { openPools } from './pool.ts'
import type { Lease } from '../../../runner/cells/index.ts'
import type { TestPools } from './pool.ts'

/** Processes of this one that hold a cell, the dying ones included. */
function cellProcesses (): number {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return state !== 'Z' && Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cell.mjs')
    } catch {
      return false // gone meanwhile
    }
  }).length
}

async function settled (promise: Promise<unknown>, ms: number): Promise<boolean> {
  return await Promise.race([promise.then(() => true, () => true), wait(ms).then(() => false)])
}

describe('a pool of cells that is full', function () {
  this.timeout(30_000)
  let pools: TestPools
  before(async () => { pools = await openPools() })
  afterEach(async () => await pools.closeAll())
  after(async () => await pools?.end())

  it('never has more processes than `max`, however many ask at once, and serves all of them in turn', async () => {
    const cells = pools.open({ max: 3, spares: 1 })
    let most = 0
    const looking = setInterval(() => { most = Math.max(most, cellProcesses(), cells.list().length) }, 10)
    await cells.warm()
    await Promise.all(Array.from({ length: 12 }, async (_, index) => {
      const lease = await cells.acquire(`user:${index}`)
      await wait(20)
      lease.release()
    }))
    clearInterval(looking)
    assert.ok(most > 0 && most <= 3, `${most} processes at once`)
  })

  it('ends an idle cell of another owner for the one who waits', async () => {
    const cells = pools.open({ max: 1 })
    const first = await cells.acquire('user:a')
    first.release()
    const second = await cells.acquire('user:b')
    assert.notEqual(second.cell, first.cell)
    assert.deepEqual(await first.cell.dead, { by: 'runner', reason: 'retired' })
    second.release()
  })

  it('serves those who wait in the order in which they came', async () => {
    const cells = pools.open({ max: 1 })
    const first = await cells.acquire('user:a')
    const order: string[] = []
    const waiting = ['b', 'c', 'd'].map(async name => {
      const lease = await cells.acquire(`user:${name}`)
      order.push(name)
      lease.release()
    })
    assert.equal(await settled(Promise.race(waiting), 150), false, 'nobody gets a place while it is taken')
    first.release()
    await Promise.all(waiting)
    assert.deepEqual(order, ['b', 'c', 'd'])
  })

  it('lets an owner use the free threads of his own cell meanwhile, and drains one cell for who waits', async () => {
    const cells = pools.open({ max: 2, threads: 2 })
    const a = await cells.acquire('user:a')
    const b1 = await cells.acquire('user:b', { alone: true })
    const late = cells.acquire('user:c')
    assert.equal(await settled(late, 100), false)
    assert.equal(a.cell.retiring, true, 'the cell of a takes no more runs')
    a.release()
    const c = await late
    const c2 = await cells.acquire('user:c')
    assert.equal(c2.cell, c.cell)
    for (const lease of [b1, c, c2]) lease.release()
  })

  it('does not let one owner who is never idle keep the others out', async () => {
    const cells = pools.open({ max: 1, threads: 2 })
    let current: Lease = await cells.acquire('user:a')
    const other = { served: false }
    const waiting = cells.acquire('user:b').then(lease => {
      other.served = true
      lease.release()
    })
    for (let turn = 0; turn < 40 && !other.served; turn++) {
      const next = cells.acquire('user:a') // begins before the last one has ended
      await settled(next, 30)
      current.release()
      current = await next
    }
    current.release()
    await waiting
    assert.equal(other.served, true)
  })

  it('gives a place to somebody else when who waits for it gives up', async () => {
    const cells = pools.open({ max: 1 })
    const first = await cells.acquire('user:a')
    const given = new AbortController()
    const up = cells.acquire('user:b', { signal: given.signal })
    const next = cells.acquire('user:c')
    given.abort(new Error('enough'))
    await assert.rejects(up, /enough/)
    first.release()
    ;(await next).release()
    await assert.rejects(cells.acquire('user:d', { signal: given.signal }), /enough/)
  })

  it('refuses those who wait when it closes', async () => {
    const cells = pools.open({ max: 1 })
    await cells.acquire('user:a')
    const waiting = cells.acquire('user:b')
    const refused = assert.rejects(waiting, /closed/)
    await cells.close()
    await refused
  })
})
