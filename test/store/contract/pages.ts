import assert from 'node:assert/strict'
import type { Account, Page } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, at, ended, ids, processing } from './samples.ts'

const ROADS: Account = { ...TOWN, department: 'roads', departmentName: 'Roads' }
const BEA: Account = { type: 'user', id: 'town', name: 'A user with the id of the organisation' }

export function testPages (fixture: Fixture): void {
  describe('lists', () => {
    const listed = async (owner: Account | undefined, page: Partial<Page>): Promise<string[]> =>
      ids((await fixture.store.processings.list({ owner }, { size: 10, skip: 0, ...page })).results)

    beforeEach(async () => {
      const documents = [
        processing('p1', { title: 'b', updated: { id: 'ada', name: 'Ada', date: at(3) } }),
        processing('p2', { title: 'a', updated: { id: 'ada', name: 'Ada', date: at(1) }, owner: ROADS }),
        processing('p3', { title: 'b', updated: { id: 'ada', name: 'Ada', date: at(2) } }),
        processing('p4', { title: 'c', owner: BEA })
      ]
      for (const document of documents) await fixture.store.processings.insert(document)
    })

    it('keeps owners apart by type, id and department', async () => {
      assert.deepEqual(await listed(TOWN, {}), ['p1', 'p2', 'p3'])
      assert.deepEqual(await listed(ROADS, {}), ['p2'])
      assert.deepEqual(await listed(BEA, {}), ['p4'])
      assert.deepEqual(await listed(undefined, {}), ['p1', 'p2', 'p3', 'p4'])
    })

    it('sorts by several fields, in both directions, and by id between equals', async () => {
      assert.deepEqual(await listed(undefined, { sort: [['title', 1]] }), ['p2', 'p1', 'p3', 'p4'])
      assert.deepEqual(await listed(undefined, { sort: [['title', -1]] }), ['p4', 'p3', 'p1', 'p2'])
      assert.deepEqual(await listed(TOWN, { sort: [['title', -1], ['updated.date', 1]] }), ['p3', 'p1', 'p2'])
      assert.deepEqual(await listed(TOWN, { sort: [['updated.date', -1]] }), ['p1', 'p3', 'p2'])
      for (const field of ['_id', 'plugin', 'created.date']) assert.deepEqual(await listed(TOWN, { sort: [[field, -1]] }), ['p3', 'p2', 'p1'])
    })

    it('cuts pages that neither overlap nor leave gaps, and counts the whole', async () => {
      const sort: Page['sort'] = [['title', 1]]
      assert.deepEqual(await listed(undefined, { sort, size: 2 }), ['p2', 'p1'])
      assert.deepEqual(await listed(undefined, { sort, size: 2, skip: 2 }), ['p3', 'p4'])
      assert.deepEqual(await listed(undefined, { sort, size: 2, skip: 4 }), [])
      const none = await fixture.store.processings.list({ owner: TOWN }, { size: 0, skip: 0 })
      assert.deepEqual(none, { results: [], count: 3 })
    })

    it('refuses a field or direction that is not offered, naming those that are', async () => {
      for (const field of ['doc', 'config.password', '__proto__', 'constructor', 'title; DROP TABLE runs', '$where', '']) {
        await assert.rejects(listed(TOWN, { sort: [[field, 1]] }), { name: 'StoreError', code: 'invalid', message: /title.*found/ })
      }
      await assert.rejects(listed(TOWN, { sort: [['title', 2 as 1]] }), { code: 'invalid' })
    })

    it('refuses sizes that are not whole numbers', async () => {
      for (const size of [-1, 1.5, Number.NaN, Infinity]) {
        await assert.rejects(listed(TOWN, { size }), { code: 'invalid', message: /size/ })
        await assert.rejects(fixture.store.runs.pending({ limit: size }), { code: 'invalid' })
        await assert.rejects(fixture.store.logs.read('r1', { limit: size }), { code: 'invalid' })
        await assert.rejects(fixture.store.runs.retain('p1', size), { code: 'invalid' })
      }
    })

    it('lists runs by owner and by processings', async () => {
      const { runs } = fixture.store
      await ended(fixture.store, 'r1', 'p1', { finishedAt: at(9) }, { createdAt: at(1) })
      await ended(fixture.store, 'r2', 'p1', { finishedAt: at(8) }, { createdAt: at(2) })
      await ended(fixture.store, 'r3', 'p2', {}, { createdAt: at(3), owner: ROADS })
      await ended(fixture.store, 'r4', 'p4', {}, { createdAt: at(4), owner: BEA })
      const page: Page = { size: 10, skip: 0, sort: [['createdAt', -1]] }
      const runIds = async (...query: Parameters<typeof runs.list>): Promise<string[]> => ids((await runs.list(...query)).results)
      assert.deepEqual(await runIds({}, page), ['r4', 'r3', 'r2', 'r1'])
      assert.deepEqual(await runIds({ owner: TOWN }, page), ['r3', 'r2', 'r1'])
      assert.deepEqual(await runIds({ owner: ROADS }, page), ['r3'])
      assert.deepEqual(await runIds({ processings: ['p1', 'p4'] }, page), ['r4', 'r2', 'r1'])
      assert.deepEqual(await runIds({ owner: BEA, processings: ['p1', 'p4'] }, page), ['r4'])
      assert.deepEqual(await runIds({ processings: ['p1'] }, { ...page, sort: [['finishedAt', -1]] }), ['r1', 'r2'])
      assert.deepEqual(await runs.list({ processings: [] }, page), { results: [], count: 0 })
      assert.equal((await runs.list({ processings: ['p1'] }, { size: 1, skip: 0 })).count, 2)
      await assert.rejects(runs.list({}, { ...page, sort: [['receipt', 1]] }), { code: 'invalid' })
    })
  })
}
