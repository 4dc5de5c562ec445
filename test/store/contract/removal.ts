import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at, claimed, ended, entry, finish, ids, processing, run } from './samples.ts'

const ALL = { size: 100, skip: 0 }

export function testRemoval (fixture: Fixture): void {
  describe('removal', () => {
    beforeEach(async () => {
      for (const id of ['p1', 'p2']) await fixture.store.processings.insert(processing(id))
    })

    it('of a processing takes its runs and their logs, and no others', async () => {
      const { processings, runs, logs } = fixture.store
      for (const [id, of] of [['r1', 'p1'], ['r2', 'p1'], ['x', 'p2']] as const) {
        await claimed(fixture.store, id, of)
        await logs.append(id, 1, [entry(1)])
        await runs.finish(id, 1, finish())
      }
      await claimed(fixture.store, 'r3', 'p1')
      await logs.append('r3', 1, [entry(1)])
      assert.equal(await processings.remove('p1'), true)
      assert.equal(await processings.remove('p1'), false)
      assert.equal(await processings.get('p1'), undefined)
      assert.deepEqual(ids((await runs.list({}, ALL)).results), ['x'])
      assert.deepEqual(await runs.held(), [])
      for (const id of ['r1', 'r2', 'r3']) assert.equal(await logs.last(id), 0)
      assert.equal(await logs.last('x'), 1)
      assert.deepEqual(ids((await processings.list({ q: 'p1' }, ALL)).results), [])
    })

    it('of a processing leaves nothing behind under its id', async () => {
      await ended(fixture.store, 'r1', 'p1')
      await fixture.store.processings.remove('p1')
      await fixture.store.processings.insert(processing('p1', { title: 'Again' }))
      assert.deepEqual(await fixture.store.processings.get('p1'), processing('p1', { title: 'Again' }))
      assert.equal((await fixture.store.runs.replacePending(run('r1', 'p1'))).ok, true)
    })

    it('of a run takes its log and refuses what its holder still writes', async () => {
      const { runs, logs } = fixture.store
      await claimed(fixture.store, 'r1', 'p1')
      await logs.append('r1', 1, [entry(1)])
      assert.equal(await runs.remove('r1'), true)
      assert.equal(await runs.remove('r1'), false)
      assert.equal(await logs.last('r1'), 0)
      assert.equal(await logs.append('r1', 1, [entry(1)]), false)
      assert.equal(await runs.finish('r1', 1, finish()), undefined)
      assert.equal((await runs.replacePending(run('r2', 'p1'))).ok, true)
    })

    it('beyond the newest keeps those by creation date, and deletes the logs of the others', async () => {
      const { runs, logs } = fixture.store
      for (const [id, minute] of [['new', 4], ['old', 1], ['middle', 3], ['older', 2]] as const) {
        await claimed(fixture.store, id, 'p1', { createdAt: at(minute) })
        await logs.append(id, 1, [entry(1)])
        await runs.finish(id, 1, finish())
      }
      await ended(fixture.store, 'x', 'p2')
      assert.equal(await runs.retain('p1', 2), 2)
      assert.equal(await runs.retain('p1', 2), 0)
      assert.deepEqual(ids((await runs.list({ processings: ['p1'] }, ALL)).results), ['middle', 'new'])
      assert.equal(await logs.last('old'), 0)
      assert.equal(await logs.last('new'), 1)
      assert.notEqual(await runs.get('x'), undefined)
    })

    it('beyond the newest neither counts nor deletes runs that wait or are held', async () => {
      const { runs } = fixture.store
      await ended(fixture.store, 'r1', 'p1', {}, { createdAt: at(5) })
      await runs.replacePending(run('r2', 'p1', { status: 'scheduled', createdAt: at(1) }))
      assert.equal(await runs.retain('p1', 1), 0)
      assert.equal(await runs.retain('p1', 0), 1)
      assert.equal(await runs.retain('p1', 0), 0)
      await runs.claim('r2', 'runner-1', at(9))
      assert.equal(await runs.retain('p1', 0), 0)
      assert.equal((await runs.get('r2'))?.status, 'running')
    })
  })
}
