import assert from 'node:assert/strict'
import type { Account, Permission, Processing, Scheduling } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, claimed, ended, ids, outcome, processing, run } from './samples.ts'

const DAILY: Scheduling = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 3, minute: 0, timeZone: 'Europe/Paris' }
const READERS: Permission[] = [{ profile: 'read', target: { type: 'userEmail', email: 'reader@example.org' } }]

export function testProcessings (fixture: Fixture): void {
  describe('processings', () => {
    it('gives back a processing as it was inserted', async () => {
      const full = processing('p1', {
        active: true,
        debug: false,
        scheduling: [DAILY],
        config: { url: 'https://example.org', nested: { list: [1, null, 'é'] } },
        secrets: { token: { alg: 'aes-256-gcm', iv: '00', data: 'ff', tag: 'aa', key: '1' } },
        permissions: READERS
      })
      await fixture.store.processings.insert(full)
      assert.deepEqual(await fixture.store.processings.get('p1'), full)
      assert.equal(await fixture.store.processings.get('p2'), undefined)
    })

    it('refuses an id that exists, and keeps the first document', async () => {
      await fixture.store.processings.insert(processing('p1', { title: 'first' }))
      await assert.rejects(fixture.store.processings.insert(processing('p1', { title: 'second' })), { name: 'StoreError', code: 'duplicate' })
      assert.equal((await fixture.store.processings.get('p1'))?.title, 'first')
    })

    it('patches only the fields that are given', async () => {
      await fixture.store.processings.insert(processing('p1', { config: { a: 1, b: 2 }, debug: true }))
      const patched = await fixture.store.processings.patch('p1', { title: 'New', config: { a: null }, debug: undefined, active: true })
      assert.deepEqual(patched, processing('p1', { title: 'New', config: { a: null }, debug: true, active: true, revision: 1 }))
      assert.deepEqual(await fixture.store.processings.get('p1'), patched)
    })

    it('unsets fields by name, and those set to null', async () => {
      await fixture.store.processings.insert(processing('p1', { config: { a: 1 }, debug: true, active: true }))
      const set = { debug: null } as unknown as Partial<Processing> // JSON from outside may hold null
      const patched = await fixture.store.processings.patch('p1', set, ['config', 'secrets'])
      assert.deepEqual(patched, processing('p1', { active: true, revision: 1 }))
      assert.deepEqual(await fixture.store.processings.get('p1'), patched)
    })

    it('refuses to unset a required field or to patch what the store keeps, and changes nothing', async () => {
      await fixture.store.processings.insert(processing('p1'))
      const { processings } = fixture.store
      await assert.rejects(processings.patch('p1', { active: true }, ['title']), { code: 'invalid', message: /title/ })
      await assert.rejects(processings.patch('p1', { active: true, ...{ _id: 'p2' } }), { code: 'invalid', message: /_id/ })
      await assert.rejects(processings.patch('p1', { active: true, ...{ lastRun: {} } }), { code: 'invalid', message: /lastRun/ })
      assert.deepEqual(await processings.get('p1'), processing('p1'))
    })

    it('answers nothing when the processing to patch does not exist', async () => {
      assert.equal(await fixture.store.processings.patch('nobody', { title: 'New' }), undefined)
    })

    it('gives its runs the new owner and permissions, those that wait and those that have ended', async () => {
      const { processings, runs } = fixture.store
      await processings.insert(processing('p1'))
      await processings.insert(processing('p2'))
      await ended(fixture.store, 'old', 'p1')
      await ended(fixture.store, 'other', 'p2')
      await runs.replacePending(run('next', 'p1', { scheduledAt: at(9) }))
      const owner: Account = { type: 'user', id: 'bea', name: 'Bea', department: 'roads' }
      const patched = await processings.patch('p1', { owner, permissions: READERS })
      for (const id of ['old', 'next']) {
        const found = await runs.get(id)
        assert.deepEqual(found?.owner, owner)
        assert.deepEqual(found.permissions, READERS)
      }
      assert.deepEqual((await runs.get('other'))?.owner, processing('p2').owner)
      assert.deepEqual(patched?.lastRun?.permissions, READERS)
      assert.deepEqual(patched.nextRun?.permissions, READERS)
      const page = { size: 10, skip: 0 }
      assert.deepEqual(ids((await runs.list({ owner: { type: 'user', id: 'bea', department: 'roads' } }, page)).results), ['next', 'old'])

      const closed = await processings.patch('p1', {}, ['permissions'])
      assert.equal((await runs.get('old'))?.permissions, undefined)
      assert.equal(closed?.lastRun?.permissions, undefined)
    })

    it('merges into the config for the run that holds it', async () => {
      const { processings } = fixture.store
      await processings.insert(processing('p1', { config: { mode: 'create', keep: [1] } }))
      const { attempt } = await claimed(fixture.store, 'r1', 'p1')
      const merged = await processings.mergeConfig('p1', 'r1', attempt, { mode: 'update', dataset: { id: 'd1' }, keep: undefined, none: null })
      assert.deepEqual(merged, { mode: 'update', keep: [1], dataset: { id: 'd1' }, none: null })
      assert.deepEqual((await processings.get('p1'))?.config, merged)
    })

    it('merges into a config that was absent', async () => {
      await fixture.store.processings.insert(processing('p1'))
      const { attempt } = await claimed(fixture.store, 'r1', 'p1')
      assert.deepEqual(await fixture.store.processings.mergeConfig('p1', 'r1', attempt, { a: 1 }), { a: 1 })
    })

    it('refuses a merge by an old attempt, an ended run, another run or for another processing', async () => {
      const { processings, runs } = fixture.store
      await processings.insert(processing('p1', { config: { a: 1 } }))
      await processings.insert(processing('p2', { config: { a: 1 } }))
      const { attempt } = await claimed(fixture.store, 'r1', 'p1')
      assert.equal(await processings.mergeConfig('p1', 'r1', attempt - 1, { a: 2 }), undefined)
      assert.equal(await processings.mergeConfig('p1', 'r2', attempt, { a: 2 }), undefined)
      assert.equal(await processings.mergeConfig('p2', 'r1', attempt, { a: 2 }), undefined)
      await runs.finish('r1', attempt, { status: 'finished', finishedAt: at(2), outcome })
      assert.equal(await processings.mergeConfig('p1', 'r1', attempt, { a: 2 }), undefined)
      assert.deepEqual((await processings.get('p1'))?.config, { a: 1 })
    })

    it('names the active processings with a schedule that have no live run', async () => {
      const { processings, runs } = fixture.store
      const armed = { active: true, scheduling: [DAILY] }
      await processings.insert(processing('idle', armed))
      await processings.insert(processing('inactive', { scheduling: [DAILY] }))
      await processings.insert(processing('unscheduled', { active: true }))
      await processings.insert(processing('planned', armed))
      await processings.insert(processing('running', armed))
      await processings.insert(processing('over', armed))
      await runs.replacePending(run('r1', 'planned', { status: 'scheduled', scheduledAt: at(60) }))
      await claimed(fixture.store, 'r2', 'running')
      await ended(fixture.store, 'r3', 'over')
      assert.deepEqual(ids(await processings.unarmed(10)).sort(), ['idle', 'over'])
      assert.equal((await processings.unarmed(1)).length, 1)

      await processings.patch('idle', { active: false })
      await processings.patch('over', { scheduling: [] })
      await processings.patch('inactive', { active: true })
      assert.deepEqual(ids(await processings.unarmed(10)), ['inactive'])
    })
  })
}
