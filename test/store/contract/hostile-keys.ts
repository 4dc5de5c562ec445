import assert from 'node:assert/strict'
import type { Account, AuditEntry, RunLimitOverride } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { HOSTILE } from './hostile-strings.ts'
import { apiKey, at, claimed, entry, ids, processing } from './samples.ts'

const ONE = { size: 1, skip: 0 }

export function testHostileKeys (fixture: Fixture): void {
  describe('hostile keys', () => {
    for (const text of HOSTILE) {
      const owner: Account = { type: 'organization', id: text, name: text, department: text, departmentName: text }
      const signature = { id: text, name: text, date: at(0) }

      it(`find what they name, and it alone: ${JSON.stringify(text).slice(0, 50)}`, async () => {
        const { processings, runs, logs, accounts } = fixture.store
        const partner = { profile: 'read', target: { type: 'partner', organization: { id: text, name: text }, roles: [text] } } as const
        const email = { profile: 'read', target: { type: 'userEmail', email: text } } as const
        await processings.insert(processing('plain'))
        await processings.insert(processing('p1', { owner, plugin: text, permissions: [partner, email], created: signature, updated: signature }))
        await claimed(fixture.store, 'r1', 'p1', { owner, trigger: { type: 'webhook', body: { [text]: text } } })
        assert.deepEqual((await runs.get('r1'))?.trigger?.body, { [text]: text })
        for (const sharedWith of [{ email: text }, { partner: { organization: text, role: text } }]) {
          assert.deepEqual(ids((await processings.list({ scopes: [{ owner, sharedWith }] }, { size: 9, skip: 0 })).results), ['p1'])
          assert.deepEqual(ids((await runs.list({ scopes: [{ owner, sharedWith }] }, { size: 9, skip: 0 })).results), ['r1'])
        }
        const facets = await processings.facets({ plugins: [text] }, { plugins: true, owners: true })
        assert.deepEqual([...facets.plugins ?? []], [[text, 1]])
        assert.deepEqual(facets.owners, [{ type: owner.type, id: text, name: text, totalCount: 1, departments: [{ department: text, departmentName: text, count: 1 }] }])
        assert.deepEqual(await runs.heldByOwner(), [{ type: owner.type, id: text, count: 1 }])

        await logs.append('r1', 1, [entry(1, { msg: `before ${text} after` }), entry(2, { msg: 'other' })])
        assert.deepEqual((await logs.read('r1', { q: text.toUpperCase(), limit: 9 })).filter(({ seq }) => seq === 1).length, 1)

        assert.equal(await accounts.renameUser(text, 'New'), 1)
        assert.equal(await accounts.renameDepartment(owner, text, `${text}!`), 2)
        assert.equal(await accounts.renameOwner(owner, `${text}?`), 2)
        assert.deepEqual((await runs.get('r1'))?.owner, { ...owner, name: `${text}?`, departmentName: `${text}!` })
        assert.equal(await accounts.removeOwner(owner), 1)
        assert.deepEqual(ids((await processings.list({}, { size: 9, skip: 0 })).results), ['plain'])
      })

      it(`keep what the service and accounts put under them: ${JSON.stringify(text).slice(0, 50)}`, async () => {
        const { limits, runLimits, apiKeys, audit, idempotency, outbox, meta, locks, crashes } = fixture.store
        assert.equal((await limits.put(owner, { lastUpdate: at(1), name: text })).name, text)
        assert.equal((await limits.list({ id: text }, ONE)).count, 1)
        const override: RunLimitOverride = { subject: { kind: 'plugin', plugin: text }, values: { [text]: text }, updated: signature }
        await runLimits.put(override)
        assert.deepEqual((await runLimits.of(owner, text)).plugin, override)
        const key = apiKey(text, { account: owner, title: text, hash: text, processings: [text] })
        await apiKeys.insert(key)
        assert.deepEqual(await apiKeys.findByHash(text), key)
        assert.equal(await apiKeys.revoke(owner, text), true)
        const audited: AuditEntry = { _id: text, account: owner, date: at(1), actor: { type: 'user', id: text, name: text }, action: text, details: { [text]: text } }
        await audit.append(audited)
        assert.deepEqual((await audit.list({ account: owner }, ONE)).results, [audited])

        const record = { scope: text, key: text, bodyHash: text, expiresAt: at(60) }
        await idempotency.putOnce(record, at(0))
        await idempotency.setResult(record, text)
        assert.deepEqual(await idempotency.putOnce(record, at(0)), { first: false, record: { ...record, result: text } })
        await outbox.append([{ _id: text, createdAt: at(0), body: { [text]: text } }], 9)
        assert.deepEqual((await outbox.take(text, { limit: 1, now: at(0), until: at(1) }))[0]?.body, { [text]: text })
        assert.equal(await outbox.done(text, [text]), 1)
        await meta.setVersion(text, text)
        await meta.write(text, { [text]: text })
        assert.deepEqual([await meta.version(text), await meta.read(text)], [text, { [text]: text }])
        assert.equal(await locks.acquire(text, text, at(0), at(1)), true)
        assert.deepEqual(await locks.get(text), { name: text, owner: text, until: at(1) })
        const crash = await crashes.record({ content: text, artefact: text, runId: text, date: at(0), alone: true })
        assert.deepEqual(await crashes.get(text), crash)
      })
    }
  })
}
