import assert from 'node:assert/strict'
import type { Account, Facets, ProcessingFilter } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, at, claimed, ended, ids, outcome, processing, run } from './samples.ts'

const ROADS: Account = { ...TOWN, department: 'roads', departmentName: 'Roads' }
const ADA: Account = { type: 'user', id: 'ada', name: 'Ada' }
const ALL = { statuses: true, plugins: true, owners: true }

export function testFilters (fixture: Fixture): void {
  describe('filters and facets of processings', () => {
    const found = async (filter: ProcessingFilter): Promise<string[]> => {
      const { results, count } = await fixture.store.processings.list(filter, { size: 20, skip: 0 })
      assert.equal(count, results.length)
      assert.equal((await fixture.store.processings.list(filter, { size: 0, skip: 0 })).count, count)
      return ids(results)
    }
    const sorted = async (field: string, direction: 1 | -1 = 1): Promise<string[]> =>
      ids((await fixture.store.processings.list({}, { size: 20, skip: 0, sort: [[field, direction]] })).results)
    const counts = (facets: Facets): unknown => [Object.fromEntries(facets.statuses ?? []), Object.fromEntries(facets.plugins ?? [])]

    beforeEach(async () => {
      const { processings, runs } = fixture.store
      await processings.insert(processing('none', { plugin: 'a' }))
      await processings.insert(processing('planned', { plugin: 'b', owner: ROADS }))
      await processings.insert(processing('again', { plugin: 'a', title: 'Budget again' }))
      await processings.insert(processing('failed', { plugin: 'c', title: 'Budget' }))
      await processings.insert(processing('running', { plugin: 'b', owner: ADA }))
      await processings.insert(processing('kill', { plugin: 'a', owner: ADA }))
      await runs.replacePending(run('r1', 'planned', { status: 'scheduled', scheduledAt: at(70) }))
      await ended(fixture.store, 'r2', 'again', { finishedAt: at(20) })
      await runs.replacePending(run('r3', 'again', { scheduledAt: at(60) }))
      await ended(fixture.store, 'r4', 'failed', { status: 'error', finishedAt: at(30) })
      await ended(fixture.store, 'r5', 'running', { status: 'error', finishedAt: at(40) })
      await claimed(fixture.store, 'r6', 'running', { createdAt: at(1) })
      await claimed(fixture.store, 'r7', 'kill')
      await runs.kill('r7', at(3), outcome)
    })

    it('finds by the status of the last run, by its absence, and by a next run', async () => {
      assert.deepEqual(await found({ statuses: ['none'] }), ['none', 'planned'])
      assert.deepEqual(await found({ statuses: ['scheduled'] }), ['again', 'planned'])
      assert.deepEqual(await found({ statuses: ['finished'] }), ['again'])
      assert.deepEqual(await found({ statuses: ['error'] }), ['failed'])
      assert.deepEqual(await found({ statuses: ['running'] }), ['running'])
      assert.deepEqual(await found({ statuses: ['kill', 'none', 'error'] }), ['failed', 'kill', 'none', 'planned'])
      assert.deepEqual(await found({ statuses: ['killed'] }), [])
      assert.deepEqual(await found({ statuses: [] }), [])
    })

    it('finds by plugins, together with all other filters', async () => {
      assert.deepEqual(await found({ plugins: ['b'] }), ['planned', 'running'])
      assert.deepEqual(await found({ plugins: ['b', 'c', 'unknown'] }), ['failed', 'planned', 'running'])
      assert.deepEqual(await found({ plugins: [] }), [])
      assert.deepEqual(await found({ plugins: ['a'], statuses: ['finished', 'none'], q: 'budget', owner: TOWN }), ['again'])
      assert.deepEqual(await found({ plugins: ['b'], statuses: ['none'], scopes: [{ owner: ADA }, { owner: TOWN }] }), ['planned'])
    })

    it('sorts by fields of the last and of the next run, absent ones first', async () => {
      assert.deepEqual(await sorted('lastRun.finishedAt'), ['kill', 'none', 'planned', 'running', 'again', 'failed'])
      assert.deepEqual((await sorted('lastRun.createdAt', -1))[0], 'running')
      assert.deepEqual((await sorted('lastRun.startedAt')).slice(0, 2), ['none', 'planned'])
      assert.deepEqual((await sorted('lastRun.scheduledAt')).slice(0, 2), ['none', 'planned'])
      assert.deepEqual(await sorted('lastRun.status'), ['none', 'planned', 'failed', 'again', 'kill', 'running'])
      assert.deepEqual((await sorted('nextRun.scheduledAt', -1)).slice(0, 2), ['planned', 'again'])
      assert.deepEqual((await sorted('nextRun.status', -1)).slice(0, 2), ['again', 'planned'])
      assert.deepEqual((await sorted('nextRun.createdAt')).slice(0, 4).sort(), ['failed', 'kill', 'none', 'running'])
    })

    it('pages by a field of the last run without overlap or gap', async () => {
      const { processings } = fixture.store
      const sort = [['lastRun.finishedAt', -1]] as const
      const pages = await Promise.all([0, 2, 4].map(skip => processings.list({ statuses: ['none', 'running', 'error', 'finished'] }, { size: 2, skip, sort })))
      assert.deepEqual(pages.flatMap(({ results }) => ids(results)), ['failed', 'again', 'running', 'planned', 'none'])
      assert.deepEqual(pages.map(({ count }) => count), [5, 5, 5])
    })

    it('counts statuses and plugins of all that it finds', async () => {
      const facets = await fixture.store.processings.facets({}, ALL)
      assert.deepEqual(counts(facets), [{ scheduled: 2, none: 2, finished: 1, error: 1, running: 1, kill: 1 }, { a: 3, b: 2, c: 1 }])
    })

    it('honours every filter in every facet', async () => {
      const { processings } = fixture.store
      assert.deepEqual(counts(await processings.facets({ q: 'budget' }, ALL)), [{ scheduled: 1, finished: 1, error: 1 }, { a: 1, c: 1 }])
      assert.deepEqual(counts(await processings.facets({ statuses: ['none'] }, ALL)), [{ scheduled: 1, none: 2 }, { a: 1, b: 1 }])
      assert.deepEqual(counts(await processings.facets({ plugins: ['b'] }, ALL)), [{ scheduled: 1, none: 1, running: 1 }, { b: 2 }])
      assert.deepEqual(counts(await processings.facets({ scopes: [{ owner: ADA }] }, ALL)), [{ scheduled: 0, kill: 1, running: 1 }, { a: 1, b: 1 }])
      assert.deepEqual(counts(await processings.facets({ scopes: [{ owner: TOWN, sharedWith: { email: 'x@example.org' } }] }, ALL)), [{ scheduled: 0 }, {}])
      const { owners } = await processings.facets({ statuses: ['running', 'kill'] }, { owners: true })
      assert.deepEqual(owners, [{ type: 'user', id: 'ada', name: 'Ada', totalCount: 2, departments: [] }])
    })

    it('counts by owner and department, with their names', async () => {
      await fixture.store.processings.insert(processing('user', { owner: { type: 'user', id: 'town', name: 'A user' } }))
      assert.deepEqual((await fixture.store.processings.facets({}, ALL)).owners, [
        { type: 'organization', id: 'town', name: 'Town', totalCount: 4, departments: [{ department: 'roads', departmentName: 'Roads', count: 1 }] },
        { type: 'user', id: 'ada', name: 'Ada', totalCount: 2, departments: [] },
        { type: 'user', id: 'town', name: 'A user', totalCount: 1, departments: [] }
      ])
    })

    it('makes only the facets that are wanted', async () => {
      assert.deepEqual(await fixture.store.processings.facets({}, {}), {})
      assert.deepEqual(Object.keys(await fixture.store.processings.facets({}, { plugins: true })), ['plugins'])
    })
  })
}
