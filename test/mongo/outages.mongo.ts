import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { openMongoStore } from '../../store/mongo/index.ts'
import type { Store } from '../../store/types.ts'
import { at, claimed, entry, finish, ids, outcome, processing, run } from '../store/contract/samples.ts'
import { layWire } from './cut.ts'
import { testDatabase, type TestDatabase } from './mongo-server.ts'
import { jarsAreThere, startStandIn } from './stand-in.ts'

const UNAVAILABLE = { name: 'StoreError', code: 'unavailable' }

describe('store mongo, when its server goes away', () => {
  let database: TestDatabase
  let wire: Awaited<ReturnType<typeof layWire>>
  let store: Store
  beforeEach(async () => {
    database = testDatabase()
    wire = await layWire()
    store = await openMongoStore({ url: wire.through(database.url), serverSelectionTimeoutMs: 1_500 })
    await store.processings.insert(processing('p1'))
  })
  afterEach(async () => {
    await store.close()
    await wire.close()
    await database.drop()
  })

  it('says so, names no password, and acknowledges nothing that it could not write', async () => {
    wire.cut()
    await assert.rejects(store.processings.insert(processing('p2')), { ...UNAVAILABLE, message: /^the database vivarium-test-.* does not answer/ })
    await assert.rejects(store.processings.get('p1'), UNAVAILABLE)
    await assert.rejects(store.ping(), UNAVAILABLE)
    wire.mend()
    assert.equal(await eventually(async () => await store.processings.get('p2')), undefined)
  })

  it('goes on by itself when the server is back', async () => {
    await claimed(store, 'r1', 'p1')
    wire.cut()
    await assert.rejects(store.runs.finish('r1', 1, finish()), UNAVAILABLE)
    wire.mend()
    const ended = await eventually(async () => await store.runs.finish('r1', 1, finish()))
    assert.equal(ended?.status, 'finished')
    assert.equal((await store.processings.get('p1'))?.lastRun?.status, 'finished')
  })

  it('reads again without a word when a connection breaks', async () => {
    for (let n = 0; n < 5; n++) {
      wire.cut()
      wire.mend()
      assert.equal((await store.processings.get('p1'))?._id, 'p1')
    }
  })

  it('recognises a claim whose answer was lost, and no one else gets the run', async () => {
    await store.runs.replacePending(run('r1', 'p1'))
    wire.loseAnswerTo('findAndModify')
    const claim = await store.runs.claim('r1', 'runner-1', at(1))
    assert.deepEqual([claim?._id, claim?.attempt, claim?.runner], ['r1', 1, 'runner-1'])
    assert.equal(await store.runs.claim('r1', 'runner-2', at(1)), undefined)
  })

  for (const [what, lost] of [['taken its numbers', 'logged'], ['been inserted', 'run-logs']] as const) {
    it(`keeps each line once when the answer is lost after a batch has ${what}, and its writer says it again with more`, async () => {
      await claimed(store, 'r1', 'p1')
      await store.logs.append('r1', 1, [entry(1)])
      wire.loseAnswerTo(lost)
      await assert.rejects(store.logs.append('r1', 1, [entry(2), entry(3)]), UNAVAILABLE)
      assert.equal(await eventually(async () => await store.logs.append('r1', 1, [entry(2), entry(3), entry(4)])), true)
      assert.deepEqual(await store.logs.read('r1', { limit: 10 }), [1, 2, 3, 4].map(seq => entry(seq)))
      await assert.rejects(store.logs.append('r1', 1, [entry(2)]), { code: 'sequence' })
    })
  }

  it('tells the last run of a processing right, although whoever ended it was cut short', async () => {
    await claimed(store, 'r1', 'p1')
    await database.db.collection<{ _id: string }>('runs').updateOne({ _id: 'r1' }, { $set: { status: 'error', finishedAt: at(3), outcome }, $unset: { slot: '', runner: '' } })
    const { results } = await store.processings.list({}, { size: 1, skip: 0 })
    assert.equal(results[0]?.lastRun?.status, 'error')
    assert.deepEqual(ids((await store.processings.list({ statuses: ['error'] }, { size: 1, skip: 0 })).results), ['p1'], 'and it is written there')
  })

  it('finds a server that has ended and started again at the same address', async function () {
    if (!jarsAreThere()) {
      console.log('      the stand-in is not here, and no server of yours is stopped: not run')
      return this.skip()
    }
    this.timeout(60_000)
    const first = await startStandIn()
    const there = await openMongoStore({ url: `mongodb://127.0.0.1:${first.port}/restarted`, serverSelectionTimeoutMs: 400 })
    let second: Awaited<ReturnType<typeof startStandIn>> | undefined
    try {
      await there.processings.insert(processing('p1'))
      await first.kill()
      await assert.rejects(there.processings.insert(processing('p2')), UNAVAILABLE)
      second = await startStandIn(first.port)
      await eventually(async () => await there.processings.insert(processing('p2')))
      assert.equal((await there.processings.get('p2'))?._id, 'p2')
    } finally {
      await there.close()
      await first.kill()
      await second?.kill()
    }
  })

  it('is not there at the start: the sentence says which one is wanted', async () => {
    wire.cut()
    const url = new URL(wire.through(database.url))
    url.username = 'someone'
    url.password = 'hunter2'
    await assert.rejects(openMongoStore({ url: url.href, serverSelectionTimeoutMs: 200 }), error => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, 'unavailable')
      assert.match(error.message, /127\.0\.0\.1/)
      assert.doesNotMatch(error.message, /hunter2/)
      return true
    })
  })

  it('cannot be used once it is closed', async () => {
    await store.close()
    await assert.rejects(store.processings.get('p1'), UNAVAILABLE)
    await store.close()
  })
})

describe('the address of a database', () => {
  for (const url of ['mongodb://localhost:27017', 'mongodb://localhost:27017/', 'http://localhost/name', 'nonsense', 'mongodb://localhost/name?w=']) {
    it(`is refused when it is ${url}`, async () => await assert.rejects(openMongoStore({ url }), { name: 'StoreError', code: 'invalid' }))
  }
})

/** As the service does: what is out of reach is asked again. */
async function eventually<T> (work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === 50 || !(error instanceof Error && 'code' in error && error.code === 'unavailable')) throw error
      await delay(50)
    }
  }
}
