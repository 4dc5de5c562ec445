import assert from 'node:assert/strict'
import { CallsBusy, callPlacesFor, createCallPlaces } from '../../runner/call-places.ts'

const never = new AbortController().signal
const options = { calls: 3, ownerCalls: 2, waiting: 3, ownerWaiting: 2, waitMs: 1_000 }

describe('createCallPlaces(options)', () => {
  it('lets in as many as there are places, in all and for one owner, then the next in turn', async () => {
    const places = createCallPlaces(options)
    const leave = [await places.enter('a', never), await places.enter('a', never)]
    const order: string[] = []
    const third = places.enter('a', never).then(done => { order.push('a3'); return done })
    const b1 = await places.enter('b', never) // not held up by the other owner's line
    const b2 = places.enter('b', never).then(done => { order.push('b2'); return done })
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(order, [])
    leave[0]?.()
    leave[0]?.() // twice is once
    await third
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(order, ['a3'])
    b1()
    await b2
    assert.deepEqual(order, ['a3', 'b2'])
  })

  it('refuses an owner who has too many waiting, and everybody when all places in the line are taken', async () => {
    const places = createCallPlaces(options)
    for (const owner of ['a', 'a', 'b']) await places.enter(owner, never)
    for (let n = 0; n < 2; n++) places.enter('a', never).catch(assert.ifError)
    await assert.rejects(places.enter('a', never), (error: CallsBusy) => error.code === 'calls-busy' && error.by === 'owner')
    places.enter('c', never).catch(assert.ifError)
    await assert.rejects(places.enter('d', never), (error: CallsBusy) => error.by === 'all' && error.retrySeconds > 0)
  })

  it('gives up a place in the line when the wait is over', async () => {
    const places = createCallPlaces({ ...options, calls: 1, ownerCalls: 1 })
    const leave = await places.enter('a', never)
    const over = new AbortController()
    const late = places.enter('b', over.signal)
    const next = places.enter('c', never)
    over.abort()
    await assert.rejects(late, CallsBusy)
    leave()
    ;(await next)()
  })

  it('leaves at least half of the cells to runs', () => {
    for (const cells of [2, 3, 8, 100]) assert.ok(callPlacesFor(cells).calls <= cells / 2)
    assert.equal(callPlacesFor(1).calls, 1)
  })
})
