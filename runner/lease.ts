/** A runner's sign of life in the store, and how others read it: a run held by a dead runner is an orphan. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { nanoid } from 'nanoid'
import type { RunnerRecord, Store } from '../store/types.ts'

export interface LeaseOptions {
  readonly store: Pick<Store, 'runners'>
  readonly heartbeatMs: number
  /** Without a heartbeat for so long a runner is dead. Several times `heartbeatMs`. */
  readonly deadAfterMs: number
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
  /** A heartbeat could not be written; the next one is tried all the same. */
  readonly onError: (error: unknown) => void
}

export interface Lease {
  /** Id of this runner: what `claim` writes into a run. */
  readonly id: string
  /** Writes the first heartbeat, then one every `heartbeatMs`. Rejects when the first fails. */
  start (): Promise<void>
  /** Ends the heartbeat and removes the record: this runner holds nothing any more. */
  stop (): Promise<void>
  /**
   * Whether a runner, known by its record, can no longer be running anything.
   *
   * On this machine, its process is looked at: gone, a zombie, or another process that has got its id, means dead at once.
   * Else the age of the heartbeat decides. The clocks of machines that share a store must agree to within `deadAfterMs`.
   */
  isDead (record: RunnerRecord, nowMs: number): boolean
}

export function createLease (options: LeaseOptions): Lease {
  return new StoreLease(options)
}

/** Leases of this very process: two runners may live in one. */
const own = new Set<string>()

class StoreLease implements Lease {
  readonly id = nanoid()
  readonly #options: LeaseOptions
  readonly #clock: () => number
  readonly #host = machine()
  readonly #startedAt: string
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> = Promise.resolve()

  constructor (options: LeaseOptions) {
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#startedAt = this.#now()
  }

  async start (): Promise<void> {
    own.add(this.id)
    await this.#beat()
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat()).catch(this.#options.onError)
    }, this.#options.heartbeatMs)
  }

  async stop (): Promise<void> {
    own.delete(this.id)
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#beating // a late heartbeat would bring the record back
    await this.#options.store.runners.remove(this.id)
  }

  isDead (record: RunnerRecord, nowMs: number): boolean {
    if (record.id === this.id) return false
    if (record.host === this.#host && isGone(record, this.#options.heartbeatMs)) return true
    return nowMs - Date.parse(record.heartbeatAt) > this.#options.deadAfterMs
  }

  async #beat (): Promise<void> {
    const { id } = this
    await this.#options.store.runners.beat({ id, host: this.#host, pid: process.pid, startedAt: this.#startedAt, heartbeatAt: this.#now() })
  }

  #now (): string {
    return new Date(this.#clock()).toISOString()
  }
}

/** A process id means something on one boot of one machine, and inside one PID namespace (containers may share a host name). */
function machine (): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'))
  return [hostname(), boot, namespace].filter(part => part !== undefined).join(' ')
}

/** The process of a record of this machine has ended. */
function isGone ({ id, pid, heartbeatAt }: RunnerRecord, heartbeatMs: number): boolean {
  if (pid === process.pid) return !own.has(id) // else it is of a former process with the same number
  if (!exists(pid)) return true
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (stat === undefined) return false
  const { state, startedMs } = parseStat(stat)
  if (state === 'Z' || state === 'X') return true
  // Started after the last heartbeat: another process. The margin allows for a clock that was set in between.
  return startedMs !== undefined && startedMs > Date.parse(heartbeatAt) + heartbeatMs + CLOCK_MARGIN_MS
}

const CLOCK_MARGIN_MS = 2_000
/** USER_HZ: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100

function exists (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it exists, and belongs to somebody else
  }
}

/** proc(5): the name in parentheses may hold anything, so fields are counted after the last one: 3 is the state, 22 the start in ticks after boot. */
function parseStat (stat: string): { readonly state: string | undefined, readonly startedMs: number | undefined } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const bootSeconds = attempt(() => /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1])
  const startedMs = (Number(bootSeconds) + Number(fields[19]) / TICKS_PER_SECOND) * 1000
  return { state: fields[0], startedMs: Number.isNaN(startedMs) ? undefined : startedMs }
}

/** Not every system has a /proc. */
function attempt<T> (read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
