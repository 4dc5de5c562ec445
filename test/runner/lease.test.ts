import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createLease, type Lease } from '../../runner/lease.ts'
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts'
import type { RunnerRecord, Store } from '../../store/types.ts'

describe('lease', () => {
  let temporary: TemporaryStore
  const leases: Lease[] = []
  const errors: unknown[] = []

  beforeEach(async () => { temporary = await openTemporaryStore() })
  afterEach(async () => {
    for (const lease of leases.splice(0)) await lease.stop()
    await temporary.dispose()
    assert.deepEqual(errors.splice(0), [])
  })

  function open (store: Pick<Store, 'runners'> = temporary.store, clock?: () => number): Lease {
    const lease = createLease({ store, heartbeatMs: 20, deadAfterMs: 10_000, onError: error => errors.push(error), ...(clock === undefined ? {} : { clock }) })
    leases.push(lease)
    return lease
  }
  const records = async (): Promise<RunnerRecord[]> => await temporary.store.runners.list()
  async function started (lease: Lease): Promise<RunnerRecord> {
    await lease.start()
    const record = (await records()).find(record => record.id === lease.id)
    assert(record !== undefined)
    return record
  }

  it('beats while it lives, and leaves no record when it stops', async () => {
    const lease = open()
    const first = await started(lease)
    assert.equal(first.pid, process.pid)
    await delay(120)
    const [later] = await records()
    assert(later !== undefined && later.heartbeatAt > first.heartbeatAt)
    await lease.stop()
    await delay(60)
    assert.deepEqual(await records(), [])
    await lease.stop()
  })

  it('takes neither itself nor another runner of its process for dead', async () => {
    const [one, other] = [open(), open()]
    const [a, b] = [await started(one), await started(other)]
    assert.equal(one.isDead(a, Date.now()), false)
    assert.equal(one.isDead(b, Date.now()), false)
  })

  it('takes a process of this machine that has gone for dead at once', async () => {
    const lease = open()
    const record = await started(lease)
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const other = { ...record, id: 'other', pid: child.pid as number, heartbeatAt: new Date(Date.now() + 1_000).toISOString() } // spawned
    assert.equal(lease.isDead(other, Date.now()), false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(lease.isDead(other, Date.now()), true)
  })

  it('takes a former runner with the number of this process for dead at once (a restarted container)', async () => {
    const lease = open()
    const record = await started(lease)
    assert.equal(lease.isDead({ ...record, id: 'former' }, Date.now()), true)
  })

  it('sees that another process has got the number of a runner', async function () {
    if (process.platform !== 'linux') {
      console.log('      only Linux tells when a process began: not run')
      this.skip()
    }
    const lease = open()
    const record = await started(lease)
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const other = { ...record, id: 'other', pid: child.pid as number } // spawned
    assert.equal(lease.isDead({ ...other, heartbeatAt: new Date(Date.now() - 9_000).toISOString() }, Date.now()), true)
    assert.equal(lease.isDead(other, Date.now()), false)
    child.kill('SIGKILL')
    await once(child, 'exit')
  })

  it('judges runners elsewhere by the age of their heartbeat', async () => {
    const lease = open()
    const elsewhere = { ...await started(lease), id: 'elsewhere', host: 'another machine', pid: 999_999_999 }
    const beatMs = Date.parse(elsewhere.heartbeatAt)
    assert.equal(lease.isDead(elsewhere, beatMs + 10_000), false)
    assert.equal(lease.isDead(elsewhere, beatMs + 10_001), true)
  })

  it('takes a process of this machine that hangs for dead after the same time', async () => {
    const lease = open()
    const hanging = { ...await started(lease), id: 'hanging', pid: process.ppid }
    assert.equal(lease.isDead(hanging, Date.parse(hanging.heartbeatAt) + 10_001), true)
  })

  it('reports a heartbeat that fails, and goes on', async () => {
    let beats = 0
    const { runners } = temporary.store
    const lease = open({ runners: { ...runners, beat: async record => { if (++beats === 2) throw new Error('busy'); await runners.beat(record) } } })
    await lease.start()
    await delay(150)
    assert(beats > 2)
    assert.equal(errors.length, 1)
    errors.length = 0
  })
})
