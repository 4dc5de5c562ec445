/**
 * One cell's life, seen from the runner: spawned, ready, given to an owner, running, ended by SIGKILL.
 * All that comes out of the pipe is untrusted: a run id must be one of this cell's runs, a frame must have a known shape; a cell that
 * breaks the protocol is killed.
 */
import type { Socket } from 'node:net'
import { encodeFrame, FrameReader } from '../../sandbox/frames.ts'
import { checkFromCell } from './from-cell.ts'
import { spawnCell } from './spawn.ts'
import type { ChildProcess } from 'node:child_process'
import type { CellProcessOptions } from './spawn.ts'
import type { FromCell, GuestMessage, HostMessage, Job, RunCounters, RunResult, ToCell } from '../../sandbox/protocol.ts'

/** Why the runner ended a cell, or that it ended by itself. */
export type CellDeath =
  | { readonly by: 'runner', readonly reason: 'cell-memory' | 'poisoned' | 'protocol' | 'unresponsive' | 'retired' | 'closing', readonly culprit?: string, readonly detail?: string }
  | { readonly by: 'itself', readonly code: number | null, readonly signal: string | null, readonly detail: string }

export type CellRunEnd =
  | { readonly kind: 'done', readonly result: RunResult, readonly counters: RunCounters }
  /** `alone`: no other run was in the cell. */
  | { readonly kind: 'died', readonly death: CellDeath, readonly alone: boolean }

export interface CellRunHandlers {
  onGuest(message: GuestMessage, body: Buffer | undefined): void
  onLoaded?(stop: boolean): void
  onStats?(cpuMs: number, heapMb: number): void
}

export interface CellRun {
  readonly id: string
  readonly ended: Promise<CellRunEnd>
  send(message: HostMessage, body?: Uint8Array): void
  /** Calls the plugin's stop(). */
  stop(): void
  /** Asks the cell to dispose of the isolate. */
  abort(): void
}

interface Held {
  readonly handlers: CellRunHandlers
  readonly end: (end: CellRunEnd) => void
}

/** Of what a cell writes to its standard error, for operators. */
const STDERR_BYTES = 4_096

export class Cell {
  readonly id: string
  readonly startedAt = performance.now()
  /** Resolves when a spare isolate waits in it; rejects when it died before. */
  readonly ready: Promise<void>
  /** Resolves when the process is gone. */
  readonly dead: Promise<CellDeath>
  owner: string | undefined
  /** Runs that it has begun. */
  served = 0
  lastUsedAt = performance.now()
  /** When the last pong came; the watchdog reads it. */
  lastPongAt = performance.now()
  isReady = false
  /** Takes no more runs; killed once empty. */
  retiring = false

  readonly #child: ChildProcess
  readonly #pipe: Socket
  readonly #runs = new Map<string, Held>()
  #death: CellDeath | undefined
  #stderr = ''
  #corked = false

  constructor (id: string, options: CellProcessOptions) {
    this.id = id
    this.#child = spawnCell(options)
    const ready = Promise.withResolvers<void>()
    const dead = Promise.withResolvers<CellDeath>()
    this.ready = ready.promise
    this.dead = dead.promise
    this.ready.catch(() => {}) // whoever waits for it sees it; nobody has to
    this.#pipe = this.#child.stdio[3] as Socket // spawn.ts asks for a pipe there
    this.#listen(ready.resolve)
    this.#child.once('error', error => { this.#stderr = error.message })
    this.#child.once('close', (code, signal) => {
      const death = this.#death ?? { by: 'itself', code, signal, detail: this.#stderr }
      this.#death = death
      ready.reject(new Error(`a cell ended before it was ready (code ${code}, signal ${signal}): ${this.#stderr}`))
      this.#endRuns(death)
      dead.resolve(death)
    })
  }

  get pid (): number | undefined { return this.#child.pid }
  get running (): number { return this.#runs.size }
  get alive (): boolean { return this.#death === undefined }

  run (id: string, job: Job, bundle: Uint8Array, handlers: CellRunHandlers): CellRun {
    const { promise, resolve } = Promise.withResolvers<CellRunEnd>()
    this.served++
    this.lastUsedAt = performance.now()
    if (!this.alive) return { id, ended: this.dead.then(death => ({ kind: 'died', death, alone: true })), send () {}, stop () {}, abort () {} }
    this.#runs.set(id, { handlers, end: resolve })
    this.#write({ t: 'run', run: id, job }, bundle)
    return {
      id,
      ended: promise,
      send: (message, body) => this.#write({ t: 'host', run: id, message }, body),
      stop: () => this.#write({ t: 'stop', run: id }),
      abort: () => this.#write({ t: 'abort', run: id })
    }
  }

  ping (n: number): void {
    this.#write({ t: 'ping', n })
  }

  /** SIGKILL, to the whole group when there is a wrapper. The runs in it end as `died`. */
  kill (death: CellDeath & { by: 'runner' }): void {
    if (this.#death !== undefined) return
    this.#death = death
    this.#keepsServiceAlive(true)
    this.#pipe.destroy()
    signal(this.#child)
  }

  #listen (onReady: () => void): void {
    const reader = new FrameReader({ headerBytes: 33_554_432, bodyBytes: 33_554_432 })
    this.#pipe.on('error', () => {}) // the close of the process tells
    this.#pipe.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) {
          if (!this.alive) return
          this.#receive(checkFromCell(frame.header), frame.body, onReady)
        }
      } catch (error) {
        this.kill({ by: 'runner', reason: 'protocol', detail: (error as Error).message })
      }
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_BYTES)
    })
  }

  /** A cell alone does not keep the service alive; one that is starting or being ended does, since somebody waits for it. */
  #keepsServiceAlive (yes: boolean): void {
    for (const handle of [this.#child, this.#pipe, this.#child.stderr as Socket | null]) {
      if (yes) handle?.ref()
      else handle?.unref()
    }
  }

  #receive (message: FromCell, body: Buffer | undefined, onReady: () => void): void {
    switch (message.t) {
      case 'ready':
        this.isReady = true
        this.#keepsServiceAlive(false)
        return onReady()
      case 'pong':
        this.lastPongAt = performance.now()
        return
      case 'fatal': return this.kill({ by: 'runner', reason: 'poisoned', detail: message.message })
      case 'guest': return this.#held(message.run).handlers.onGuest(message.message, body)
      case 'loaded': return this.#held(message.run).handlers.onLoaded?.(message.stop)
      case 'stats': return this.#held(message.run).handlers.onStats?.(message.cpuMs, message.heapMb)
      case 'done': {
        const held = this.#held(message.run)
        this.#runs.delete(message.run)
        this.lastUsedAt = performance.now()
        held.end({ kind: 'done', result: message.result, counters: message.counters })
        if (message.counters.poisoned) this.kill({ by: 'runner', reason: 'poisoned', culprit: message.run })
      }
    }
  }

  #held (run: string): Held {
    const held = this.#runs.get(run)
    if (held === undefined) throw new Error('a message for a run that is not in this cell')
    return held
  }

  #endRuns (death: CellDeath): void {
    const alone = this.#runs.size === 1
    for (const held of this.#runs.values()) held.end({ kind: 'died', death, alone })
    this.#runs.clear()
  }

  #write (message: ToCell, body?: Uint8Array): void {
    if (!this.alive) return
    if (!this.#corked) {
      this.#corked = true
      this.#pipe.cork()
      process.nextTick(() => { this.#corked = false; this.#pipe.uncork() })
    }
    for (const part of encodeFrame(message, body)) this.#pipe.write(part)
  }
}

function signal (child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL') // no group of its own (it has just ended, or the platform knows none)
  }
}
