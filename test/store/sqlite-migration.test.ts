import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Processing, Store } from '../../store/types.ts'
import { TOWN, at, ids, processing, run } from './contract/samples.ts'

const VERSION_1 = new URL('../fixtures/store/version-1.sql', import.meta.url)
const PAGE = { size: 9, skip: 0 }

describe('store sqlite, a file of the first schema', () => {
  let dir: string
  let store: Store
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vivarium-store-'))
    const file = join(dir, 'store.sqlite')
    const database = new DatabaseSync(file)
    database.exec(await readFile(VERSION_1, 'utf8'))
    database.close()
    store = openSqliteStore({ file })
  })
  afterEach(async () => {
    await store.close()
    await rm(dir, { recursive: true })
  })

  const get = async (id: string): Promise<Processing> => await store.processings.get(id) as Processing // the file has those asked for

  it('keeps its processings, runs, logs and runners', async () => {
    const { lastRun, nextRun, permissions, ...shared } = await get('shared')
    assert.deepEqual(shared, processing('shared', { config: { url: 'https://example.org' } }))
    assert.deepEqual([lastRun?._id, lastRun?.status, lastRun?.receipt, nextRun?._id, permissions?.length], ['r1', 'error', { cpuMs: 3 }, 'r2', 3])
    assert.equal((await get('held')).lastRun?.status, 'running')
    assert.deepEqual(ids((await store.runs.list({}, PAGE)).results), ['r1', 'r2', 'r3', 'r4'])
    assert.equal(await store.logs.count('r1'), 2)
    assert.deepEqual((await store.runners.list()).map(({ id }) => id), ['runner-1'])
  })

  it('can be searched by what the first schema had no columns for', async () => {
    const { processings } = store
    const found = async (...query: Parameters<typeof processings.list>): Promise<string[]> => ids((await processings.list(...query)).results)
    for (const sharedWith of [{ email: "d'ada@example.org" }, { partner: { organization: 'port', role: 'contrib' } }, { partner: { organization: 'port', role: 'admin' } }]) {
      assert.deepEqual(await found({ scopes: [{ owner: TOWN, sharedWith }] }, PAGE), ['shared'])
    }
    assert.deepEqual(await found({ scopes: [{ owner: TOWN, sharedWith: { partner: { organization: 'port', role: 'user' } } }] }, PAGE), [])
    assert.deepEqual(await found({ statuses: ['error', 'killed'] }, PAGE), ['closed', 'shared'])
    assert.deepEqual(await found({}, { ...PAGE, sort: [['lastRun.finishedAt', -1]] }), ['shared', 'closed', 'held'])
    assert.equal(await store.accounts.renameUser('bea', 'Beatrice'), 1)
    assert.equal(await store.accounts.renameUser('ada', 'Countess'), 3)
  })

  it('goes on: runs end, documents change and are removed', async () => {
    const { processings, runs } = store
    assert.equal((await runs.claim('r2', 'runner-1', at(61)))?.attempt, 1)
    assert.equal((await runs.finish('r4', 1, { status: 'finished', finishedAt: at(9), outcome: { code: 'finished', message: '' } }))?.status, 'finished')
    assert.equal((await runs.replacePending(run('r5', 'closed'))).ok, true)
    assert.equal((await processings.patch('shared', { permissions: [] }, [], { ifRevision: 0 }))?.lastRun?.permissions?.length, 0)
    assert.equal(await processings.remove('shared'), true)
    assert.deepEqual((await processings.list({ scopes: [{ owner: TOWN, sharedWith: { email: "d'ada@example.org" } }] }, PAGE)).count, 0)
  })
})
