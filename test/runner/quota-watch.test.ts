import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { watchQuota } from '../../runner/quota-watch.ts'
import type { Run, Store } from '../../store/types.ts'
import { openTemporaryStore, processing, type TemporaryStore } from './temporary-store.ts'

const OWNER = { type: 'organization', id: 'town', name: 'Town' } as const

describe('watchQuota(options, run, onReached)', () => {
  let kept: TemporaryStore
  let store: Store
  beforeEach(async () => {
    kept = await openTemporaryStore()
    store = kept.store
  })
  afterEach(async () => await kept.dispose())

  const begin = async (id: string, agoMs = 0): Promise<Run> => {
    const date = new Date(Date.now() - agoMs).toISOString()
    await store.processings.insert(processing(id))
    await store.runs.replacePending({ _id: `run-${id}`, owner: OWNER, processing: { _id: id, title: id }, status: 'triggered', createdAt: date, scheduledAt: date })
    const run = await store.runs.claim(`run-${id}`, 'runner', date)
    assert.ok(run !== undefined)
    return run
  }
  /** Milliseconds until the quota is reached, undefined when it is not. */
  const reached = async (run: Run, defaultSeconds: number, { forMs = 1000, lookMs = 100 } = {}): Promise<number | undefined> => {
    const start = performance.now()
    const told = Promise.withResolvers<number>()
    const watch = watchQuota({ store, defaultSeconds, lookMs, onError: told.reject }, run, () => told.resolve(performance.now() - start))
    const at = await Promise.race([told.promise, wait(forMs, undefined)])
    watch.close()
    return at
  }

  it('tells as soon as the time is used up, not before', async () => {
    const ms = await reached(await begin('a'), 0.4)
    assert.ok(ms !== undefined && ms >= 350, String(ms))
  })

  it('counts what other runs of the account use meanwhile, and not those of other accounts', async () => {
    const run = await begin('a')
    await begin('b', 10_000)
    assert.ok(await reached(run, 5) !== undefined)
    assert.equal(await reached({ ...run, owner: { ...OWNER, id: 'village' } }, 5, { forMs: 300 }), undefined)
  })

  it('sees a limit that is set later', async () => {
    const run = await begin('a')
    const watched = reached(run, -1, { forMs: 3000 })
    await wait(200)
    await store.limits.put(OWNER, { lastUpdate: new Date().toISOString(), processings_seconds: { limit: 10, consumption: 10 } })
    assert.ok(await watched !== undefined)
  })

  it('tells nothing once it is closed, nor without a limit', async () => {
    const run = await begin('a')
    assert.equal(await reached(run, -1, { forMs: 300 }), undefined)
    let told = false
    const watch = watchQuota({ store, defaultSeconds: 0, onError: error => assert.fail(String(error)) }, run, () => { told = true })
    watch.close()
    await wait(100)
    assert.equal(told, false)
  })

  it('lets the run go on while the store fails, and reports it', async () => {
    const run = await begin('a')
    const errors: unknown[] = []
    const closed = { ...store, limits: { ...store.limits, get: async () => { throw new Error('away') } } } as Store // one operation of a real one fails
    let told = false
    const watch = watchQuota({ store: closed, defaultSeconds: 0, onError: error => { errors.push(error) } }, run, () => { told = true })
    await wait(100)
    watch.close()
    assert.deepEqual([told, errors.length], [false, 1])
  })
})
