import assert from 'node:assert/strict'
import type { AccountKey, LimitSubject, RunLimitOverride } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at } from './samples.ts'

const TOWN: AccountKey = { type: 'organization', id: 'town' }
const NAMESAKE: AccountKey = { type: 'user', id: 'town' }

export function testLimits (fixture: Fixture): void {
  describe('quota of an account', () => {
    it('is made with defaults when it is first asked for, and kept as it is afterwards', async () => {
      const { limits } = fixture.store
      assert.equal(await limits.get(TOWN), undefined)
      const made = { ...TOWN, lastUpdate: at(1), defaults: true }
      assert.deepEqual(await limits.ensure(TOWN, at(1)), made)
      assert.deepEqual(await limits.ensure(TOWN, at(2)), made)
      assert.deepEqual(await limits.get(TOWN), made)
      assert.equal(await limits.get(NAMESAKE), undefined)
    })

    it('merges what is set: consumption stays, the default mark goes', async () => {
      const { limits } = fixture.store
      await limits.addConsumption(TOWN, 30, at(1))
      const set = await limits.put(TOWN, { lastUpdate: at(2), name: 'Town', processings_seconds: { limit: -1 } })
      assert.deepEqual(set, { ...TOWN, name: 'Town', lastUpdate: at(2), processings_seconds: { limit: -1, consumption: 30 } })
      await limits.put(TOWN, { lastUpdate: at(3) })
      assert.deepEqual(await limits.get(TOWN), { ...set, lastUpdate: at(3) })
      const reset = await limits.put(TOWN, { lastUpdate: at(4), defaults: true, processings_seconds: { consumption: 0 } })
      assert.deepEqual(reset, { ...TOWN, name: 'Town', lastUpdate: at(4), defaults: true, processings_seconds: { limit: -1, consumption: 0 } })
    })

    it('is made by setting it', async () => {
      const { limits } = fixture.store
      assert.deepEqual(await limits.put(TOWN, { lastUpdate: at(2), processings_seconds: { limit: 0 } }), { ...TOWN, lastUpdate: at(2), processings_seconds: { limit: 0 } })
      assert.deepEqual(await limits.put(NAMESAKE, { lastUpdate: at(2) }), { ...NAMESAKE, lastUpdate: at(2) })
    })

    it('loses no second when many runs end at once', async () => {
      const other = await fixture.reopen()
      await Promise.all(Array.from({ length: 50 }, async (_, n) => (n % 2 === 0 ? fixture.store : other).limits.addConsumption(TOWN, n, at(1))))
      assert.deepEqual(await fixture.store.limits.get(TOWN), { ...TOWN, lastUpdate: at(1), defaults: true, processings_seconds: { consumption: 1225 } })
    })

    it('refuses what is no number of seconds, and changes nothing', async () => {
      const { limits } = fixture.store
      for (const seconds of [-1, Number.NaN, Infinity]) {
        await assert.rejects(limits.addConsumption(TOWN, seconds, at(1)), { name: 'StoreError', code: 'invalid' })
      }
      await assert.rejects(limits.put(TOWN, { lastUpdate: at(1), processings_seconds: { limit: Infinity } }), { code: 'invalid' })
      assert.equal(await limits.get(TOWN), undefined)
    })

    it('lists by type and id, the last updated first', async () => {
      const { limits } = fixture.store
      await limits.put(TOWN, { lastUpdate: at(2) })
      await limits.put(NAMESAKE, { lastUpdate: at(3) })
      await limits.put({ type: 'user', id: 'ada' }, { lastUpdate: at(1) })
      const listed = async (filter: Partial<AccountKey>, size = 9, skip = 0): Promise<string[]> =>
        (await limits.list(filter, { size, skip })).results.map(({ type, id }) => `${type} ${id}`)
      assert.deepEqual(await listed({}), ['user town', 'organization town', 'user ada'])
      assert.deepEqual(await listed({ type: 'user' }), ['user town', 'user ada'])
      assert.deepEqual(await listed({ id: 'town' }), ['user town', 'organization town'])
      assert.deepEqual(await listed({ type: 'user', id: 'ada' }), ['user ada'])
      assert.deepEqual(await listed({}, 1, 1), ['organization town'])
      assert.equal((await limits.list({}, { size: 1, skip: 0 })).count, 3)
    })
  })

  describe('overrides of the limits of runs', () => {
    const override = (subject: LimitSubject, values: RunLimitOverride['values']): RunLimitOverride =>
      ({ subject, values, updated: { id: 'root', name: 'Root', date: at(1) } })
    const ofTown = override({ kind: 'owner', owner: TOWN }, { RUN_HEAP_MB: 64, CELL_ISOLATION: 'run' })
    const ofPlugin = override({ kind: 'plugin', plugin: 'town' }, { RUN_CPU_SECONDS: 5 })

    it('are found for an owner, a plugin, and the run of both', async () => {
      const { runLimits } = fixture.store
      await runLimits.put(ofTown)
      assert.deepEqual(await runLimits.of(TOWN, 'town'), { owner: ofTown })
      await runLimits.put(ofPlugin)
      assert.deepEqual(await runLimits.of(TOWN, 'town'), { owner: ofTown, plugin: ofPlugin })
      assert.deepEqual(await runLimits.of(NAMESAKE, 'town'), { plugin: ofPlugin })
      assert.deepEqual(await runLimits.of(NAMESAKE, 'other'), {})
      assert.deepEqual(await runLimits.get(ofTown.subject), ofTown)
      assert.equal(await runLimits.get({ kind: 'plugin', plugin: 'other' }), undefined)
    })

    it('are replaced whole, removed and listed', async () => {
      const { runLimits } = fixture.store
      await runLimits.put(ofPlugin)
      await runLimits.put(ofTown)
      const replaced = override(ofTown.subject, { RUN_TIMERS: 10 })
      await runLimits.put(replaced)
      assert.deepEqual(await runLimits.list({ size: 9, skip: 0 }), { results: [replaced, ofPlugin], count: 2 })
      assert.deepEqual(await runLimits.list({ size: 1, skip: 1 }), { results: [ofPlugin], count: 2 })
      assert.equal(await runLimits.remove(ofTown.subject), true)
      assert.equal(await runLimits.remove(ofTown.subject), false)
      assert.deepEqual(await runLimits.of(TOWN, 'other'), {})
    })
  })
}
