/** Every statement that the driver prepares is asked how SQLite would run it: none may read a whole table. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { useEverything } from './use-everything.ts'

/** All but `runners` and `run_limits`: a handful of rows, read whole only when all are wanted. */
const TABLES = 'processings|processing_shares|title_words|last_runs|runs|log_entries|limits|api_keys|audit|idempotency|outbox|meta|locks|crashes'
/** `SCAN x USING INDEX` is a walk along an index, cut by LIMIT or counted: only a bare `SCAN x` reads the table itself. */
const TABLE_SCAN = new RegExp(`^SCAN (${TABLES})(?! USING)`)

interface Plan { readonly sql: string, readonly steps: readonly string[] }

describe('store sqlite, its statements', () => {
  let dir: string
  let file: string
  let plans: Plan[]
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vivarium-store-'))
    file = join(dir, 'store.sqlite')
    plans = plansOf(file, await statementsOf(() => useEverything(openSqliteStore({ file }))))
  })
  const stepsOf = (part: string): string[] => plans.filter(({ sql }) => sql.includes(part)).flatMap(({ steps }) => steps)

  after(() => rm(dir, { recursive: true }))

  it('never read a whole table', () => {
    assert.ok(plans.length >= 250, `the plans of all statements are wanted, found ${plans.length}`)
    for (const { sql, steps } of plans) {
      for (const step of steps) assert.doesNotMatch(step, TABLE_SCAN, sql)
    }
  })

  it('that wait for work are answered by indexes that hold nothing else', () => {
    assert.deepEqual(stepsOf('WHERE due <= ? ORDER BY'), ['SEARCH runs USING INDEX runs_due (due<?)'])
    assert.deepEqual(stepsOf('WHERE due IS NOT NULL ORDER BY'), ['SEARCH runs USING INDEX runs_due (due>?)'])
    assert.deepEqual(stepsOf('WHERE runner IS NOT NULL ORDER BY'), ['SEARCH runs USING INDEX runs_held (runner>?)'])
    assert.deepEqual(stepsOf('ORDER BY finished_at DESC'), ['SEARCH runs USING INDEX runs_ended (processing=? AND finished_at>?)'])
    assert.deepEqual(stepsOf('OFFSET ?').filter(step => step.includes('runs_retained')), ['SEARCH runs USING INDEX runs_retained (processing=?)'])
    assert.ok(stepsOf('armed = 1').includes('SCAN processings USING INDEX processings_armed'))
  })

  it('that list runs touch no log, and no body of a trigger', () => {
    const lists = plans.filter(({ sql }) => /^SELECT.* FROM runs( WHERE.*)? ORDER BY.*LIMIT/.test(sql))
    assert.ok(lists.length >= 20, `the lists of runs are wanted, found ${lists.length} statements`)
    for (const { sql } of lists) assert.doesNotMatch(sql, /log_entries|trigger_body|\*/)
  })

  it('that look for what is shared, old, expired or held go straight to it', () => {
    assert.match(stepsOf('FROM processing_shares').join(), /SEARCH processing_shares USING PRIMARY KEY \(target=\? AND kind=\?/)
    assert.match(stepsOf('INDEXED BY runs_held').join(), /SEARCH runs USING INDEX runs_held/)
    assert.match(stepsOf('WHERE created_by = ?').join(), /SEARCH processings USING INDEX processings_created_by/)
    assert.match(stepsOf('WHERE updated_by = ?').join(), /SEARCH processings USING INDEX processings_updated_by/)
    assert.match(stepsOf('FROM api_keys WHERE hash = ?').join(), /SEARCH api_keys USING INDEX sqlite_autoindex_api_keys_2 \(hash=\?\)/)
    assert.match(stepsOf('DELETE FROM audit').join(), /SEARCH audit USING COVERING INDEX audit_date \(date<\?\)/)
    assert.match(stepsOf('FROM idempotency WHERE expires_at <=').join(), /SEARCH idempotency USING COVERING INDEX idempotency_expires/)
    assert.match(stepsOf('DELETE FROM crashes WHERE content IN').join(), /SEARCH crashes USING COVERING INDEX crashes_last/)
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

function plansOf (file: string, statements: Set<string>): Plan[] {
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
