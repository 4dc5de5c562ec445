/**
 * Which cell serves a run. A cell belongs to one owner for its whole life; a pre-warmed spare belongs to nobody yet.
 *
 * 1. a cell of the owner with a free thread
 * 2. else a spare, which becomes the owner's; else a new cell
 * 3. else, `max` processes being there: an idle cell of somebody else is ended, or one that is busy takes no more runs; the caller waits
 *    in line until a place is free
 * 4. a run in quarantine gets a cell of its own, killed after it
 *
 * Bounds: never more than `max` processes, `readyMs` to start, `maxRuns` runs a cell, `idleMs` without a run, and memory at rest at most
 * half more than at the start. Cells end by SIGKILL, always between runs, unless something went wrong.
 */
import { nanoid } from 'nanoid'
import { CellsDisk, type CellFoldersOptions } from './cell-folders.ts'
import { Cell } from './cell.ts'
import { cellToDrain, idleCell, ownCell, sparesOf, type Entry, type Wanted } from './entry.ts'
import { admit } from './identity.ts'
import { restore } from './prepared.ts'
import { CellStartError } from './start-error.ts'
import { Waiting } from './waiting.ts'
import { memoryMb, watch } from './watchdog.ts'
import type { CellEvent } from './event.ts'
import type { CellProcessOptions } from './spawn.ts'

export interface CellsOptions extends Omit<CellProcessOptions, 'folders'>, CellFoldersOptions {
  /** Folders that only the service may enter. Cells under another user get passage through them, no more (identity.ts). */
  readonly ours?: readonly string[]
  readonly max: number
  readonly spares: number
  readonly maxRuns: number
  readonly idleMs: number
  /** Resident memory, not shared with others, at which a cell is killed. */
  readonly memoryMb: number
  /** Without an answer to a ping for so long, a cell that has runs is killed. */
  readonly unresponsiveMs: number
  onEvent?(event: CellEvent): void
}

export interface Lease {
  readonly cell: Cell
  /** Gives the place back; the cell lives on for the owner's next run, unless it is used up. */
  release(): void
}

interface AcquireOptions {
  /** A cell that no other run shares. */
  readonly alone?: boolean
  /** Ends the wait; `acquire` rejects with its reason. */
  readonly signal?: AbortSignal
}

export interface Cells {
  /** Starts the spares. */
  warm(): Promise<void>
  /** Waits in line when all cells are taken. Rejects with `CellStartError` when no process can be started. */
  acquire(owner: string, options?: AcquireOptions): Promise<Lease>
  list(): { id: string, pid: number | undefined, owner: string | undefined, running: number, served: number, memoryMb: number | undefined }[]
  /** Why the last cell could not be started; undefined once one has been. It is tried again by itself. */
  readonly fault: Error | undefined
  /** Kills every cell and waits until no process is left, nor a folder of one. Whoever waits for one is refused. */
  close(): Promise<void>
}

/** A new spare waits a little, so as not to compete with the run that took the last one. */
const REPLENISH_MS = 150
/** Other cells that are tried for one that was killed from outside before it could be used. */
const RETRIES = 2
/** After a start that failed, nobody but a run that needs a cell tries again for so long. */
const RETRY_MS = 5_000
/** Memory at rest may grow by so much before its share is looked at: small heaps breathe. */
const GROWTH_FLOOR_MB = 64
/** And by so much for each thread that was not there at the start: measured, 13 MB with its spare isolate, and room to breathe. */
const THREAD_MB = 24

export function createCells (options: CellsOptions): Cells {
  return new CellPool(options)
}

class CellPool implements Cells {
  readonly #options: CellsOptions
  readonly #entries = new Map<string, Entry>()
  readonly #disk: CellsDisk
  readonly #removals = new Set<Promise<void>>()
  readonly #waiting = new Waiting()
  readonly #sweeper: NodeJS.Timeout
  /** Cells whose folder is being made: there is no process yet, and its place is taken. */
  readonly #starting = new Set<Promise<Entry>>()
  #replenishing: NodeJS.Timeout | undefined
  #closed = false
  #fault: Error | undefined
  #faultAt = 0

  constructor (options: CellsOptions) {
    this.#options = options
    this.#disk = new CellsDisk(options)
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(options.idleMs, RETRY_MS)).unref()
  }

  get fault (): Error | undefined { return this.#fault }

  async warm (): Promise<void> {
    await this.#disk.sweep()
    const started = await Promise.all(Array.from({ length: this.#options.spares }, async () => await this.#start()))
    await Promise.all(started.map(async entry => await entry.cell.ready))
  }

  async acquire (owner: string, { alone = false, signal }: AcquireOptions = {}): Promise<Lease> {
    if (this.#closed) throw closedError()
    signal?.throwIfAborted()
    for (let left = RETRIES; ; left--) {
      const entry = await this.#take({ owner, alone }, signal)
      try {
        // A run in quarantine is convicted when its cell dies: one that had died before, unnoticed as yet, must not be given to it.
        await unlessAborted(alone ? entry.cell.answers() : entry.cell.ready, signal)
        entry.restMb ??= entry.cell.pid === undefined ? undefined : memoryMb(entry.cell.pid)
        return this.#lease(entry)
      } catch (error) {
        this.#giveBack(entry)
        if (left === 0 || this.#closed || !entry.cell.wasKilledFromOutside) throw error
      }
    }
  }

  async #take (wanted: Wanted, signal: AbortSignal | undefined): Promise<Entry> {
    const placed = this.#place(wanted)
    const waits = placed === undefined ? this.#waiting.add(wanted, signal) : undefined
    if (waits !== undefined) this.#makeRoom()
    const entry = await (placed ?? waits as Promise<Entry>) // one of them is there
    this.#replenish()
    return entry
  }

  list (): ReturnType<Cells['list']> {
    return [...this.#entries.values()].map(({ cell }) => ({
      id: cell.id, pid: cell.pid, owner: cell.owner, running: cell.running, served: cell.served, memoryMb: cell.pid === undefined ? undefined : memoryMb(cell.pid)
    }))
  }

  async close (): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweeper)
    clearTimeout(this.#replenishing)
    this.#waiting.refuseAll(closedError())
    await Promise.allSettled(this.#starting)
    const all = [...this.#entries.values()]
    for (const { cell } of all) cell.kill({ by: 'runner', reason: 'closing' })
    await Promise.all(all.map(({ cell }) => cell.dead))
    await Promise.all(this.#removals)
  }

  /** Nothing is awaited between the choice of a cell and its being taken: two runs never get the same spare. */
  #place ({ owner, alone }: Wanted): Promise<Entry> | undefined {
    const entries = this.#entries.values()
    const entry = (alone ? undefined : ownCell(entries, owner, this.#options)) ?? sparesOf(this.#entries.values())[0]
    if (entry === undefined) return this.#live < this.#options.max ? this.#start(owner, alone) : undefined
    if (entry.cell.owner === undefined) {
      entry.cell.owner = owner
      entry.exclusive = alone
      this.#options.onEvent?.({ event: 'assigned', ...about(entry.cell) })
    }
    entry.taken++
    entry.threads = Math.max(entry.threads, entry.taken)
    return Promise.resolve(entry)
  }

  get #live (): number { return this.#entries.size + this.#starting.size }

  /** For each who waits, some cell is ending. */
  #makeRoom (): void {
    const entries = this.#entries
    const ending = [...entries.values()].filter(({ cell }) => !cell.alive || cell.retiring).length
    for (const wanted of this.#waiting.wanted.slice(ending)) {
      const entry = idleCell(entries.values()) ?? cellToDrain(entries.values(), wanted)
      if (entry !== undefined) this.#retire(entry)
    }
  }

  /** Without `owner`: a spare. */
  #start (owner?: string, exclusive = false): Promise<Entry> {
    const starting = this.#open(owner, exclusive).catch(error => { throw this.#told(error) }).finally(() => this.#starting.delete(starting))
    this.#starting.add(starting)
    starting.catch(error => {
      if (this.#closed) return
      this.#failed(error)
      this.#options.onEvent?.({ event: 'not-started', owner, failure: this.#fault?.message ?? '' })
      this.#serve()
    })
    return starting
  }

  /** What the system refuses (a full disk, a folder that is gone) keeps a cell from being started too. */
  #told (error: unknown): unknown {
    const refused = error instanceof Error && 'syscall' in error && 'code' in error
    return refused ? new CellStartError({ stderr: error.message, options: this.#options }, { cause: error }) : error
  }

  async #open (owner: string | undefined, exclusive: boolean): Promise<Entry> {
    const options = this.#options
    const id = `${process.pid}-${nanoid(10)}`
    await restore(options.prepared)
    const folders = await this.#disk.make(id)
    try {
      if (options.uid !== undefined && options.gid !== undefined) {
        await admit({ uid: options.uid, gid: options.gid }, { prepared: options.prepared, folders, ours: options.ours ?? [] })
      }
      if (this.#closed) throw closedError()
      return this.#keep(new Cell(id, { ...options, folders }), owner, exclusive)
    } catch (error) {
      this.#removeFolders(id)
      throw error
    }
  }

  #keep (cell: Cell, owner: string | undefined, exclusive: boolean): Entry {
    cell.owner = owner
    const entry: Entry = { cell, dog: watch(cell, this.#options), taken: owner === undefined ? 0 : 1, threads: 1, exclusive, restMb: undefined, dead: false }
    this.#entries.set(cell.id, entry)
    this.#options.onEvent?.({ event: 'started', ...about(cell) })
    let failure: string | undefined
    cell.ready.then(() => { this.#fault = undefined }, error => {
      failure = error.message
      if (!this.#closed) this.#failed(error)
    })
    cell.dead.then(death => {
      entry.dog.stop()
      this.#entries.delete(cell.id)
      this.#options.onEvent?.({ event: 'ended', ...about(cell), death, runs: cell.lostRuns, ...(failure === undefined ? {} : { failure }) })
      entry.dead = true
      if (entry.taken === 0) this.#removeFolders(cell.id)
      this.#serve()
    }, () => {}) // it never rejects
    return entry
  }

  #removeFolders (id: string): void {
    const removal = this.#disk.remove(id).catch(() => {}).finally(() => this.#removals.delete(removal)) // what cannot be removed is a leftover of the next start
    this.#removals.add(removal)
  }

  #failed (error: Error): void {
    this.#fault = error
    this.#faultAt = performance.now()
  }

  #serve (): void {
    if (this.#closed) return
    this.#waiting.serve(wanted => this.#place(wanted))
    this.#makeRoom()
    this.#replenish()
  }

  #lease (entry: Entry): Lease {
    let held = true
    return {
      cell: entry.cell,
      release: () => {
        if (!held) return
        held = false
        this.#giveBack(entry)
      }
    }
  }

  #giveBack (entry: Entry): void {
    entry.taken--
    if (entry.dead && entry.taken === 0) this.#removeFolders(entry.cell.id)
    else if (entry.taken === 0 && (entry.exclusive || entry.cell.retiring || usedUp(entry, this.#options.maxRuns))) this.#retire(entry)
    this.#serve()
  }

  #retire (entry: Entry): void {
    entry.cell.retiring = true
    if (entry.taken === 0) entry.cell.kill({ by: 'runner', reason: 'retired' })
  }

  /** After a failure one spare is wanted whatever the options say: it tells when cells can be started again. */
  #replenish (): void {
    if (this.#closed || this.#replenishing !== undefined) return
    this.#replenishing = setTimeout(() => {
      this.#replenishing = undefined
      const wanted = this.#fault === undefined ? this.#options.spares : Math.max(1, this.#options.spares)
      if (this.#closed || sparesOf(this.#entries.values()).length >= wanted || this.#live >= this.#options.max || this.#waiting.wanted.length > 0) return
      if (this.#fault !== undefined && (performance.now() - this.#faultAt < RETRY_MS || this.#starting.size > 0)) return
      this.#start().then(() => this.#replenish(), () => {}) // `not-started` was told
    }, REPLENISH_MS).unref()
  }

  #sweep (): void {
    const now = performance.now()
    for (const entry of this.#entries.values()) {
      if (entry.taken === 0 && entry.cell.owner !== undefined && now - entry.cell.lastUsedAt > this.#options.idleMs) this.#retire(entry)
    }
    this.#replenish()
    this.#disk.touch().catch(() => {}) // it never rejects
    this.#tend().catch(error => this.#failed(error))
  }

  /** What cells start from is there before one is wanted, or it is known that it cannot be. */
  async #tend (): Promise<void> {
    const known = this.#fault
    try {
      await restore(this.#options.prepared)
      await this.#disk.makeRoots()
    } catch (error) {
      if (this.#closed) return
      this.#failed(error as Error)
      if (known === undefined) this.#options.onEvent?.({ event: 'not-started', owner: undefined, failure: `No cell can be started: ${(error as Error).message}.` })
    }
  }
}

function about (cell: Cell): { cell: string, pid: number | undefined, owner: string | undefined } {
  return { cell: cell.id, pid: cell.pid, owner: cell.owner }
}

function usedUp ({ cell, restMb, threads }: Entry, maxRuns: number): boolean {
  if (cell.served >= maxRuns) return true
  const now = cell.pid === undefined ? undefined : memoryMb(cell.pid)
  const allowance = GROWTH_FLOOR_MB + THREAD_MB * (threads - 1)
  return restMb !== undefined && now !== undefined && now > Math.max(restMb * 1.5, restMb + allowance)
}

function closedError (): Error {
  return new Error('the cells are closed')
}

async function unlessAborted (work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await work
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
