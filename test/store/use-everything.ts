/** Calls every operation of the contract, with every filter and every field to sort by, so that a driver asks its database all it ever asks. */
import type { Page, ProcessingFilter, Scope, Store } from '../../store/types.ts'
import { TOWN, apiKey, at, claimed, ended, entry, outcome, processing, run } from './contract/samples.ts'

const DEPARTMENT = { ...TOWN, department: 'roads' }
const SHARED: Scope = { owner: TOWN, sharedWith: { email: 'ada@example.org', partner: { organization: 'port', role: 'user' } } }
const SCOPES: readonly (readonly Scope[])[] = [[SHARED], [{ owner: { type: 'user', id: 'ada' } }, SHARED], [{ owner: DEPARTMENT }, { owner: TOWN }], []]

const PROCESSING_FILTERS: readonly ProcessingFilter[] = [
  {}, { owner: TOWN }, { owner: DEPARTMENT }, { q: 'new' }, { owner: TOWN, q: 'two words' }, { plugins: ['a', 'b'] }, { statuses: ['none', 'scheduled', 'error'] },
  { owner: TOWN, plugins: ['a'], statuses: ['error'] }, ...SCOPES.map(scopes => ({ scopes })), { scopes: [SHARED], statuses: ['none'], q: 'new', plugins: ['a'] }
]

const PROCESSING_FIELDS = [
  '_id', 'title', 'plugin', 'created.date', 'updated.date',
  'lastRun.status', 'lastRun.createdAt', 'lastRun.scheduledAt', 'lastRun.startedAt', 'lastRun.finishedAt', 'nextRun.status', 'nextRun.createdAt', 'nextRun.scheduledAt'
]

/** Closes the store. */
export async function useEverything (store: Store): Promise<void> {
  try {
    await store.processings.insert(processing('p1'))
    await writeEverything(store)
    await readEverything(store)
    await useAccounts(store)
    await useService(store)
    await store.processings.remove('p1')
    await store.accounts.removeOwner(TOWN)
  } finally {
    await store.close()
  }
}

async function writeEverything (store: Store): Promise<void> {
  const { processings, runs, logs, runners } = store
  await ended(store, 'r1', 'p1')
  await runs.replacePending(run('r2', 'p1', { status: 'scheduled' }))
  await claimed(store, 'r3', 'p1')
  await runs.update('r3', 1, { receipt: {} })
  await processings.mergeConfig('p1', 'r3', 1, { a: 1 })
  await processings.patch('p1', { title: 'New', owner: TOWN, permissions: [] })
  await logs.append('r3', 1, [entry(1, { type: 'task' })])
  await logs.progress('r3', 1, 1, { progress: 1, total: 2, progressDate: at(1) })
  await runs.kill('r3', at(2), outcome)
  await runs.finish('r3', 1, { status: 'killed', finishedAt: at(2), outcome })
  await runs.replacePending(run('r4', 'p1'))
  await runs.reschedule('r4', at(1))
  await runs.removePending('p1', 'scheduled')
  await runs.kill('r4', at(3), outcome)
  await claimed(store, 'r5', 'p1')
  await runs.handBack('r5', 1, at(4), { reason: 'stopped', quarantine: false })
  await runs.removePending('p1')
  await runs.retain('p1', 1)
  await runs.remove('r1')
  await runners.beat({ id: 'runner-1', host: 'one.example', pid: 1, startedAt: at(0), heartbeatAt: at(0) })
  await runners.remove('runner-1')
}

async function readEverything (store: Store): Promise<void> {
  const { processings, runs, logs, runners } = store
  const page: Page = { size: 10, skip: 0 }
  for (const field of [undefined, ...PROCESSING_FIELDS]) {
    for (const direction of [1, -1] as const) {
      const sort = field === undefined ? [] : [[field, direction] as const]
      for (const filter of PROCESSING_FILTERS) await processings.list(filter, { ...page, sort })
    }
  }
  for (const field of ['_id', 'createdAt', 'scheduledAt', 'startedAt', 'finishedAt']) {
    const sort = [[field, -1] as const]
    const filters = [{ owner: TOWN }, { owner: DEPARTMENT }, { processings: ['p1', 'p2'] }, { owner: TOWN, processings: ['p1'] }, ...SCOPES.map(scopes => ({ scopes })), { scopes: SCOPES[1] ?? [], processings: ['p1'] }]
    for (const filter of filters) await runs.list(filter, { ...page, sort })
    if (field === '_id' || field === 'createdAt') await runs.list({}, { ...page, sort })
  }
  for (const filter of PROCESSING_FILTERS) await processings.facets(filter, { statuses: true, plugins: true, owners: true })
  await processings.get('p1')
  await processings.unarmed(10)
  await runs.get('r1')
  await runs.pending({ limit: 10 })
  await runs.pending({ before: at(9), limit: 10 })
  await runs.pending({ before: at(9), limit: 10, except: [{ type: 'user', id: 'u1' }] })
  await runs.pending({ limit: 10, except: [{ type: 'user', id: 'u1' }] })
  await runs.held()
  await runs.heldByOwner()
  await runs.lastEnded('p1', 10)
  await logs.read('r1', { limit: 10 })
  for (const filter of [{ types: ['info', 'step'] as const }, { q: 'x' }, { types: ['info'] as const, q: 'x' }]) {
    await logs.read('r1', { ...filter, limit: 10 })
    await logs.count('r1', filter)
  }
  await logs.count('r1')
  await logs.last('r1')
  await runners.list()
  await store.ping()
}

async function useAccounts ({ accounts, limits, runLimits, apiKeys, audit }: Store): Promise<void> {
  const page = { size: 10, skip: 0 }
  await accounts.changeOwner('p1', DEPARTMENT)
  await limits.ensure(TOWN, at(0))
  await limits.put(TOWN, { lastUpdate: at(1) })
  await limits.addConsumption(TOWN, 1, at(1))
  await limits.get(TOWN)
  for (const filter of [{}, { type: TOWN.type }, { id: TOWN.id }, { type: TOWN.type, id: TOWN.id }]) await limits.list(filter, page)
  await runLimits.put({ subject: { kind: 'plugin', plugin: 'a' }, values: {}, updated: { id: 'ada', name: 'Ada', date: at(0) } })
  await runLimits.of(TOWN, 'a')
  await runLimits.list(page)
  await runLimits.remove({ kind: 'plugin', plugin: 'a' })
  await apiKeys.insert(apiKey('k1'))
  await apiKeys.findByHash('hash of k1')
  await apiKeys.touch('k1', at(1), at(0))
  for (const account of [TOWN, DEPARTMENT]) {
    await apiKeys.list(account, page)
    await audit.list({ account }, page)
    await audit.list({ account, from: at(0), until: at(9) }, page)
  }
  await audit.append({ _id: 'a1', account: TOWN, date: at(1), actor: { type: 'user', id: 'ada', name: 'Ada' }, action: 'key.create' })
  for (const filter of [{}, { from: at(0) }, { until: at(9) }]) await audit.list(filter, page)
  await audit.prune(at(9), 10)
  await accounts.renameOwner(TOWN, 'City')
  await accounts.renameDepartment(TOWN, 'roads', 'Streets')
  await accounts.renameUser('ada', 'Countess')
  for (const account of [TOWN, DEPARTMENT]) await apiKeys.revoke(account, 'k1')
}

async function useService ({ idempotency, outbox, meta, locks, crashes }: Store): Promise<void> {
  const record = { scope: 's', key: 'k', bodyHash: 'h', expiresAt: at(1) }
  for (let n = 0; n < 2; n++) await idempotency.putOnce(record, at(0))
  await idempotency.setResult(record, 'r1')
  await idempotency.forget(record)
  await idempotency.expire(at(1), 10)
  await outbox.append([1, 2].map(n => ({ _id: `e${n}`, createdAt: at(n), body: {} })), 1)
  await outbox.take('l1', { limit: 10, now: at(9), until: at(10) })
  await outbox.release('l1', ['e2'], at(10))
  await outbox.done('l1', ['e2'])
  await outbox.count()
  await meta.setVersion('processings', '1.0.0')
  await meta.version('processings')
  await locks.acquire('upgrade', 'one', at(0), at(1))
  await locks.renew('upgrade', 'one', at(2))
  await locks.get('upgrade')
  await locks.release('upgrade', 'one')
  await crashes.record({ content: 'c', artefact: 'a', runId: 'r1', date: at(0), alone: true })
  await crashes.get('c')
  await crashes.list(10)
  await crashes.pardon('c')
  await crashes.prune(at(9), 10)
}
