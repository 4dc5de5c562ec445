/** A database of data-fair/processings (the folder upstream/), opened as it is. */
import assert from 'node:assert/strict'
import { createCipher } from '../../runner/cipher.ts'
import { openMongoStore } from '../../store/mongo/index.ts'
import type { Store } from '../../store/types.ts'
import { ids, outcome, run } from '../store/contract/samples.ts'
import { testDatabase, type TestDatabase } from './mongo-server.ts'
import { putUpstreamDocuments } from './upstream-documents.ts'

const PAGE = { size: 10, skip: 0 }
const NOW = '2025-03-03T07:00:00.000Z'

describe('store mongo, on a database of data-fair/processings', () => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = testDatabase()
    await putUpstreamDocuments(database)
    store = await openMongoStore({ url: database.url })
  })
  afterEach(async () => {
    await store.close()
    await database.drop()
  })

  it('tells a processing with its configuration, its snapshots and its sealed secret', async () => {
    const found = await store.processings.get('V1StGXR8_Z5jdHi6B-myT')
    assert.deepEqual(found?.config, { name: 'Élysée', times: 2 })
    assert.equal(found?.lastRun?._id, 'ended-run')
    assert.equal(found?.nextRun?.scheduledAt, '2025-03-03T06:30:00.000Z')
    const secret = found?.secrets?.token
    assert.ok(secret)
    assert.equal(createCipher({ password: 'password of the platform', old: [] }).open(secret), 'open sesame')
  })

  it('finds processings by words, by what is shared, by status and by fields of their runs', async () => {
    const list = async (filter: Parameters<Store['processings']['list']>[0]): Promise<string[]> => ids((await store.processings.list(filter, PAGE)).results)
    assert.deepEqual(await list({ q: 'elections' }), ['V1StGXR8_Z5jdHi6B-myT'])
    assert.deepEqual(await list({ scopes: [{ owner: { type: 'organization', id: 'town' }, sharedWith: { email: 'ada@example.org' } }] }), ['V1StGXR8_Z5jdHi6B-myT'])
    assert.deepEqual(await list({ statuses: ['running'] }), ['left-running'])
    assert.deepEqual(await list({ statuses: ['none'] }), ['lost-its-next-run'])
    const { results } = await store.processings.list({}, { ...PAGE, sort: [['lastRun.finishedAt', -1]] })
    assert.equal(results[0]?._id, 'V1StGXR8_Z5jdHi6B-myT')
  })

  it('reads a log that lies in its run, by number, by type and by text, and lists runs without it', async () => {
    const log = await store.logs.read('ended-run', { limit: 10 })
    assert.deepEqual(log[1], { seq: 2, type: 'info', date: '2025-03-02T06:30:04.000Z', msg: '12 lines' })
    assert.deepEqual(log[2], { seq: 3, type: 'task', date: '2025-03-02T06:30:05.000Z', msg: 'Lines', progress: 12, total: 12, progressDate: '2025-03-02T06:30:09.000Z' })
    assert.deepEqual((await store.logs.read('ended-run', { after: 3, limit: 10 })).map(({ extra }) => extra), ['line 7'])
    assert.deepEqual((await store.logs.read('ended-run', { q: 'LINE', types: ['error'], limit: 10 })).map(({ seq }) => seq), [4])
    assert.deepEqual([await store.logs.last('ended-run'), await store.logs.count('ended-run'), await store.logs.count('ended-run', { types: ['task'] })], [4, 4, 1])
    for (const found of (await store.runs.list({}, PAGE)).results) assert.ok(!('log' in found))
    assert.ok(!('log' in (await store.runs.get('ended-run') ?? {})))
  })

  it('claims a run that was planned there', async () => {
    assert.deepEqual(ids(await store.runs.pending({ before: NOW, limit: 10 })), ['planned-run'])
    const claim = await store.runs.claim('planned-run', 'runner-1', NOW)
    assert.deepEqual([claim?.status, claim?.attempt], ['running', 1])
    assert.equal(await store.logs.append('planned-run', 1, [{ seq: 1, type: 'info', msg: 'here', date: NOW }]), true)
    assert.equal((await store.runs.finish('planned-run', 1, { status: 'finished', finishedAt: NOW, outcome }))?.status, 'finished')
    assert.equal((await store.processings.get('V1StGXR8_Z5jdHi6B-myT'))?.lastRun?._id, 'planned-run')
  })

  it('hands back a run that was left running, and its log goes on where it was', async () => {
    assert.deepEqual(ids(await store.runs.held()), ['held-run'])
    assert.equal((await store.runs.handBack('held-run', 0, NOW, { reason: 'runner-gone', quarantine: false }))?.status, 'triggered')
    await store.runs.claim('held-run', 'runner-1', NOW)
    assert.equal(await store.logs.append('held-run', 1, [{ seq: 2, type: 'info', msg: 'again', date: NOW }]), true)
    assert.deepEqual((await store.logs.read('held-run', { limit: 10 })).map(({ seq, msg }) => `${seq} ${msg}`), ['1 Fetch', '2 again'])
  })

  it('starts no second run of a processing, and knows which ones have no next run', async () => {
    assert.equal((await store.runs.replacePending(run('new', 'left-running'))).ok, false)
    assert.equal(await store.runs.claim('stands-behind', 'runner-1', NOW), undefined)
    assert.deepEqual(ids(await store.processings.unarmed(10)), ['lost-its-next-run'])
  })

  it('goes on with quotas and with the version that was recorded', async () => {
    assert.deepEqual((await store.limits.addConsumption({ type: 'organization', id: 'town' }, 2, NOW)).processings_seconds, { limit: 36000, consumption: 60 })
    assert.equal((await store.limits.list({}, PAGE)).count, 2)
    assert.equal(await store.meta.version('processings'), '6.1.0')
  })

  it('patches and renames what is there', async () => {
    const patched = await store.processings.patch('left-running', { title: 'Bridges' }, [], { ifRevision: 0 })
    assert.deepEqual([patched?.title, patched?.revision, patched?.lastRun?._id], ['Bridges', 1, 'held-run'])
    assert.equal(await store.accounts.renameOwner({ type: 'user', id: 'ada' }, 'Countess'), 5)
  })

  it('takes null for absent, in every optional field of a processing, a run, a log entry and a limit', async () => {
    type Document = { _id: string } & Record<string, unknown>
    const signature = { id: 'ada', name: 'Ada', date: NOW }
    const owner = { type: 'user', id: 'ada', name: 'Ada', department: null, departmentName: null }
    await database.db.collection<Document>('processings').insertOne({
      _id: 'nulls',
      title: 'Nulls',
      owner,
      plugin: 'hello',
      scheduling: [],
      active: true,
      webhookKey: 'd'.repeat(16),
      created: signature,
      updated: signature,
      debug: null,
      config: null,
      secrets: null,
      permissions: null,
      userProfile: null,
      lastRun: null,
      nextRun: null
    })
    await database.db.collection<Document>('runs').insertOne({
      _id: 'run-of-nulls',
      owner,
      processing: { _id: 'nulls', title: 'Nulls' },
      createdAt: NOW,
      startedAt: NOW,
      finishedAt: NOW,
      status: 'finished',
      scheduledAt: null,
      permissions: null,
      deleteOnComplete: null,
      log: [{ type: 'task', msg: 'Lines', date: NOW, extra: null, progress: null, total: null }]
    })
    await database.db.collection('limits').insertOne({ type: 'user', id: 'nulls', name: null, lastUpdate: NOW, defaults: null, processings_seconds: null })
    const found = await store.processings.get('nulls') ?? assert.fail()
    const lists = await store.processings.list({ scopes: [{ owner: { type: 'user', id: 'ada' } }] }, PAGE)
    const limit = await store.limits.get({ type: 'user', id: 'nulls' })
    for (const one of [found, found.owner, ...lists.results, await store.runs.get('run-of-nulls'), ...await store.logs.read('run-of-nulls', { limit: 10 }), limit]) {
      assert.deepEqual(Object.entries(one ?? assert.fail()).filter(([, value]) => value === null), [])
    }
    assert.deepEqual((await store.processings.patch('nulls', { permissions: [] }, []))?.permissions, [])
    assert.equal((await store.runs.replacePending(run('asked', 'nulls', { createdAt: NOW, scheduledAt: NOW }))).ok, true)
    assert.equal((await store.processings.get('nulls'))?.nextRun?._id, 'asked')
    assert.equal((await store.runs.claim('asked', 'runner-1', NOW))?.status, 'running')
    assert.equal((await store.runs.finish('asked', 1, { status: 'finished', finishedAt: NOW, outcome }))?.status, 'finished')
    assert.equal((await store.processings.get('nulls'))?.lastRun?._id, 'asked')
  })

  it('opened again, finds nothing left to take up', async () => {
    const before = await database.db.collection('processings').find().sort({ _id: 1 }).toArray()
    await (await openMongoStore({ url: database.url })).close()
    assert.deepEqual(await database.db.collection('processings').find().sort({ _id: 1 }).toArray(), before)
  })

  it('refuses one that a later release has written', async () => {
    await database.db.collection<{ _id: string, value: number }>('service-meta').updateOne({ _id: 'layout' }, { $set: { value: 99 } })
    await assert.rejects(openMongoStore({ url: database.url }), { name: 'StoreError', code: 'too-new', message: /layout 99.*newer release/ })
  })
})
