/**
 * Which cell serves a run. A cell belongs to one owner for its whole life; a pre-warmed spare belongs to nobody yet.
 *
 * 1. a cell of the owner with a free thread
 * 2. else a spare, which becomes the owner's; else a new cell
 * 3. a run in quarantine gets a cell of its own, killed after it
 *
 * Bounds: at most `max` cells (the least recently used idle one is evicted), `maxRuns` runs a cell, `idleMs` without a run, and
 * memory at rest at most half more than at the start. Cells end by SIGKILL, always between runs, unless something went wrong.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { nanoid } from 'nanoid'
import { Cell } from './cell.ts'
import { memoryMb, watch } from './watchdog.ts'
import type { CellProcessOptions } from './spawn.ts'
import type { Watchdog } from './watchdog.ts'

export interface CellsOptions extends Omit<CellProcessOptions, 'workDir'> {
  /** Folder of the cells' work folders. */
  readonly dir: string
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

type CellEvent = { readonly event: 'started' | 'assigned' | 'ended', readonly cell: string, readonly pid: number | undefined, readonly owner: string | undefined, readonly detail?: unknown }

export interface Lease {
  readonly cell: Cell
  /** Gives the place back; the cell lives on for the owner's next run, unless it is used up. */
  release(): void
}

export interface Cells {
  /** Starts the spares. */
  warm(): Promise<void>
  /** `alone`: a cell that no other run shares. Rejects when no process can be started. */
  acquire(owner: string, options?: { readonly alone?: boolean }): Promise<Lease>
  list(): { id: string, pid: number | undefined, owner: string | undefined, running: number, served: number, memoryMb: number | undefined }[]
  /** Kills every cell and waits until no process is left. */
  close(): Promise<void>
}

/** A new spare waits a little, so as not to compete with the run that took the last one. */
const REPLENISH_MS = 150
/** Memory at rest may grow by so much before its share is looked at: small heaps breathe. */
const GROWTH_FLOOR_MB = 64
/** And by so much for each thread that was not there at the start: measured, 13 MB with its spare isolate, and room to breathe. */
const THREAD_MB = 24

interface Entry {
  readonly cell: Cell
  readonly workDir: string
  readonly dog: Watchdog
  /** Leases handed out, those whose run has not begun yet included. */
  taken: number
  /** Most leases at the same time: as many threads it has had. */
  threads: number
  exclusive: boolean
  /** Before its first run. */
  restMb: number | undefined
}

export function createCells (options: CellsOptions): Cells {
  const entries = new Map<string, Entry>()
  let closed = false
  let replenishing: NodeJS.Timeout | undefined
  const sweeper = setInterval(() => sweep(), Math.min(options.idleMs, 5_000)).unref()

  function note (event: CellEvent['event'], cell: Cell, detail?: unknown): void {
    options.onEvent?.({ event, cell: cell.id, pid: cell.pid, owner: cell.owner, ...(detail === undefined ? {} : { detail }) })
  }

  /** Without `owner`: a spare. */
  async function start (owner?: string, exclusive = false): Promise<Entry> {
    const id = `${process.pid}-${nanoid(10)}`
    const workDir = path.join(options.dir, id)
    await mkdir(workDir, { recursive: true, mode: 0o700 })
    const cell = new Cell(id, { ...options, workDir })
    cell.owner = owner
    const entry: Entry = { cell, workDir, dog: watch(cell, options), taken: owner === undefined ? 0 : 1, threads: 1, exclusive, restMb: undefined }
    entries.set(id, entry)
    note('started', cell)
    cell.dead.then(async death => {
      entry.dog.stop()
      entries.delete(id)
      note('ended', cell, death)
      await rm(workDir, { recursive: true, force: true })
    }).catch(error => note('ended', cell, String(error)))
    return entry
  }

  const spares = (): Entry[] => [...entries.values()].filter(entry => entry.cell.owner === undefined && entry.cell.alive)

  function replenish (): void {
    if (closed || replenishing !== undefined) return
    replenishing = setTimeout(() => {
      replenishing = undefined
      if (!closed && spares().length < options.spares && entries.size < options.max) start().then(replenish, () => {}) // the next acquire reports what is wrong
    }, REPLENISH_MS).unref()
  }

  /** Nothing is awaited between the choice of a cell and its being taken: two runs never get the same spare. */
  async function take (owner: string, alone: boolean): Promise<Entry> {
    const entry = (alone ? undefined : mine(owner)) ?? spares().sort((a, b) => Number(b.cell.isReady) - Number(a.cell.isReady))[0]
    if (entry === undefined) {
      if (entries.size >= options.max) evict()
      return await start(owner, alone)
    }
    if (entry.cell.owner === undefined) {
      entry.cell.owner = owner
      entry.exclusive = alone
      note('assigned', entry.cell)
    }
    entry.taken++
    entry.threads = Math.max(entry.threads, entry.taken)
    return entry
  }

  function evict (): void {
    const idle = [...entries.values()].filter(entry => entry.taken === 0 && entry.cell.owner !== undefined).sort((a, b) => a.cell.lastUsedAt - b.cell.lastUsedAt)[0]
    if (idle !== undefined) retire(idle)
  }

  function retire (entry: Entry): void {
    entry.cell.retiring = true
    if (entry.taken === 0) entry.cell.kill({ by: 'runner', reason: 'retired' })
  }

  function mine (owner: string): Entry | undefined {
    return [...entries.values()].find(({ cell, taken, exclusive }) => {
      // One that has served its runs takes no more while others go on in it: under load it would never be at rest.
      return cell.owner === owner && cell.alive && !cell.retiring && !exclusive && taken < options.threads && cell.served < options.maxRuns
    })
  }

  function usedUp ({ cell, restMb, threads }: Entry): boolean {
    if (cell.served >= options.maxRuns) return true
    const now = cell.pid === undefined ? undefined : memoryMb(cell.pid)
    const allowance = GROWTH_FLOOR_MB + THREAD_MB * (threads - 1)
    return restMb !== undefined && now !== undefined && now > Math.max(restMb * 1.5, restMb + allowance)
  }

  function lease (entry: Entry): Lease {
    let held = true
    return {
      cell: entry.cell,
      release () {
        if (!held) return
        held = false
        entry.taken--
        if (entry.taken === 0 && (entry.exclusive || entry.cell.retiring || usedUp(entry))) retire(entry)
        replenish()
      }
    }
  }

  function sweep (): void {
    const now = performance.now()
    for (const entry of entries.values()) {
      if (entry.taken === 0 && entry.cell.owner !== undefined && now - entry.cell.lastUsedAt > options.idleMs) retire(entry)
    }
    replenish()
  }

  return {
    async warm () {
      await removeLeftovers(options.dir)
      const started = await Promise.all(Array.from({ length: options.spares }, () => start()))
      await Promise.all(started.map(entry => entry.cell.ready))
    },
    async acquire (owner, { alone = false } = {}) {
      if (closed) throw new Error('the cells are closed')
      const entry = await take(owner, alone)
      replenish()
      try {
        await entry.cell.ready
      } catch (error) {
        entry.taken--
        throw error
      }
      entry.restMb ??= entry.cell.pid === undefined ? undefined : memoryMb(entry.cell.pid)
      return lease(entry)
    },
    list () {
      return [...entries.values()].map(({ cell }) => ({
        id: cell.id, pid: cell.pid, owner: cell.owner, running: cell.running, served: cell.served, memoryMb: cell.pid === undefined ? undefined : memoryMb(cell.pid)
      }))
    },
    async close () {
      closed = true
      clearInterval(sweeper)
      clearTimeout(replenishing)
      const all = [...entries.values()]
      for (const { cell } of all) cell.kill({ by: 'runner', reason: 'closing' })
      await Promise.all(all.map(({ cell }) => cell.dead))
    }
  }
}

/** Work folders of services that did not end in order; their cells have ended with them (sandbox/cell.ts). */
async function removeLeftovers (dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const name of await readdir(dir)) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(path.join(dir, name), { recursive: true, force: true })
  }
}

function isAlive (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
