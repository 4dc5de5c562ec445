import assert from 'node:assert/strict'
import type { Account, AuditEntry, AuditFilter } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, at, ids } from './samples.ts'

const ROADS: Account = { ...TOWN, department: 'roads' }
const NAMESAKE: Account = { type: 'user', id: 'town', name: 'A user' }

const audited = (id: string, minutes: number, fields: Partial<AuditEntry> = {}): AuditEntry =>
  ({ _id: id, account: TOWN, date: at(minutes), actor: { type: 'user', id: 'ada', name: 'Ada' }, action: 'processing.patch', ...fields })

export function testAudit (fixture: Fixture): void {
  describe('audit trail', () => {
    const listed = async (filter: AuditFilter, size = 9, skip = 0): Promise<string[]> => ids((await fixture.store.audit.list(filter, { size, skip })).results)

    beforeEach(async () => {
      const { audit } = fixture.store
      await audit.append(audited('a1', 1))
      await audit.append(audited('a3', 3))
      await audit.append(audited('a2', 2, { account: ROADS }))
      await audit.append(audited('b1', 2, { account: NAMESAKE }))
    })

    it('gives back entries as they were appended, each once', async () => {
      const { audit } = fixture.store
      const full = audited('full', 9, { target: { type: 'processing', id: 'p1', title: 'One' }, paths: ['/config/url'], details: { nested: [1, null] } })
      await audit.append(full)
      assert.deepEqual((await audit.list({}, { size: 1, skip: 0 })).results, [full])
      await assert.rejects(audit.append(audited('full', 10)), { name: 'StoreError', code: 'duplicate' })
    })

    it('is listed for an account, a department or all, newest first', async () => {
      assert.deepEqual(await listed({ account: TOWN }), ['a3', 'a2', 'a1'])
      assert.deepEqual(await listed({ account: ROADS }), ['a2'])
      assert.deepEqual(await listed({ account: NAMESAKE }), ['b1'])
      assert.deepEqual(await listed({}), ['a3', 'b1', 'a2', 'a1'])
    })

    it('is filtered by time, and paged', async () => {
      assert.deepEqual(await listed({ account: TOWN, from: at(2) }), ['a3', 'a2'])
      assert.deepEqual(await listed({ account: TOWN, until: at(2) }), ['a1'])
      assert.deepEqual(await listed({ from: at(2), until: at(3) }), ['b1', 'a2'])
      assert.deepEqual(await listed({ account: TOWN }, 1, 1), ['a2'])
      assert.equal((await fixture.store.audit.list({ account: TOWN }, { size: 1, skip: 0 })).count, 3)
    })

    it('is pruned from its old end, piece by piece', async () => {
      const { audit } = fixture.store
      assert.equal(await audit.prune(at(3), 2), 2)
      assert.equal((await listed({})).length, 2)
      assert.equal(await audit.prune(at(3), 2), 1)
      assert.equal(await audit.prune(at(3), 2), 0)
      assert.deepEqual(await listed({}), ['a3'])
    })
  })
}
