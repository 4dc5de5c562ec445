import assert from 'node:assert/strict'
import type { Account, OwnerFilter } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, apiKey, at, ids } from './samples.ts'

const ROADS: Account = { ...TOWN, department: 'roads' }
const NAMESAKE: Account = { type: 'user', id: 'town', name: 'A user' }

export function testApiKeys (fixture: Fixture): void {
  describe('API keys', () => {
    const listed = async (account: OwnerFilter): Promise<string[]> => ids((await fixture.store.apiKeys.list(account, { size: 9, skip: 0 })).results)

    it('are found by their hash as they were inserted', async () => {
      const { apiKeys } = fixture.store
      const full = apiKey('k1', { processings: ['p1'], expiresAt: at(60), lastUsedAt: at(1), account: ROADS })
      await apiKeys.insert(full)
      await apiKeys.insert(apiKey('k2'))
      assert.deepEqual(await apiKeys.findByHash(full.hash), full)
      assert.deepEqual(await apiKeys.findByHash('hash of k2'), apiKey('k2'))
      for (const hash of ['', 'k1', 'hash of k', 'hash of k1 ', '%']) assert.equal(await apiKeys.findByHash(hash), undefined)
    })

    it('are refused when id or hash exists, and the first one stays', async () => {
      const { apiKeys } = fixture.store
      await apiKeys.insert(apiKey('k1'))
      await assert.rejects(apiKeys.insert(apiKey('k1', { hash: 'new', title: 'second' })), { name: 'StoreError', code: 'duplicate' })
      await assert.rejects(apiKeys.insert(apiKey('k2', { hash: 'hash of k1', title: 'second' })), { code: 'duplicate' })
      assert.equal((await apiKeys.findByHash('hash of k1'))?._id, 'k1')
      assert.equal(await apiKeys.findByHash('new'), undefined)
    })

    it('are listed for their account or department, newest first', async () => {
      const { apiKeys } = fixture.store
      await apiKeys.insert(apiKey('k1', { created: { id: 'ada', name: 'Ada', date: at(1) } }))
      await apiKeys.insert(apiKey('k3', { created: { id: 'ada', name: 'Ada', date: at(3) } }))
      await apiKeys.insert(apiKey('k2', { created: { id: 'ada', name: 'Ada', date: at(2) }, account: ROADS }))
      await apiKeys.insert(apiKey('k4', { account: NAMESAKE }))
      assert.deepEqual(await listed(TOWN), ['k3', 'k2', 'k1'])
      assert.deepEqual(await listed(ROADS), ['k2'])
      assert.deepEqual(await listed(NAMESAKE), ['k4'])
      assert.deepEqual(await apiKeys.list(TOWN, { size: 0, skip: 0 }), { results: [], count: 3 })
      assert.deepEqual(ids((await apiKeys.list(TOWN, { size: 1, skip: 1 })).results), ['k2'])
    })

    it('are unknown once revoked, by their account only', async () => {
      const { apiKeys } = fixture.store
      await apiKeys.insert(apiKey('k1'))
      assert.equal(await apiKeys.revoke(NAMESAKE, 'k1'), false)
      assert.equal(await apiKeys.revoke(ROADS, 'k1'), false)
      assert.equal(await apiKeys.revoke(TOWN, 'k1'), true)
      assert.equal(await apiKeys.revoke(TOWN, 'k1'), false)
      assert.equal(await apiKeys.findByHash('hash of k1'), undefined)
      assert.deepEqual(await listed(TOWN), [])
    })

    it('keep their last use, written again only when the one known is old', async () => {
      const { apiKeys } = fixture.store
      await apiKeys.insert(apiKey('k1'))
      const lastUse = async (): Promise<string | undefined> => (await apiKeys.findByHash('hash of k1'))?.lastUsedAt
      await apiKeys.touch('k1', at(10), at(9))
      assert.equal(await lastUse(), at(10))
      await apiKeys.touch('k1', at(11), at(10))
      assert.equal(await lastUse(), at(10))
      await apiKeys.touch('k1', at(12), at(11))
      assert.equal(await lastUse(), at(12))
      await apiKeys.touch('nobody', at(12), at(11))
    })
  })
}
