import assert from 'node:assert/strict'
import type { Account, Grantee, Permission, Scope } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, at, ended, ids, processing } from './samples.ts'

const ROADS: Account = { ...TOWN, department: 'roads', departmentName: 'Roads' }
const LAKE: Account = { type: 'organization', id: 'lake', name: 'Lake' }
const ADA: Grantee = { email: 'ada@example.org', partner: { organization: 'port', role: 'contrib' } }

const toEmail = (email: string, profile: Permission['profile'] = 'read'): Permission => ({ profile, target: { type: 'userEmail', email } })
const toPartner = (id: string, ...roles: string[]): Permission => ({ profile: 'exec', target: { type: 'partner', organization: { id, name: id }, roles } })

export function testScopes (fixture: Fixture): void {
  describe('what a caller sees', () => {
    const page = { size: 10, skip: 0 }

    /** The same question to processings and to runs, and to their counts: one answer is wanted. */
    const seen = async (...scopes: Scope[]): Promise<string[]> => {
      const processings = await fixture.store.processings.list({ scopes }, page)
      const runs = await fixture.store.runs.list({ scopes }, page)
      assert.deepEqual(ids(runs.results), ids(processings.results).map(id => `r-${id}`))
      assert.deepEqual([processings.count, runs.count], [processings.results.length, runs.results.length])
      return ids(processings.results)
    }
    const insert = async (id: string, owner: Account, permissions?: Permission[]): Promise<void> => {
      await fixture.store.processings.insert(processing(id, { owner, ...(permissions === undefined ? {} : { permissions }) }))
      await ended(fixture.store, `r-${id}`, id, {}, { owner })
    }

    beforeEach(async () => {
      await insert('closed', TOWN)
      await insert('mail', TOWN, [toEmail('ada@example.org'), toEmail('ada@example.org', 'exec')])
      await insert('other-mail', TOWN, [toEmail('bea@example.org')])
      await insert('partner', ROADS, [toPartner('port', 'admin', 'contrib')])
      await insert('partner-role', TOWN, [toPartner('port', 'admin')])
      await insert('there', LAKE, [toEmail('ada@example.org'), toPartner('port', 'contrib')])
      await insert('user', { type: 'user', id: 'lake', name: 'Lake' })
    })

    it('is all that an owner or a department has', async () => {
      assert.deepEqual(await seen({ owner: TOWN }), ['closed', 'mail', 'other-mail', 'partner', 'partner-role'])
      assert.deepEqual(await seen({ owner: ROADS }), ['partner'])
      assert.deepEqual(await seen({ owner: { type: 'user', id: 'lake' } }), ['user'])
    })

    it('is what permissions share with him: his address, or his organisation and his role in it', async () => {
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: ADA }), ['mail', 'partner'])
      assert.deepEqual(await seen({ owner: ROADS, sharedWith: ADA }), ['partner'])
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: { email: 'ada@example.org' } }), ['mail'])
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: { partner: { organization: 'port', role: 'admin' } } }), ['partner', 'partner-role'])
    })

    it('is nothing for who is not named', async () => {
      for (const sharedWith of [{}, { email: '' }, { email: 'ADA@example.org' }, { email: 'port' }, { partner: { organization: 'ada@example.org', role: '' } },
        { partner: { organization: 'port', role: 'user' } }, { partner: { organization: 'quay', role: 'contrib' } }]) {
        assert.deepEqual(await seen({ owner: TOWN, sharedWith }), [], JSON.stringify(sharedWith))
      }
    })

    it('is the sum of several scopes, each document once', async () => {
      assert.deepEqual(await seen({ owner: LAKE }, { owner: TOWN, sharedWith: ADA }), ['mail', 'partner', 'there'])
      assert.deepEqual(await seen({ owner: LAKE }, { owner: LAKE, sharedWith: ADA }, { owner: ROADS }), ['partner', 'there'])
      assert.deepEqual(await seen(), [])
    })

    it('is cut by an owner beside the scopes, and by processings', async () => {
      const scopes = [{ owner: LAKE }, { owner: TOWN, sharedWith: ADA }]
      assert.deepEqual(ids((await fixture.store.processings.list({ scopes, owner: TOWN }, page)).results), ['mail', 'partner'])
      assert.deepEqual(ids((await fixture.store.runs.list({ scopes, owner: LAKE }, page)).results), ['r-there'])
      assert.deepEqual(ids((await fixture.store.runs.list({ scopes, processings: ['mail', 'closed', 'there'] }, page)).results), ['r-mail', 'r-there'])
      assert.deepEqual(ids((await fixture.store.runs.list({ scopes }, { ...page, sort: [['finishedAt', -1]] })).results), ['r-there', 'r-partner', 'r-mail'])
    })

    it('is cut by the list of processings of a scope, whoever owns what the list names', async () => {
      assert.deepEqual(await seen({ owner: TOWN, processings: ['closed', 'partner', 'there', 'nothing'] }), ['closed', 'partner'])
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: ADA, processings: ['closed', 'mail'] }), ['mail'])
      assert.deepEqual(await seen({ owner: TOWN, processings: [] }), [])
      assert.deepEqual(await seen({ owner: LAKE }, { owner: TOWN, processings: ['closed'] }), ['closed', 'there'])
    })

    it('follows the permissions and the owner when they change', async () => {
      const { processings } = fixture.store
      await processings.patch('closed', { permissions: [toEmail('ada@example.org')] })
      await processings.patch('mail', { permissions: [toEmail('bea@example.org')] })
      await processings.patch('partner', {}, ['permissions'])
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: ADA }), ['closed'])
      await processings.patch('there', { owner: ROADS, updated: { id: 'ada', name: 'Ada', date: at(9) } })
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: ADA }), ['closed', 'there'])
      assert.deepEqual(await seen({ owner: LAKE }), [])
      await processings.remove('there')
      assert.deepEqual(await seen({ owner: TOWN, sharedWith: ADA }), ['closed'])
    })
  })
}
