/**
 * One cell's life, seen from the runner: spawned, ready, given to an owner, running, ended by SIGKILL.
 * All that comes out of the pipe is untrusted: a run id must be one of this cell's runs, a frame must have a known shape; a cell that
 * breaks the protocol is killed.
 */
import type { Socket } from 'node:net'
import { encodeFrame, FrameReader, PREFIX } from '../../sandbox/frames.ts'
import { capsOfCell, checkFromCell } from './from-cell.ts'
import { spawnCell } from './spawn.ts'
import { toRunLimits } from '../limits.ts'
import { CellStartError } from './start-error.ts'
import type { ChildProcess } from 'node:child_process'
import type { FrameCaps } from '../../sandbox/frames.ts'
import type { CellFolders } from './cell-folders.ts'
import type { CellProcessOptions } from './spawn.ts'
import type { FromCell, GuestMessage, HostMessage, Job, RunCounters, RunError, RunFolders, RunResult, ToCell } from '../../sandbox/protocol.ts'

/** Why the runner ended a cell, or that it ended by itself. */
export type CellDeath =
  | { readonly by: 'runner', readonly reason: 'cell-memory' | 'poisoned' | 'protocol' | 'unresponsive' | 'not-ready' | 'retired' | 'closing', readonly culprit?: string, readonly detail?: string }
  | { readonly by: 'itself', readonly code: number | null, readonly signal: string | null, readonly detail: string }

export type CellRunEnd =
  | { readonly kind: 'done', readonly result: RunResult, readonly counters: RunCounters }
  /** `alone`: no other run was in the cell. */
  | { readonly kind: 'died', readonly death: CellDeath, readonly alone: boolean }

export interface CellRunHandlers {
  onGuest(message: GuestMessage, body: Buffer | undefined): void
  onLoaded?(stop: boolean): void
  /** `heapMb`: the peak; undefined as long as the heap was not seen. */
  onStats?(cpuMs: number, heapMb: number | undefined): void
}

export interface CellRun {
  readonly id: string
  readonly ended: Promise<CellRunEnd>
  /** What no frame can carry is answered as an error that the plugin can catch. */
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

/** Of what a cell writes to its standard error, for operators: its first words before it is ready, its last ones afterwards. */
const STDERR_BYTES = 4_096
/** What a wrapper has left behind may hold its pipes open for so long once it has ended. */
const CLOSE_MS = 500
/** Of a run that no isolate was opened for. */
const NOTHING: RunCounters = { cpuMs: 0, logDropped: 0, openMs: 0, loadMs: 0, runMs: 0, spare: false, poisoned: false }

export class Cell {
  readonly id: string
  readonly folders: CellFolders
  readonly startedAt = performance.now()
  /** Resolves when a spare isolate waits in it; rejects with `CellStartError` when it died before, at the latest after `readyMs`. */
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
  /** The runs that were in it when it died. */
  lostRuns: readonly string[] = []

  readonly #child: ChildProcess
  readonly #pipe: Socket
  readonly #caps: FrameCaps
  readonly #receives: FrameCaps
  readonly #runs = new Map<string, Held>()
  readonly #onPong = new Set<() => void>()
  #death: CellDeath | undefined
  #stderr = ''
  #readyTimer: NodeJS.Timeout
  #closeTimer: NodeJS.Timeout | undefined
  #corked = false

  constructor (id: string, options: CellProcessOptions) {
    this.id = id
    this.#caps = options.caps
    this.#receives = options.receives ?? capsOfCell(toRunLimits())
    this.folders = options.folders
    this.#child = start(options)
    const ready = Promise.withResolvers<void>()
    const dead = Promise.withResolvers<CellDeath>()
    this.ready = ready.promise
    this.dead = dead.promise
    this.ready.catch(() => {}) // whoever waits for it sees it; nobody has to
    this.#pipe = this.#child.stdio[3] as Socket // spawn.ts asks for a pipe there
    this.#listen(ready.resolve)
    this.#readyTimer = setTimeout(() => this.kill({ by: 'runner', reason: 'not-ready', detail: `not ready within ${options.readyMs} ms` }), options.readyMs)
    this.#child.once('error', error => { this.#stderr = error.message })
    this.#child.once('exit', () => {
      // Immediate, for what has arrived while the service was busy is read first.
      this.#closeTimer = setTimeout(() => setImmediate(() => this.#closePipes()), CLOSE_MS)
    })
    this.#child.once('close', (code, signal) => {
      clearTimeout(this.#readyTimer)
      clearTimeout(this.#closeTimer)
      const death = this.#death ?? { by: 'itself', code, signal, detail: this.#stderr }
      this.#death = death
      ready.reject(new CellStartError({ death, stderr: this.#stderr, options }))
      this.#endRuns(death)
      dead.resolve(death)
    })
  }

  get pid (): number | undefined { return this.#child.pid }
  get running (): number { return this.#runs.size }
  get alive (): boolean { return this.#death === undefined }
  /** By a signal that the runner has not sent: the system, or an operator. */
  get wasKilledFromOutside (): boolean { return this.#death?.by === 'itself' && this.#death.signal !== null }

  /** `folders`: absent when the run has no files. */
  run (id: string, job: Job, bundle: Uint8Array, handlers: CellRunHandlers, folders?: RunFolders): CellRun {
    const { promise, resolve } = Promise.withResolvers<CellRunEnd>()
    this.served++
    this.lastUsedAt = performance.now()
    if (!this.alive) return { id, ended: this.dead.then(death => ({ kind: 'died', death, alone: true })), send () {}, stop () {}, abort () {} }
    const frame = encodeFrame({ t: 'run', run: id, job, ...(folders === undefined ? {} : { folders }) }, bundle)
    const refused = this.#overCap(frame)
    if (refused !== undefined) {
      resolve({ kind: 'done', result: { ok: false, error: refused }, counters: NOTHING })
      return { id, ended: promise, send () {}, stop () {}, abort () {} }
    }
    this.#runs.set(id, { handlers, end: resolve })
    this.#writeFrame(frame)
    return {
      id,
      ended: promise,
      send: (message, body) => this.#send(id, message, body),
      stop: () => this.#write({ t: 'stop', run: id }),
      abort: () => this.#write({ t: 'abort', run: id })
    }
  }

  /** Resolves when it is ready and answers; rejects when it is dead, also when nobody had noticed as yet. */
  async answers (): Promise<void> {
    await this.ready
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onPong.add(resolve)
    this.ping(0)
    const death = await Promise.race([promise, this.dead])
    this.#onPong.delete(resolve)
    if (death !== undefined) throw new Error('the cell had died')
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
    const reader = new FrameReader(this.#receives)
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
      const text = this.#stderr + chunk.toString('utf8')
      this.#stderr = this.isReady ? text.slice(-STDERR_BYTES) : text.slice(0, STDERR_BYTES)
    })
  }

  #closePipes (): void {
    this.#pipe.destroy()
    this.#child.stderr?.destroy()
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
        clearTimeout(this.#readyTimer)
        this.#keepsServiceAlive(false)
        return onReady()
      case 'pong':
        this.lastPongAt = performance.now()
        for (const resolve of this.#onPong) resolve()
        return
      case 'fatal': return this.kill({ by: 'runner', reason: 'poisoned', detail: message.message })
      case 'guest': return this.#held(message.run).handlers.onGuest(message.message, body)
      case 'loaded': return this.#held(message.run).handlers.onLoaded?.(message.stop)
      case 'stats': return this.#held(message.run).handlers.onStats?.(message.cpuMs, message.heapMb)
      case 'done': {
        const held = this.#held(message.run)
        this.#runs.delete(message.run)
        this.lastUsedAt = performance.now()
        if (message.counters.leftover === true) this.retiring = true // before the end is told: the owner's next run may follow at once
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
    this.lostRuns = [...this.#runs.keys()]
    for (const held of this.#runs.values()) held.end({ kind: 'died', death, alone })
    this.#runs.clear()
  }

  /** A cell that is sent a frame over its caps ends, with every run in it: such a frame is never written. */
  #overCap ([head, body]: readonly Buffer[]): (RunError & { code: 'job-too-large' | 'internal' }) | undefined {
    const { headerBytes, bodyBytes } = this.#caps
    const bytes = (head?.byteLength ?? 0) - PREFIX
    if (bytes > headerBytes) return { code: 'job-too-large', bytes, limitBytes: headerBytes }
    if (body === undefined || body.byteLength <= bodyBytes) return undefined
    return { code: 'internal', message: `a body of ${body.byteLength} bytes for a cell that takes ${bodyBytes}` }
  }

  #send (run: string, message: HostMessage, body?: Uint8Array): void {
    if (!this.alive) return
    const frame = encodeIfPossible({ t: 'host', run, message }, body)
    if (frame !== undefined && this.#overCap(frame) === undefined) return this.#writeFrame(frame)
    const error = { code: 'answer-too-large', message: `The answer of the platform cannot be handed over: it has more than ${this.#caps.headerBytes} bytes, or is nested too deeply.` }
    this.#write({ t: 'host', run, message: { op: message.op === 'reply' || message.op === 'reply-error' ? 'reply-error' : 'http-error', id: message.id, error } })
  }

  #write (message: ToCell, body?: Uint8Array): void {
    this.#writeFrame(encodeFrame(message, body))
  }

  #writeFrame (frame: readonly Buffer[]): void {
    if (!this.alive) return
    if (!this.#corked) {
      this.#corked = true
      this.#pipe.cork()
      setImmediate(() => { this.#corked = false; this.#pipe.uncork() }) // one write for a turn of the loop: each wakes the cell
    }
    for (const part of frame) this.#pipe.write(part)
  }
}

/** Undefined: nested so deeply that no JSON can be made of it (the answer of a service may be anything). */
function encodeIfPossible (message: ToCell, body?: Uint8Array): Buffer[] | undefined {
  try {
    return encodeFrame(message, body)
  } catch {
    return undefined
  }
}

function start (options: CellProcessOptions): ChildProcess {
  try {
    return spawnCell(options)
  } catch (error) { // a user id that may not be taken on, for one, is told at once
    throw new CellStartError({ stderr: (error as Error).message, options }, { cause: error })
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
