/**
 * One run in one isolate: what the thread does for it besides running it. Timers, the account of what is under way (so that a
 * promise that nobody can settle any more is told apart from one that waits), log limits, and the first result that counts.
 *
 * 1. the job is delivered: the guest keeps it and offers its one-shot hook
 * 2. the bundle is evaluated as the hook's argument: the guest loads it and calls run()
 * 3. messages go out, answers and timers come in, until the guest posts `settled`, or breaks, or waits for nothing
 */
import { HostOps } from './host-ops.ts'
import type { SandboxIsolate } from './isolate.ts'
import type { FromIsolate, FromThread, GuestMessage, HostMessage, Job, RunError, RunResult, ToIsolate } from './protocol.ts'

export interface SessionOptions {
  readonly isolate: SandboxIsolate
  readonly job: Job
  post(message: FromThread): void
}

/** Longest wait of a timer: that of Node (2^31 - 1 ms). */
const MAX_TIMER_MS = 2_147_483_647
/** Updates of progress bars that leave the isolate, for each line that its log may have. */
const PROGRESS_PER_LINE = 100

export class Session {
  readonly result: Promise<RunResult>
  logDropped = 0
  loadedAt: number | undefined

  readonly #isolate: SandboxIsolate
  readonly #job: Job
  readonly #post: (message: FromThread) => void
  readonly #settle: (result: RunResult) => void
  readonly #timers = new Map<number, NodeJS.Timeout>()
  /** Requests and calls that the host owes an answer. */
  readonly #awaited = new Set<number>()
  readonly #entries = new Set<Promise<void>>()
  readonly #hostOps = new HostOps()
  #fired: number[] = []
  #logEntries = 0
  #logBytes = 0
  #progressUpdates = 0
  #ended = false

  constructor (options: SessionOptions) {
    const { promise, resolve } = Promise.withResolvers<RunResult>()
    this.result = promise
    this.#settle = result => {
      if (this.#ended) return
      this.#ended = true
      resolve(result)
    }
    this.#isolate = options.isolate
    this.#job = options.job
    this.#post = options.post
    this.#isolate.attach({
      onMessage: (message, bytes) => this.#onMessage(message, bytes),
      onHost: (name, args, bytes) => this.#hostOps.sync(name, args, bytes),
      onAbuse: reason => this.fail({ code: 'bridge-abuse', message: reason })
    }, options.job.limits.messageBytes)
  }

  /** Time that operations of the thread have taken for the run. */
  get hostMs (): number { return this.#hostOps.busyMs }

  /** `bundle` is a function expression (cache/bundle.ts). */
  start (bundle: string): void {
    this.#enter(this.#isolate.deliver({ op: 'job', job: this.#job }))
    this.#enter(this.#isolate.evaluate(`__vivarium_define(${bundle})`, `/plugin/${this.#job.plugin.entry}`), 'load')
  }

  /** A message from the runner. */
  host (message: HostMessage, body: Uint8Array | undefined): void {
    if (message.op !== 'http-head' && message.op !== 'http-data' && message.op !== 'http-drain') this.#awaited.delete(message.id)
    this.#deliver(message, body)
  }

  stop (): void {
    this.#deliver({ op: 'stop' })
  }

  fail (error: RunError): void {
    this.#settle({ ok: false, error })
  }

  /** Ends all that the run has under way here. Answers whether the guest has really stopped within `graceMs`. */
  async close (graceMs: number): Promise<boolean> {
    this.#ended = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#hostOps.close()
    this.#isolate.dispose()
    return await settledWithin([...this.#entries], graceMs)
  }

  #deliver (message: ToIsolate, body?: Uint8Array): void {
    if (!this.#ended) this.#enter(this.#isolate.deliver(message, body))
  }

  /** Follows one entry into the guest: after it the run may have nothing left to wait for. */
  #enter (entry: Promise<void>, phase: 'load' | 'run' | 'rejected' = 'run'): void {
    const followed = entry.then(
      () => this.#checkIdle(),
      (error: unknown) => this.#entryFailed(error, phase)
    ).finally(() => this.#entries.delete(followed))
    this.#entries.add(followed)
  }

  /**
   * The guest catches what its callbacks throw: here arrives what was rejected and left unhandled. The guest is told, for the plugin may
   * listen to `unhandledRejection`; if it does not the guest ends the run. What goes wrong in telling ends it here.
   */
  #entryFailed (error: unknown, phase: 'load' | 'run' | 'rejected'): void {
    if (phase !== 'run' || this.#ended || this.#isolate.disposed) return this.fail(this.#entryError(error, phase === 'load' ? 'load' : 'run'))
    this.#enter(this.#isolate.deliver({ op: 'rejected', error: describe(error) }), 'rejected')
  }

  /** We dispose only after the session has ended: who disposed before is isolated-vm itself, and it does so for the heap alone. */
  #entryError (error: unknown, phase: 'load' | 'run'): RunError {
    return this.#isolate.disposed ? { code: 'memory-limit' } : thrown(error, phase)
  }

  /**
   * Everything that wakes a guest comes from here. Messages of an entry arrive before the entry's own end, so that with no
   * entry, no timer and no answer under way its promise can never settle (Node ends with code 13 then).
   */
  #checkIdle (): void {
    setImmediate(() => {
      if (this.#ended || this.#entries.size > 0 || this.#timers.size > 0 || this.#fired.length > 0 || this.#awaited.size > 0) return
      this.fail({ code: 'no-result' })
    })
  }

  #onMessage (message: FromIsolate, bytes: Uint8Array | undefined): void {
    if (this.#ended) return
    switch (message.op) {
      case 'log': return this.#log(message)
      case 'http':
      case 'call':
        this.#awaited.add(message.id)
        return this.#post(bytes === undefined ? { t: 'guest', message } : { t: 'guest', message, body: bytes })
      case 'http-cancel':
        this.#awaited.delete(message.id)
        return this.#post({ t: 'guest', message })
      case 'http-body': return this.#post(bytes === undefined ? { t: 'guest', message } : { t: 'guest', message, body: bytes })
      case 'http-ack': case 'http-body-end': return this.#post({ t: 'guest', message })
      case 'host':
        this.#hostOp(message, bytes).catch((error: Error) => this.fail({ code: 'bridge-abuse', message: error.message }))
        return
      case 'timer': return this.#setTimer(message.id, message.ms)
      case 'timer-clear': return this.#clearTimer(message.id)
      case 'loaded':
        this.loadedAt = performance.now()
        return this.#post({ t: 'loaded', stop: message.stop === true })
      case 'settled': return this.#settle(message.result)
      default: return this.fail({ code: 'bridge-abuse', message: `unknown message ${JSON.stringify((message as { op: string }).op).slice(0, 40)}` }) // an op that no type foresees
    }
  }

  /** Drops what passes the limits here already, so that a flood costs neither the pipe nor the runner. The runner counts again. */
  #log (message: GuestMessage & { op: 'log' }): void {
    if (!Array.isArray(message.entries)) return this.fail({ code: 'bridge-abuse', message: 'log wants a list of entries' })
    const kept = message.entries.filter(entry => entry?.type === 'progress' ? this.#isProgressWanted() : this.#hasRoomFor(entry?.msg))
    if (kept.length > 0) this.#post({ t: 'guest', message: { op: 'log', entries: kept } })
  }

  #hasRoomFor (msg: unknown): boolean {
    const { logEntries, logBytes } = this.#job.limits
    const size = typeof msg === 'string' ? msg.length : 0
    if (this.#logEntries >= logEntries || this.#logBytes + size > logBytes) {
      this.logDropped++
      return false
    }
    this.#logEntries++
    this.#logBytes += size
    return true
  }

  /** An update of a bar takes no room in the log: only a flood is held back, and no line is lost by it. */
  #isProgressWanted (): boolean {
    return this.#progressUpdates++ < PROGRESS_PER_LINE * this.#job.limits.logEntries
  }

  async #hostOp ({ id, name, args }: Extract<FromIsolate, { op: 'host' }>, bytes: Uint8Array | undefined): Promise<void> {
    this.#awaited.add(id)
    const answer = await this.#hostOps.async(name, args, bytes)
    this.#awaited.delete(id)
    if ('error' in answer) this.#deliver({ op: 'reply-error', id, error: answer.error })
    else this.#deliver({ op: 'reply', id, value: answer.value ?? null }, answer.bytes)
  }

  #setTimer (id: unknown, ms: unknown): void {
    if (typeof id !== 'number' || typeof ms !== 'number') return this.fail({ code: 'bridge-abuse', message: 'a timer wants an id and milliseconds' })
    if (this.#timers.size + this.#fired.length >= this.#job.limits.timers) return this.fail({ code: 'bridge-abuse', message: `more than ${this.#job.limits.timers} timers at once` })
    clearTimeout(this.#timers.get(id))
    if (ms === 0) return this.#fire(id) // the guest's setImmediate: a timer would wait for a millisecond
    this.#timers.set(id, setTimeout(() => this.#fire(id), Math.min(Math.max(ms, 0), MAX_TIMER_MS)))
  }

  #clearTimer (id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  /** Timers that fire in the same turn go in together. */
  #fire (id: number): void {
    this.#timers.delete(id)
    this.#fired.push(id)
    if (this.#fired.length > 1) return
    setImmediate(() => {
      const ids = this.#fired
      this.#fired = []
      this.#deliver({ op: 'timers', ids })
    })
  }
}

function thrown (error: unknown, phase: 'load' | 'run'): RunError {
  const { name, message, stack } = describe(error)
  if (phase === 'load' && name === 'SyntaxError') return { code: 'plugin-invalid', message, ...(stack === undefined ? {} : { stack }) }
  return { code: 'plugin-error', message, name, ...(stack === undefined ? {} : { stack }) }
}

function describe (error: unknown): { name: string, message: string, stack?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) } // isolated-vm hands primitives over as they are
  return error.stack === undefined ? { name: error.name, message: error.message } : { name: error.name, message: error.message, stack: error.stack }
}

async function settledWithin (entries: Promise<void>[], graceMs: number): Promise<boolean> {
  if (entries.length === 0) return true
  const { promise: late, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(() => resolve(false), graceMs)
  const settled = Promise.all(entries).then(() => true)
  const answer = await Promise.race([settled, late])
  clearTimeout(timer)
  return answer
}
