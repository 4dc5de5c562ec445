/**
 * One run in one isolate: what the thread does for it besides running it. Timers, the account of what is under way (so that a
 * promise that nobody can settle any more is told apart from one that waits), log limits, and the first result that counts.
 *
 * 1. the job is delivered: the guest keeps it and offers its one-shot hook
 * 2. the bundle is evaluated as the hook's argument: the guest loads it and calls run()
 * 3. messages go out, answers and timers come in, until the guest posts `settled`, or breaks, or waits for nothing
 */
import { toCross } from './crossing.ts'
import { HostOps } from './host-ops.ts'
import { InvalidScriptError } from './isolate.ts'
import { LogGate } from './log-gate.ts'
import type { SandboxIsolate } from './isolate.ts'
import type { FromIsolate, FromThread, GuestMessage, HostMessage, Job, RunError, RunFolders, RunResult, ToIsolate } from './protocol.ts'

export interface SessionOptions {
  readonly isolate: SandboxIsolate
  readonly job: Job
  /** Absent: the run has no files. */
  readonly folders: RunFolders | undefined
  post(message: FromThread): void
}

/** Longest wait of a timer: that of Node (2^31 - 1 ms). */
const MAX_TIMER_MS = 2_147_483_647

export class Session {
  readonly result: Promise<RunResult>
  loadedAt: number | undefined

  readonly #isolate: SandboxIsolate
  readonly #job: Job
  readonly #post: (message: FromThread) => void
  readonly #settle: (result: RunResult) => void
  readonly #timers = new Map<number, NodeJS.Timeout>()
  /** Requests and calls that the host owes an answer. */
  readonly #awaited = new Set<number>()
  readonly #entries = new Set<Promise<void>>()
  readonly #hostOps: HostOps
  readonly #log: LogGate
  #fired: number[] = []
  #ended = false

  constructor (options: SessionOptions) {
    const { promise, resolve } = Promise.withResolvers<RunResult>()
    this.result = promise
    this.#settle = result => {
      if (this.#ended) return
      this.#ended = true
      this.#log.close() // before the result: the last value of a progress bar is part of the run
      resolve(result)
    }
    this.#isolate = options.isolate
    this.#job = options.job
    this.#post = options.post
    this.#hostOps = new HostOps(options.folders)
    this.#log = new LogGate(options.job.limits, entries => options.post({ t: 'guest', message: { op: 'log', entries } }))
    this.#isolate.attach({
      onMessage: (message, bytes, chars) => this.#onMessage(message, bytes, chars),
      onHost: (name, args, bytes) => this.#hostOps.sync(name, args, bytes),
      onAbuse: reason => this.fail({ code: 'bridge-abuse', message: reason }),
      onTooDeep: limit => this.fail({ code: 'message-too-deep', limit })
    }, options.job.limits.messageBytes)
  }

  get logDropped (): number { return this.#log.dropped }

  /** Computing time of the run on other threads than this one and the isolate's. */
  get computedMs (): number { return this.#hostOps.computedMs }

  /** Something computes for the run on a thread of the process, and nothing can end it. */
  get computes (): boolean { return this.#hostOps.computing > 0 }

  /** What its files take; undefined when it has none. */
  get disk (): { readonly bytes: number, readonly files: number } | undefined { return this.#hostOps.disk }

  /** `bundle` is a function expression (cache/bundle.ts). */
  start (bundle: string): void {
    this.#enter(this.#isolate.deliver({ op: 'job', job: this.#job }))
    this.#enter(this.#isolate.evaluate(`__vivarium_define(${bundle})`, `/plugin/${this.#job.plugin.entry}`))
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
    this.#log.close()
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
  #enter (entry: Promise<void>, phase: 'run' | 'rejected' = 'run'): void {
    const followed = entry.then(
      () => this.#checkIdle(),
      (error: unknown) => this.#entryFailed(error, phase)
    ).finally(() => this.#entries.delete(followed))
    this.#entries.add(followed)
  }

  /**
   * The guest catches what its callbacks throw: here arrives what was rejected and left unhandled. The guest is told, for the plugin may
   * listen to `unhandledRejection`; if it does not the guest ends the run. What goes wrong in telling ends it here, and so does a bundle
   * that is no script.
   */
  #entryFailed (error: unknown, phase: 'run' | 'rejected'): void {
    if (phase !== 'run' || error instanceof InvalidScriptError || this.#ended || this.#isolate.disposed) return this.fail(this.#entryError(error))
    this.#enter(this.#isolate.deliver({ op: 'rejected', error: describe(error) }), 'rejected')
  }

  /** We dispose only after the session has ended: who disposed before is isolated-vm itself, and it does so for the heap alone. */
  #entryError (error: unknown): RunError {
    return this.#isolate.disposed ? { code: 'memory-limit' } : thrown(error)
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

  #onMessage (message: FromIsolate, bytes: Uint8Array | undefined, chars: number): void {
    if (this.#ended) return
    switch (message.op) {
      case 'log':
        if (!Array.isArray(message.entries)) return this.fail({ code: 'bridge-abuse', message: 'log wants a list of entries' })
        return this.#log.take(message.entries)
      case 'http':
      case 'call':
        this.#awaited.add(message.id)
        return this.#cross(message, bytes, chars)
      // What follows a request crosses its end at times, and means nothing then: it goes no further.
      case 'http-cancel':
        if (this.#awaited.delete(message.id)) this.#cross(message, undefined, chars)
        return
      case 'http-body':
        if (this.#awaited.has(message.id)) this.#cross(message, bytes, chars)
        return
      case 'http-ack': case 'http-body-end':
        if (this.#awaited.has(message.id)) this.#cross(message, undefined, chars)
        return
      case 'host':
        this.#hostOp(message, bytes).catch((error: Error) => this.fail({ code: 'bridge-abuse', message: error.message }))
        return
      case 'timer': return this.#setTimer(message.id, message.ms)
      case 'timer-clear': return this.#clearTimer(message.id)
      case 'loaded':
        if (this.loadedAt !== undefined) return
        this.loadedAt = performance.now()
        return this.#post({ t: 'loaded', stop: message.stop === true })
      case 'settled': return this.#settle(message.result)
      default: return this.fail({ code: 'bridge-abuse', message: `unknown message ${JSON.stringify((message as { op: string }).op).slice(0, 40)}` }) // an op that no type foresees
    }
  }

  #cross (message: GuestMessage, bytes: Uint8Array | undefined, chars: number): void {
    const crossing = toCross(message, bytes, chars, this.#job.limits.messageBytes)
    if (crossing === undefined) this.fail({ code: 'bridge-abuse', message: `a message "${message.op}" has ${chars} characters` })
    else this.#post(crossing)
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

function thrown (error: unknown): RunError {
  const { name, message, stack } = describe(error instanceof InvalidScriptError ? error.cause : error)
  if (error instanceof InvalidScriptError) return { code: 'plugin-invalid', message, ...(stack === undefined ? {} : { stack }) }
  return { code: 'plugin-error', message, name, ...(stack === undefined ? {} : { stack }) }
}

/** Which isolated-vm adds to the message of what cannot be compiled, when the stack was used up before there was a place. */
const NO_PLACE = / \[<isolated-vm>:\d+:\d+\]/

function describe (error: unknown): { name: string, message: string, stack?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) } // isolated-vm hands primitives over as they are
  if (error.message.includes('within isolated-vm')) return { name: 'Error', message: 'a promise was rejected with something that is not an error, and nobody handles it' } // what it was stays in the isolate
  const message = error.message.replace(NO_PLACE, '')
  return error.stack === undefined ? { name: error.name, message } : { name: error.name, message, stack: error.stack.replace(NO_PLACE, '') }
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
