import assert from 'node:assert/strict'
import type { Account } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { TOWN, apiKey, at, claimed, ended, entry, ids, processing, run } from './samples.ts'

const ROADS: Account = { ...TOWN, department: 'roads', departmentName: 'Roads' }
const NAMESAKE: Account = { type: 'user', id: 'town', name: 'A user with the id of the organisation' }
/** More than what a driver changes in one batch. */
const MANY = 450

export function testAccounts (fixture: Fixture): void {
  describe('accounts', () => {
    const owners = async (): Promise<Record<string, Account | undefined>> => {
      const { processings, runs } = fixture.store
      const pairs = [...(await processings.list({}, { size: 1000, skip: 0 })).results, ...(await runs.list({}, { size: 1000, skip: 0 })).results]
      return Object.fromEntries(pairs.map(({ _id, owner }) => [_id, owner]))
    }
    const insert = async (id: string, owner: Account): Promise<void> => {
      await fixture.store.processings.insert(processing(id, { owner }))
      await ended(fixture.store, `r-${id}`, id, {}, { owner })
    }

    beforeEach(async () => {
      await insert('town', TOWN)
      await insert('roads', ROADS)
      await insert('user', NAMESAKE)
    })

    it('take over a processing with its runs', async () => {
      const { accounts, runs, processings } = fixture.store
      await runs.replacePending(run('next', 'town'))
      assert.equal(await accounts.changeOwner('town', NAMESAKE), true)
      assert.equal(await accounts.changeOwner('town', NAMESAKE), true)
      assert.deepEqual(await owners(), { town: NAMESAKE, 'r-town': NAMESAKE, next: NAMESAKE, roads: ROADS, 'r-roads': ROADS, user: NAMESAKE, 'r-user': NAMESAKE })
      assert.deepEqual(ids((await runs.list({ owner: NAMESAKE }, { size: 9, skip: 0 })).results), ['next', 'r-town', 'r-user'])
      assert.equal(await accounts.changeOwner('nobody', TOWN), false)
      await assert.rejects(accounts.changeOwner('town', TOWN, 1), { code: 'conflict' })
      assert.deepEqual((await processings.get('town'))?.owner, NAMESAKE)
      assert.equal(await accounts.changeOwner('town', TOWN, 2), true)
    })

    it('take a new name in processings, runs, keys and limits, and leave all others alone', async () => {
      const { accounts, apiKeys, limits } = fixture.store
      await apiKeys.insert(apiKey('k1', { account: ROADS }))
      await limits.put(TOWN, { lastUpdate: at(1), name: 'Town' })
      assert.equal(await accounts.renameOwner(TOWN, 'City'), 6)
      const city = { ...TOWN, name: 'City' }
      const roads = { ...ROADS, name: 'City' }
      assert.deepEqual(await owners(), { town: city, 'r-town': city, roads, 'r-roads': roads, user: NAMESAKE, 'r-user': NAMESAKE })
      assert.deepEqual((await apiKeys.findByHash('hash of k1'))?.account, roads)
      assert.equal((await limits.get(TOWN))?.name, 'City')
      assert.equal(await accounts.renameOwner(TOWN, 'City'), 0)
      assert.equal(await accounts.renameOwner({ type: 'user', id: 'nobody' }, 'X'), 0)
    })

    it('give a department a new name', async () => {
      const { accounts, apiKeys } = fixture.store
      await apiKeys.insert(apiKey('k1', { account: ROADS }))
      assert.equal(await accounts.renameDepartment(TOWN, 'roads', 'Streets'), 3)
      const streets = { ...ROADS, departmentName: 'Streets' }
      assert.deepEqual(await owners(), { town: TOWN, 'r-town': TOWN, roads: streets, 'r-roads': streets, user: NAMESAKE, 'r-user': NAMESAKE })
      assert.deepEqual((await apiKeys.findByHash('hash of k1'))?.account, streets)
      assert.equal(await accounts.renameDepartment(TOWN, 'parks', 'Parks'), 0)
    })

    it('give a user a new name in what he signed, whoever owns it', async () => {
      const { accounts, processings } = fixture.store
      const bea = { id: 'bea', name: 'Bea', date: at(5) }
      await processings.patch('user', { updated: bea })
      assert.equal(await accounts.renameUser('bea', 'Beatrice'), 1)
      assert.equal(await accounts.renameUser('ada', 'Countess'), 3)
      assert.equal(await accounts.renameUser('ada', 'Countess'), 0)
      const found = await processings.get('user')
      assert.deepEqual([found?.created, found?.updated], [{ id: 'ada', name: 'Countess', date: at(0) }, { ...bea, name: 'Beatrice' }])
      assert.equal((await processings.get('town'))?.updated.name, 'Countess')
      assert.deepEqual(found?.owner, NAMESAKE)
    })

    it('are renamed whole when they have much', async () => {
      const { accounts, processings } = fixture.store
      for (let n = 0; n < MANY; n++) await processings.insert(processing(`p${n}`, { updated: { id: 'ada', name: 'Ada', date: at(n % 7) } }))
      assert.equal(await accounts.renameOwner(TOWN, 'City'), MANY + 4)
      assert.equal(await accounts.renameUser('ada', 'Countess'), MANY + 3)
      const { results } = await processings.list({ owner: TOWN }, { size: 1000, skip: 0 })
      assert.deepEqual(new Set(results.map(({ owner, updated }) => `${owner.name} ${updated.name}`)), new Set(['City Countess']))
    })

    it('are removed with all they have but their audit trail, and leave all others alone', async () => {
      const { accounts, apiKeys, audit, limits, logs, processings, runLimits, runs } = fixture.store
      await claimed(fixture.store, 'held', 'town')
      await logs.append('held', 1, [entry(1)])
      for (const [n, account] of [TOWN, ROADS, NAMESAKE].entries()) {
        await apiKeys.insert(apiKey(`k${n}`, { account }))
        await limits.ensure(account, at(0))
        await runLimits.put({ subject: { kind: 'owner', owner: { type: account.type, id: account.id } }, values: { RUN_HEAP_MB: 64 }, updated: { id: 'ada', name: 'Ada', date: at(0) } })
      }
      await audit.append({ _id: 'a1', account: TOWN, date: at(1), actor: { type: 'user', id: 'ada', name: 'Ada' }, action: 'processing.create' })
      assert.equal(await accounts.removeOwner(TOWN), 2)
      assert.equal(await accounts.removeOwner(TOWN), 0)
      assert.deepEqual(await owners(), { user: NAMESAKE, 'r-user': NAMESAKE })
      assert.equal(await logs.last('held'), 0)
      assert.deepEqual(await runs.held(), [])
      assert.deepEqual(await processings.list({ owner: TOWN, q: 'processing' }, { size: 9, skip: 0 }), { results: [], count: 0 })
      assert.equal((await apiKeys.list(TOWN, { size: 9, skip: 0 })).count, 0)
      assert.equal((await apiKeys.list(NAMESAKE, { size: 9, skip: 0 })).count, 1)
      assert.equal(await limits.get(TOWN), undefined)
      assert.notEqual(await limits.get(NAMESAKE), undefined)
      assert.deepEqual(Object.keys(await runLimits.of(TOWN, 'x')), [])
      assert.deepEqual(Object.keys(await runLimits.of(NAMESAKE, 'x')), ['owner'])
      assert.equal((await audit.list({ account: TOWN }, { size: 9, skip: 0 })).count, 1)
    })
  })
}
