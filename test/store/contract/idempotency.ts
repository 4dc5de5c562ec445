import assert from 'node:assert/strict'
import type { Fixture } from '../contract.ts'
import { at } from './samples.ts'

const RECORD = { scope: 'town', key: 'k1', bodyHash: 'h1', expiresAt: at(60) }

export function testIdempotency (fixture: Fixture): void {
  describe('idempotency keys', () => {
    it('let the first caller act, and tell the others what he asked and was answered', async () => {
      const { idempotency } = fixture.store
      assert.deepEqual(await idempotency.putOnce(RECORD, at(0)), { first: true })
      assert.deepEqual(await idempotency.putOnce({ ...RECORD, bodyHash: 'h2', expiresAt: at(90) }, at(1)), { first: false, record: RECORD })
      assert.equal(await idempotency.setResult(RECORD, 'run-1'), true)
      assert.deepEqual(await idempotency.putOnce(RECORD, at(59)), { first: false, record: { ...RECORD, result: 'run-1' } })
    })

    it('never meet across scopes', async () => {
      const { idempotency } = fixture.store
      await idempotency.putOnce(RECORD, at(0))
      assert.deepEqual(await idempotency.putOnce({ ...RECORD, scope: 'lake' }, at(0)), { first: true })
      assert.deepEqual(await idempotency.putOnce({ ...RECORD, scope: 'townk1', key: '' }, at(0)), { first: true })
    })

    it('let one of many at once be the first, also when the former record has expired', async () => {
      const other = await fixture.reopen()
      for (const [now, expiresAt] of [[at(0), at(60)], [at(60), at(120)]] as const) {
        const results = await Promise.all(Array.from({ length: 20 }, async (_, n) =>
          (n % 2 === 0 ? fixture.store : other).idempotency.putOnce({ ...RECORD, expiresAt, bodyHash: now }, now)))
        assert.equal(results.filter(({ first }) => first).length, 1)
        await fixture.store.idempotency.setResult({ ...RECORD, bodyHash: now }, now)
      }
    })

    it('forget the former answer when they expire', async () => {
      const { idempotency } = fixture.store
      await idempotency.putOnce(RECORD, at(0))
      await idempotency.setResult(RECORD, 'run-1')
      const next = { ...RECORD, bodyHash: 'h2', expiresAt: at(120) }
      assert.deepEqual(await idempotency.putOnce(next, at(60)), { first: true })
      assert.deepEqual(await idempotency.putOnce(next, at(61)), { first: false, record: next })
      assert.equal(await idempotency.setResult(RECORD, 'late'), false)
    })

    it('are free again when the action was refused, never when it was done', async () => {
      const { idempotency } = fixture.store
      await idempotency.putOnce(RECORD, at(0))
      assert.equal(await idempotency.forget({ ...RECORD, bodyHash: 'h2' }), false)
      assert.equal(await idempotency.forget(RECORD), true)
      assert.equal(await idempotency.forget(RECORD), false)
      assert.equal(await idempotency.setResult(RECORD, 'run-1'), false)
      assert.deepEqual(await idempotency.putOnce(RECORD, at(1)), { first: true })
      await idempotency.setResult(RECORD, 'run-1')
      assert.equal(await idempotency.forget(RECORD), false)
    })

    it('are deleted once expired, so many at a time', async () => {
      const { idempotency } = fixture.store
      for (const n of [1, 2, 3]) await idempotency.putOnce({ ...RECORD, key: `k${n}`, expiresAt: at(n) }, at(0))
      assert.equal(await idempotency.expire(at(2), 1), 1)
      assert.equal(await idempotency.expire(at(2), 9), 1)
      assert.equal(await idempotency.expire(at(2), 9), 0)
      assert.equal((await idempotency.putOnce({ ...RECORD, key: 'k3' }, at(2))).first, false)
    })
  })
}
