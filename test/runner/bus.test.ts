import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { createBus } from '../../runner/bus.ts'

describe('bus', () => {
  it('calls listeners after publish has returned', async () => {
    const bus = createBus()
    const order: string[] = []
    bus.subscribe('due', () => order.push('listener'))
    bus.publish('due')
    order.push('published')
    await turn()
    assert.deepEqual(order, ['published', 'listener'])
  })

  it('delivers a topic once for all messages of one turn, each topic by itself', async () => {
    const bus = createBus()
    const calls: string[] = []
    bus.subscribe('due', () => calls.push('due'))
    bus.subscribe('run:a', () => calls.push('a'))
    bus.subscribe('run:b', () => calls.push('b'))
    for (let i = 0; i < 100; i++) bus.publish('due')
    bus.publish('run:a')
    await turn()
    assert.deepEqual(calls, ['due', 'a'])
    bus.publish('due')
    await turn()
    assert.deepEqual(calls, ['due', 'a', 'due'])
  })

  it('goes on when a listener throws or rejects, and reports it', async () => {
    const errors: string[] = []
    const bus = createBus({ onError: (error, topic) => errors.push(`${topic}: ${(error as Error).message}`) })
    let called = 0
    bus.subscribe('kill', () => { throw new Error('thrown') })
    bus.subscribe('kill', async () => { throw new Error('rejected') })
    bus.subscribe('kill', () => { called++ })
    bus.publish('kill')
    await turn()
    assert.equal(called, 1)
    assert.deepEqual(errors, ['kill: thrown', 'kill: rejected'])
  })

  it('calls nobody whose subscription has ended, even while a message is on its way', async () => {
    const bus = createBus()
    let calls = 0
    const listener = (): void => { calls++ }
    const endFirst = bus.subscribe('due', listener)
    bus.subscribe('due', listener) // the same function, a subscription of its own
    bus.publish('due')
    endFirst()
    endFirst()
    await turn()
    assert.equal(calls, 1)
  })

  it('does not lose a message that a listener publishes', async () => {
    const bus = createBus()
    let calls = 0
    bus.subscribe('due', () => { if (++calls < 3) bus.publish('due') })
    bus.publish('due')
    for (let i = 0; i < 5; i++) await turn()
    assert.equal(calls, 3)
  })
})
