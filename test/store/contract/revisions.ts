import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { TOWN, at, claimed, ended, processing, run } from './samples.ts'

export function testRevisions (fixture: Fixture): void {
  describe('revision of a processing', () => {
    const revision = async (): Promise<number | undefined> => (await fixture.store.processings.get('p1'))?.revision

    beforeEach(async () => fixture.store.processings.insert(processing('p1', { config: { a: 1 } })))

    it('counts the changes of the document, and no run', async () => {
      const { processings, runs, accounts } = fixture.store
      assert.equal(await revision(), undefined)
      await ended(fixture.store, 'r1', 'p1')
      await runs.replacePending(run('r2', 'p1', { status: 'scheduled' }))
      await runs.removePending('p1')
      assert.equal(await revision(), undefined)
      assert.equal((await processings.patch('p1', { title: 'New' }))?.revision, 1)
      const { attempt } = await claimed(fixture.store, 'r3', 'p1')
      await processings.mergeConfig('p1', 'r3', attempt, { b: 2 })
      assert.equal(await revision(), 2)
      await accounts.renameOwner(TOWN, 'City')
      assert.equal(await revision(), 3)
      await accounts.changeOwner('p1', { type: 'user', id: 'bea', name: 'Bea' })
      assert.equal(await revision(), 4)
      assert.equal((await processings.list({}, { size: 1, skip: 0 })).results[0]?.revision, 4)
    })

    it('lets a change through only when it is the one that was seen', async () => {
      const { processings } = fixture.store
      assert.equal((await processings.patch('p1', { title: 'first' }, [], { ifRevision: 0 }))?.title, 'first')
      await assert.rejects(processings.patch('p1', { title: 'late' }, ['config'], { ifRevision: 0 }), { name: 'StoreError', code: 'conflict', message: /revision 0.*found 1/ })
      assert.deepEqual(await processings.get('p1'), processing('p1', { title: 'first', config: { a: 1 }, revision: 1 }))
      assert.equal((await processings.patch('p1', { title: 'second' }, [], { ifRevision: 1 }))?.revision, 2)
      assert.equal(await processings.patch('nobody', { title: 'x' }, [], { ifRevision: 1 }), undefined)
    })

    it('lets one of many concurrent changes through', async () => {
      const other = await fixture.reopen()
      const results = await Promise.allSettled(Array.from({ length: 10 }, async (_, n) =>
        (n % 2 === 0 ? fixture.store : other).processings.patch('p1', { title: `title ${n}` }, [], { ifRevision: 0 })))
      assert.equal(results.filter(result => result.status === 'fulfilled').length, 1)
      assert.equal(await revision(), 1)
    })

    it('is no field to patch', async () => {
      await assert.rejects(fixture.store.processings.patch('p1', { title: 'New', ...{ revision: 7 } }), { code: 'invalid', message: /revision/ })
      assert.equal(await revision(), undefined)
    })

    it('is left out of what a change compares: the other fields are kept as they were given', async () => {
      const fields = {
        retry: { max: 3, backoffSeconds: 60 },
        pluginIntegrity: 'sha512-abc',
        secretRules: { token: { exposure: 'placeholder', hosts: ['api.example.org'] } }
      } as const
      await fixture.store.processings.insert(processing('p2', fields))
      assert.deepEqual(await fixture.store.processings.get('p2'), processing('p2', fields))
      const updated = { id: 'bea', name: 'Bea', date: at(5) }
      assert.deepEqual(await fixture.store.processings.patch('p2', { updated }, ['retry', 'pluginIntegrity']), processing('p2', { secretRules: fields.secretRules, updated, revision: 1 }))
    })
  })
}
