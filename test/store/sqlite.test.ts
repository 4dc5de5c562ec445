import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Store } from '../../store/types.ts'
import { testStore, type OpenedStore } from './contract.ts'
import { processing, run } from './contract/samples.ts'

async function openSqlite (): Promise<OpenedStore> {
  const dir = await mkdtemp(join(tmpdir(), 'vivarium-store-'))
  const opened: Store[] = []
  const reopen = async (): Promise<Store> => {
    const store = openSqliteStore({ file: join(dir, 'store.sqlite') })
    opened.push(store)
    return store
  }
  return {
    store: await reopen(),
    reopen,
    async close () {
      await Promise.all(opened.map(store => store.close()))
      await rm(dir, { recursive: true })
    }
  }
}

testStore('sqlite', openSqlite)

describe('store sqlite, its file', () => {
  let dir: string
  let file: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vivarium-store-'))
    file = join(dir, 'store.sqlite')
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('can be read by its owner alone', async () => {
    const store = openSqliteStore({ file, synchronous: 'FULL' })
    try {
      await store.processings.insert(processing('p1'))
      for (const suffix of ['', '-wal', '-shm']) assert.equal((await stat(file + suffix)).mode & 0o777, 0o600, suffix)
    } finally {
      await store.close()
    }
  })

  it('of a later release is refused and left as it was', () => {
    withDatabase(file, database => database.exec('PRAGMA user_version = 999'))
    assert.throws(() => openSqliteStore({ file }), { name: 'StoreError', code: 'too-new', message: /version 999.*newer release/ })
    withDatabase(file, database => {
      assert.equal(database.prepare('PRAGMA user_version').get()?.user_version, 999)
      assert.deepEqual(database.prepare('SELECT name FROM sqlite_master').all(), [])
    })
  })

  it('says what is wrong when it cannot be used', async () => {
    const nowhere = join(dir, 'missing', 'store.sqlite')
    assert.throws(() => openSqliteStore({ file: nowhere }), { code: 'unavailable', message: /cannot be opened.*ENOENT/ })
    await writeFile(file, 'this is not a database, only a text that is long enough to look at'.repeat(20))
    assert.throws(() => openSqliteStore({ file }), { code: 'unavailable', message: /not a database/ })
  })

  it('says that it is busy when another process keeps it locked', async () => {
    const store = openSqliteStore({ file, busyTimeoutMs: 20 })
    const other = new DatabaseSync(file)
    try {
      other.exec('BEGIN IMMEDIATE')
      await assert.rejects(store.processings.insert(processing('p1')), { code: 'unavailable', message: /locked/ })
      assert.equal(await store.processings.get('p1'), undefined, 'reading goes on')
      other.exec('COMMIT')
      await store.processings.insert(processing('p1'))
    } finally {
      other.close()
      await store.close()
    }
  })

  it('is waited for while another process makes it', async () => {
    const other = locker(file, 300)
    await other.ready
    const started = performance.now()
    const store = openSqliteStore({ file })
    try {
      assert.ok(performance.now() - started > 100, 'it was locked at first')
      await store.processings.insert(processing('p1'))
    } finally {
      await store.close()
      await other.ended
    }
  })

  it('is made once by processes that open it at the same time, and each run is taken by one of them', async function () {
    this.timeout(60_000)
    const count = 500
    const children = [1, 2, 3].map(n => contender(file, `runner-${n}`, count))
    await Promise.all(children.map(child => child.ready))
    const store = openSqliteStore({ file })
    try {
      for (let n = 0; n < count; n++) {
        await store.processings.insert(processing(`p${n}`))
        await store.runs.replacePending(run(`r${n}`, `p${n}`))
      }
      const won = await Promise.all(children.map(child => child.claim()))
      assert.equal(won.flat().length, count)
      assert.equal(new Set(won.flat()).size, count)
      const { results } = await store.runs.list({}, { size: count + 1, skip: 0 })
      assert.equal(results.length, count)
      for (const { _id, status, receipt } of results) {
        assert.equal(status, 'finished')
        assert.ok(won[Number(String(receipt?.runner).at(-1)) - 1]?.includes(_id), `${_id} was ended by another than its winner`)
        assert.equal(await store.logs.last(_id), 1)
      }
    } finally {
      await store.close()
    }
  })
})

function withDatabase (file: string, use: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file)
  try {
    use(database)
  } finally {
    database.close()
  }
}

/** A process that holds a new file, not yet in WAL mode, locked for `ms`. */
function locker (file: string, ms: number): { ready: Promise<unknown>, ended: Promise<unknown> } {
  const script = `
    const database = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)})
    database.exec('CREATE TABLE t (a); BEGIN EXCLUSIVE')
    console.log('locked')
    setTimeout(() => { database.exec('DROP TABLE t; COMMIT'); database.close() }, ${ms})`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { ready: once(child.stdout, 'data'), ended: once(child, 'exit') }
}

/** A process with the store open, which takes r0, r1… when told and answers those that it won. */
function contender (file: string, runner: string, count: number): { ready: Promise<void>, claim: () => Promise<string[]> } {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./contender.ts', import.meta.url)), file, runner, String(count)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => { if (code !== 0) reject(new Error(`${runner} ended with code ${code}`)) })
  })
  const message = <T>(): Promise<T> => Promise.race([failed, new Promise<T>(resolve => child.once('message', value => resolve(value as T)))]) // see contender.ts
  return {
    ready: message(),
    claim () {
      const won = message<string[]>()
      child.send('claim')
      return won
    }
  }
}
