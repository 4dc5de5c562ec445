import assert from 'node:assert/strict'
import { BuildQueue, ownerOf } from '../../cache/build-queue.ts'

describe('BuildQueue', () => {
  const open = (options: Partial<ConstructorParameters<typeof BuildQueue>[0]> = {}): BuildQueue => new BuildQueue({ threads: 2, waiting: 100, waitingOfOwner: 10, ...options })
  /** Notes in `order` who is given a place. */
  const enter = (queue: BuildQueue, order: string[], owner: string, name = owner): Promise<boolean> => queue.take(owner).then((given) => {
    order.push(given ? name : `not ${name}`)
    return given
  })
  const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

  it('keeps one of two threads from every owner, for the next one', async () => {
    const queue = open()
    const order: string[] = []
    for (const name of ['a1', 'a2', 'a3']) enter(queue, order, 'a', name)
    enter(queue, order, 'b')
    await turn()
    assert.deepEqual(order, ['a1', 'b'])
  })

  it('lets owners take turns, whatever each has waiting', async () => {
    const queue = open({ threads: 1 })
    const order: string[] = []
    for (const name of ['a1', 'a2', 'a3']) enter(queue, order, 'a', name)
    enter(queue, order, 'b', 'b1')
    enter(queue, order, 'c', 'c1')
    enter(queue, order, 'b', 'b2')
    for (const owner of ['a', 'a', 'b', 'c', 'a', 'b']) {
      await turn()
      queue.giveBack(owner)
    }
    assert.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
  })

  it('gives all threads back', async () => {
    const queue = open({ threads: 3 })
    for (let round = 0; round < 3; round++) {
      for (const owner of ['a', 'a', 'b']) assert.equal(await queue.take(owner), true)
      for (const owner of ['b', 'a', 'a']) queue.giveBack(owner)
    }
  })

  it('bounds what one owner has waiting, and all of them', async () => {
    const queue = open({ threads: 1, waiting: 3, waitingOfOwner: 2 })
    const order: string[] = []
    for (const name of ['a1', 'a2', 'a3', 'a4']) enter(queue, order, 'a', name)
    for (const name of ['b1', 'b2']) enter(queue, order, 'b', name)
    await turn()
    assert.deepEqual(order, ['a1', 'not a4', 'not b2'])
  })

  it('counts the departments of an organisation as one owner, users and organisations apart', () => {
    assert.equal(ownerOf({ type: 'organization', id: 'o', department: 'd' }), ownerOf({ type: 'organization', id: 'o' }))
    assert.notEqual(ownerOf({ type: 'organization', id: 'o' }), ownerOf({ type: 'user', id: 'o' }))
  })
})
