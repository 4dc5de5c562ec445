import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { TOWN, ids, processing } from './samples.ts'

export function testSearch (fixture: Fixture): void {
  describe('search by the words of the title', () => {
    const found = async (q: string, owner = TOWN): Promise<string[]> =>
      ids((await fixture.store.processings.list({ owner, q }, { size: 10, skip: 0 })).results)

    beforeEach(async () => {
      await fixture.store.processings.insert(processing('p1', { title: 'Élections municipales 2026' }))
      await fixture.store.processings.insert(processing('p2', { title: "L'eau: qualité (élémentaire)" }))
      await fixture.store.processings.insert(processing('p3', { title: 'élections', owner: { type: 'user', id: 'bea', name: 'Bea' } }))
    })

    it('finds words without case or accents, whole or by their beginning', async () => {
      assert.deepEqual(await found('ELECTIONS'), ['p1'])
      assert.deepEqual(await found('élém'), ['p2'])
      assert.deepEqual(await found('e'), ['p1', 'p2'])
      assert.deepEqual(await found('lections'), [])
    })

    it('wants every word, in any order', async () => {
      assert.deepEqual(await found('2026 elections'), ['p1'])
      assert.deepEqual(await found('elections eau'), [])
      assert.deepEqual(await found('qualite, eau!'), ['p2'])
    })

    it('counts what it finds, for one owner or for all', async () => {
      const all = await fixture.store.processings.list({ q: 'elections' }, { size: 1, skip: 0 })
      assert.equal(all.count, 2)
      assert.deepEqual(ids(all.results), ['p1'])
      assert.deepEqual(await found('elections', { type: 'user', id: 'bea', name: 'Bea' }), ['p3'])
    })

    it('finds everything for an empty text and nothing for a text without words', async () => {
      assert.deepEqual(await found(''), ['p1', 'p2'])
      assert.deepEqual(await found('%'), [])
      assert.deepEqual(await found('" OR 1=1 --'), [])
      assert.deepEqual(await found('.*'), [])
    })

    it('follows the title when it changes', async () => {
      await fixture.store.processings.patch('p1', { title: 'Budget' })
      assert.deepEqual(await found('elections'), [])
      assert.deepEqual(await found('budget'), ['p1'])
    })
  })
}
