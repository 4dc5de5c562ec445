/** Every statement that the driver prepares is asked how SQLite would run it: none may read a whole table. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Page, Store } from '../../store/types.ts'
import { TOWN, at, claimed, ended, entry, outcome, processing, run } from './contract/samples.ts'

/** All but `runners`: a handful of rows, all of them wanted whenever they are read. */
const TABLES = 'processings|title_words|last_runs|runs|log_entries'
/** `SCAN x USING INDEX` is a walk along an index, cut by LIMIT or counted: only a bare `SCAN x` reads the table itself. */
const TABLE_SCAN = new RegExp(`^SCAN (${TABLES})(?! USING)`)

describe('store sqlite, its statements', () => {
  let dir: string
  let file: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vivarium-store-'))
    file = join(dir, 'store.sqlite')
  })
  after(() => rm(dir, { recursive: true }))

  it('never read a whole table', async () => {
    const statements = await statementsOf(() => useEverything(file))
    const plans = plansOf(file, statements)
    assert.ok(plans.length >= 60, `the plans of all statements are wanted, found ${plans.length}`)
    for (const { sql, steps } of plans) {
      for (const step of steps) assert.doesNotMatch(step, TABLE_SCAN, sql)
    }
  })

  it('that wait for work are answered by indexes that hold nothing else', async () => {
    const plans = plansOf(file, await statementsOf(() => useEverything(file)))
    const stepsOf = (part: string): string[] => plans.filter(({ sql }) => sql.includes(part)).flatMap(({ steps }) => steps)
    assert.deepEqual(stepsOf('WHERE due <= ? ORDER BY'), ['SEARCH runs USING INDEX runs_due (due<?)'])
    assert.deepEqual(stepsOf('WHERE due IS NOT NULL ORDER BY'), ['SEARCH runs USING INDEX runs_due (due>?)'])
    assert.deepEqual(stepsOf('WHERE runner IS NOT NULL ORDER BY'), ['SEARCH runs USING INDEX runs_held (runner>?)'])
    assert.deepEqual(stepsOf('ORDER BY finished_at DESC'), ['SEARCH runs USING INDEX runs_ended (processing=? AND finished_at>?)'])
    assert.deepEqual(stepsOf('OFFSET ?').filter(step => step.includes('runs_retained')), ['SEARCH runs USING INDEX runs_retained (processing=?)'])
    assert.ok(stepsOf('armed = 1').includes('SCAN processings USING INDEX processings_armed'))
  })

  it('would be caught here if they did', () => {
    const [plan] = plansOf(file, new Set(['SELECT * FROM runs WHERE doc = ?']))
    assert.match(plan?.steps.join() ?? '', TABLE_SCAN)
  })
})

/** What is prepared while `use` runs. */
async function statementsOf (use: () => Promise<void>): Promise<Set<string>> {
  const statements = new Set<string>()
  const prepare = DatabaseSync.prototype.prepare
  DatabaseSync.prototype.prepare = function (sql, options) {
    statements.add(sql)
    return prepare.call(this, sql, options)
  }
  try {
    await use()
  } finally {
    DatabaseSync.prototype.prepare = prepare
  }
  return statements
}

function plansOf (file: string, statements: Set<string>): { sql: string, steps: string[] }[] {
  const database = new DatabaseSync(file)
  try {
    return [...statements].filter(sql => /^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(sql)).map(sql => ({
      sql,
      steps: database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(row => String(row.detail))
    }))
  } finally {
    database.close()
  }
}

/** Every operation of the contract, with every filter and every field to sort by. */
async function useEverything (file: string): Promise<void> {
  const store = openSqliteStore({ file })
  try {
    await store.processings.insert(processing('p1'))
    await writeEverything(store)
    await readEverything(store)
    await store.processings.remove('p1')
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
  const department = { ...TOWN, department: 'roads' }
  for (const field of [undefined, '_id', 'title', 'plugin', 'created.date', 'updated.date']) {
    for (const direction of [1, -1] as const) {
      const sort = field === undefined ? [] : [[field, direction] as const]
      for (const filter of [{}, { owner: TOWN }, { owner: department }, { q: 'new' }, { owner: TOWN, q: 'two words' }]) await processings.list(filter, { ...page, sort })
    }
  }
  for (const field of ['_id', 'createdAt', 'scheduledAt', 'startedAt', 'finishedAt']) {
    const sort = [[field, -1] as const]
    const filters = [{ owner: TOWN }, { owner: department }, { processings: ['p1', 'p2'] }, { owner: TOWN, processings: ['p1'] }]
    for (const filter of filters) await runs.list(filter, { ...page, sort })
    if (field === '_id' || field === 'createdAt') await runs.list({}, { ...page, sort })
  }
  await processings.get('p1')
  await processings.unarmed(10)
  await runs.get('r1')
  await runs.pending({ limit: 10 })
  await runs.pending({ before: at(9), limit: 10 })
  await runs.held()
  await runs.lastEnded('p1', 10)
  await logs.read('r1', { limit: 10 })
  await logs.last('r1')
  await runners.list()
  await store.ping()
}
