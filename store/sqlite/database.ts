/** One connection: pragmas, a bounded cache of prepared statements, transactions, and errors told as `StoreError`. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { StoreError } from '../types.ts'

export interface SqliteOptions {
  /** Path of the database file; its folder exists. Made (mode 0600) when absent; `-wal` and `-shm` files lie beside it. */
  readonly file: string
  /**
   * What a commit survives. `NORMAL`: the death of the process. `FULL`: the loss of power too, at one disk flush per commit.
   * @default 'NORMAL'
   */
  readonly synchronous?: 'NORMAL' | 'FULL'
  /**
   * How long an operation waits for another process's, before `StoreError` `unavailable`. It holds the thread for a tenth of a second of it
   * at most (patience.ts), but for the opening, which holds it for all.
   * @default 10000
   */
  readonly busyTimeoutMs?: number
}

/** What a column may hold. Undefined is told apart from null by the callers, never by SQLite. */
export type Value = SQLInputValue

export const WAIT_MS = 10_000
/** Of one try: longer than another process's writes take, shorter than anybody notices. */
const TRY_MS = 100
const QUIET_MS = 1000

const MAX_STATEMENTS = 200
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
const CACHE_KIB = 16 * 1024

export class Database {
  readonly file: string
  readonly #connection: DatabaseSync
  readonly #tryMs: number
  /** How long SQLite itself waits now. */
  #waitsMs: number
  #busyAt = -Infinity
  readonly #statements = new Map<string, StatementSync>()

  constructor (options: SqliteOptions) {
    this.file = options.file
    const busyTimeoutMs = options.busyTimeoutMs ?? WAIT_MS
    this.#tryMs = Math.min(TRY_MS, busyTimeoutMs)
    this.#waitsMs = busyTimeoutMs
    this.#connection = open(options.file, busyTimeoutMs)
    try {
      this.#configure(options.synchronous ?? 'NORMAL', busyTimeoutMs)
    } catch (error) {
      this.#connection.close()
      throw told(error, options.file)
    }
  }

  /** The first row. `R` names the columns selected: the tables are STRICT, so their types are those of schema.ts. */
  get<R extends object> (sql: string, ...values: Value[]): R | undefined {
    return this.#attempt(() => this.#statement(sql).get(...values) as R | undefined) // see above
  }

  all<R extends object> (sql: string, ...values: Value[]): R[] {
    return this.#attempt(() => this.#statement(sql).all(...values) as R[]) // see `get`
  }

  /** How many rows were changed. */
  run (sql: string, ...values: Value[]): number {
    return this.#attempt(() => Number(this.#statement(sql).run(...values).changes))
  }

  /** Several statements, without values. */
  script (sql: string): void {
    this.#attempt(() => this.#connection.exec(sql))
  }

  /** The write lock is taken first, so that nothing read inside can be outdated by another process. Not to be nested. */
  transaction<T> (work: () => T): T {
    this.run('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.run('COMMIT')
      return result
    } catch (error) {
      if (this.#connection.isOpen && this.#connection.isTransaction) this.run('ROLLBACK')
      throw error
    }
  }

  /** `waited`: it was busy before. Readers are served while a writer holds the database: it is free when nobody has found it busy for a while. */
  answered (waited: boolean): void {
    if (this.#waitsMs === this.#tryMs) return
    if (waited || performance.now() - this.#busyAt > QUIET_MS) this.#waitAtMost(this.#tryMs)
  }

  #waitAtMost (ms: number): void {
    if (ms === this.#waitsMs || !this.#connection.isOpen) return
    this.#connection.exec(`PRAGMA busy_timeout = ${ms}`)
    this.#waitsMs = ms
  }

  close (): void {
    this.#statements.clear()
    if (this.#connection.isOpen) this.#connection.close()
  }

  #statement (sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#connection.prepare(sql)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size >= MAX_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest)
    this.#statements.set(sql, statement)
    return statement
  }

  #attempt<T> (work: () => T): T {
    try {
      return work()
    } catch (error) {
      const answer = told(error, this.file)
      if (isBusy(answer)) this.#foundBusy()
      throw answer
    }
  }

  /** Until it is free each try fails at once: however many wait, the thread is held for one of them. */
  #foundBusy (): void {
    this.#busyAt = performance.now()
    this.#waitAtMost(0)
  }

  #configure (synchronous: 'NORMAL' | 'FULL', busyTimeoutMs: number): void {
    enableWal(this.#connection, busyTimeoutMs)
    this.#connection.exec(`
      PRAGMA synchronous = ${synchronous};
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA wal_autocheckpoint = 4000; -- pages: a checkpoint syncs the disk on this thread, so a rarer one costs less
      PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
    `)
  }
}

function open (file: string, busyTimeoutMs: number): DatabaseSync {
  try {
    closeSync(openSync(file, 'a', 0o600)) // SQLite gives its -wal and -shm files the mode of this one
    return new DatabaseSync(file, { timeout: busyTimeoutMs })
  } catch (cause) {
    throw new StoreError('unavailable', `the database ${file} cannot be opened: ${reason(cause)}`, { cause })
  }
}

/** SQLite may answer BUSY here at once, whatever the timeout, when several processes open a new file together: so we wait ourselves. */
function enableWal (connection: DatabaseSync, busyTimeoutMs: number): void {
  const giveUpAt = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      const mode = connection.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
      if (mode === 'wal') return
      throw new StoreError('unavailable', `a database in WAL mode is wanted, the file system of this one allows only "${mode}"`)
    } catch (error) {
      if (sqliteCode(error) !== BUSY || performance.now() > giveUpAt) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

const BUSY = 5
const LOCKED = 6
/** PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: https://sqlite.org/rescode.html */
const UNAVAILABLE = new Set([3, BUSY, LOCKED, 7, 8, 10, 11, 13, 14, 15, 26])

/** Failures of the database become `unavailable`; anything else (a fault of ours) is left as it is. */
function told (error: unknown, file: string): unknown {
  const code = sqliteCode(error)
  const closed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE'
  if (closed) return new StoreError('unavailable', `the database ${file} has been closed`, { cause: error })
  if (code === undefined || !UNAVAILABLE.has(code)) return error
  return new StoreError('unavailable', `the database ${file} does not answer: ${reason(error)}`, { cause: error })
}

/** Another connection holds the database: it will let go. */
export function isBusy (error: unknown): boolean {
  return error instanceof StoreError && error.code === 'unavailable' && [BUSY, LOCKED].includes(sqliteCode(error.cause) ?? 0)
}

/** The primary result code, without the extension in its upper bytes. */
function sqliteCode (error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

function reason (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
