/**
 * Runs plugins in a real isolate opened from a real snapshot of the prelude, with a small host around it: timers that fire, answers to calls
 * and requests given by the test, all messages kept.
 *
 * A plugin is a function of the test file: its text is what runs in the guest, so it can use nothing from around it.
 */
import assert from 'node:assert/strict'
import ivm from 'isolated-vm'
import { HostOps } from '../../../sandbox/host-ops.ts'
import { openIsolate, type SandboxIsolate } from '../../../sandbox/isolate.ts'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import { createHttpBroker, type HttpBroker } from '../../../runner/brokers/http.ts'
import { buildPrelude, makeSnapshot } from '../../../sandbox/prelude.ts'
import type { FromIsolate, GuestError, GuestHttpRequest, GuestLogEntry, HostMessage, Job, JobLimits, RunError, RunFolders, RunResult, ToIsolate } from '../../../sandbox/protocol.ts'

/** The body of a CommonJS module. What it is given is whatever the guest gives. */
export type Bundle = (exports: any, require: any, module: any, filename: string, dirname: string) => unknown
export type Run = (context: any) => unknown

type CallMessage = Extract<FromIsolate, { op: 'call' }>
type Answer = { readonly value: unknown } | { readonly error: GuestError }

export interface CannedResponse {
  readonly status?: number
  readonly statusText?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly url?: string
  readonly chunks?: readonly (string | Uint8Array)[]
  /** Comes after the chunks, instead of the end; without a head when `beforeHead`. */
  readonly error?: GuestError
  readonly beforeHead?: boolean
}

export interface GuestOptions {
  readonly job?: Partial<Omit<Job, 'limits'>> & { readonly limits?: Partial<JobLimits> }
  /** The bundle is an async function. */
  readonly async?: boolean
  answer?(call: CallMessage): Answer
  /** Undefined: the request is left without an answer. */
  http?(request: GuestHttpRequest, body: Uint8Array | undefined, count: number): CannedResponse | undefined
  onMessage?(message: FromIsolate, guest: Guest): void
  /** The run has files. */
  folders?: RunFolders
  /** Egress entries: requests go to the network, by the broker that does so in a run. */
  network?: readonly string[]
}

let snapshot: Promise<ivm.ExternalCopy<ArrayBuffer>> | undefined

function theSnapshot (): Promise<ivm.ExternalCopy<ArrayBuffer>> {
  snapshot ??= buildPrelude().then(prelude => new ivm.ExternalCopy(makeSnapshot(prelude)))
  return snapshot
}

const open = new Set<Guest>()

/** For the `after` hook of each file: isolated-vm can crash a process that exits right after a dispose. */
export async function closeGuests (): Promise<void> {
  for (const guest of open) guest.close()
  await new Promise(resolve => setTimeout(resolve, 200))
}

const defaultJob: Job = {
  call: 'run',
  processingId: 'processing-1',
  processingTitle: 'A processing',
  processingConfig: { dataset: { id: 'd1' } },
  pluginConfig: {},
  secrets: { password: 'open sesame' },
  trigger: { type: 'webhook', body: { rows: [1, 2] } },
  debug: true,
  dir: '/data',
  tmpDir: '/tmp/run',
  dataFairUrl: 'https://data.test/data-fair',
  plugin: { artefact: 'test-plugin-1', name: 'test-plugin', version: '1.0.0', entry: 'index.js', builtins: [], async: false },
  limits: { heapMb: 128, resultBytes: 100_000, logEntries: 10_000, logBytes: 1e7, logEntryBytes: 20_000, messageBytes: 2_000_000, timers: 1_000 }
}

export class Guest {
  readonly messages: FromIsolate[] = []
  readonly bodies = new Map<number, Uint8Array>()
  /** Errors of entries into the guest: what the thread sees of unhandled rejections. */
  readonly entryErrors: Error[] = []
  readonly result: Promise<RunResult>
  readonly #options: GuestOptions
  readonly #isolate: SandboxIsolate
  readonly #timers = new Map<number, NodeJS.Timeout>()
  readonly #hostOps: HostOps
  #settle: (result: RunResult) => void = () => {}
  readonly #broker: HttpBroker | undefined
  #requests = 0

  constructor (isolate: SandboxIsolate, options: GuestOptions) {
    this.#isolate = isolate
    this.#options = options
    this.#hostOps = new HostOps(options.folders)
    this.result = new Promise(resolve => { this.#settle = resolve })
    this.#broker = options.network === undefined ? undefined : this.#openBroker(options.network)
    isolate.attach({
      onMessage: (message, bytes) => this.#receive(message, bytes),
      onHost: (name, args, bytes) => this.#hostOps.sync(name, args, bytes),
      onAbuse: reason => this.#settle({ ok: false, error: { code: 'bridge-abuse', message: reason } }),
      onTooDeep: limit => this.#settle({ ok: false, error: { code: 'message-too-deep', limit } })
    }, this.job.limits.messageBytes)
    open.add(this)
  }

  get job (): Job {
    const { job = {}, async = false } = this.#options
    return { ...defaultJob, ...structuredClone(job), plugin: { ...defaultJob.plugin, async }, limits: { ...defaultJob.limits, ...job.limits } }
  }

  get entries (): GuestLogEntry[] {
    return this.messages.flatMap(message => message.op === 'log' ? message.entries : [])
  }

  /** `type: msg` of each entry. */
  get lines (): string[] {
    return this.entries.map(({ type, msg }) => `${type}: ${msg}`)
  }

  of<Op extends FromIsolate['op']> (op: Op): Extract<FromIsolate, { op: Op }>[] {
    return this.messages.filter((message): message is Extract<FromIsolate, { op: Op }> => message.op === op)
  }

  async start (bundle: Bundle | string): Promise<void> {
    await this.deliver({ op: 'job', job: this.job })
    await this.evaluate(`__vivarium_define(${bundle})`)
  }

  async evaluate (code: string): Promise<void> {
    await this.#isolate.evaluate(code, `/plugin/${this.job.plugin.entry}`).catch((error: Error) => { this.entryErrors.push(error) })
  }

  async deliver (message: ToIsolate, bytes?: Uint8Array): Promise<void> {
    if (this.#isolate.disposed) return
    await this.#isolate.deliver(message, bytes).catch((error: Error) => { this.entryErrors.push(error) })
  }

  #openBroker (allow: readonly string[]): HttpBroker {
    return createHttpBroker({
      policy: createEgressPolicy({ allow }),
      send: (message, body) => { this.deliver(message, body === undefined ? undefined : new Uint8Array(body)) },
      onFault: reason => this.#settle({ ok: false, error: { code: 'bridge-abuse', message: reason } }),
      onWrite: async () => {}
    })
  }

  close (): void {
    this.#broker?.close()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#hostOps.close()
    this.#isolate.dispose()
    open.delete(this)
  }

  #receive (message: FromIsolate, bytes: Uint8Array | undefined): void {
    if (!open.has(this)) return // closed meanwhile
    this.messages.push(message)
    if (bytes !== undefined && 'id' in message) this.bodies.set(message.id, bytes)
    this.#options.onMessage?.(message, this)
    if (this.#broker !== undefined && message.op.startsWith('http')) return this.#broker.handle(message, bytes === undefined ? undefined : Buffer.from(bytes))
    switch (message.op) {
      case 'timer':
        if (message.ms === 0) setImmediate(() => { this.deliver({ op: 'timers', ids: [message.id] }) })
        else this.#timers.set(message.id, setTimeout(() => { this.deliver({ op: 'timers', ids: [message.id] }) }, message.ms))
        break
      case 'timer-clear': clearTimeout(this.#timers.get(message.id)); break
      case 'call': this.#answer(message); break
      case 'host': this.#hostOp(message, bytes); break
      case 'http': this.#respond(message.id, message.request, bytes); break
      case 'settled': this.#settle(message.result); break
      case 'log': case 'loaded': case 'http-ack': case 'http-cancel': case 'http-body': case 'http-body-end': break
    }
  }

  async #hostOp ({ id, name, args }: Extract<FromIsolate, { op: 'host' }>, bytes: Uint8Array | undefined): Promise<void> {
    const answer = await this.#hostOps.async(name, args, bytes)
    if ('error' in answer) this.deliver({ op: 'reply-error', id, error: answer.error })
    else this.deliver({ op: 'reply', id, value: answer.value ?? null }, answer.bytes)
  }

  #answer (message: CallMessage): void {
    const answer = this.#options.answer?.(message) ?? { value: null }
    const { id } = message
    this.deliver('error' in answer ? { op: 'reply-error', id, error: answer.error } : { op: 'reply', id, value: answer.value })
  }

  #respond (id: number, request: GuestHttpRequest, body: Uint8Array | undefined): void {
    this.#requests += 1
    const response = this.#options.http?.(request, body, this.#requests)
    if (response === undefined) return
    const { status = 200, statusText = 'OK', headers = [], url = request.url, chunks = [], error, beforeHead = false } = response
    const send = (message: HostMessage, bytes?: Uint8Array): void => { this.deliver(message, bytes) }
    if (!beforeHead) send({ op: 'http-head', id, status, statusText, headers, url })
    for (const chunk of chunks) send({ op: 'http-data', id }, typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
    send(error === undefined ? { op: 'http-end', id } : { op: 'http-error', id, error })
  }
}

export async function openGuest (options: GuestOptions = {}): Promise<Guest> {
  const isolate = await openIsolate({ snapshot: await theSnapshot(), heapMb: options.job?.limits?.heapMb ?? 128, onCatastrophe: message => { throw new Error(message) } })
  return new Guest(isolate, options)
}

export interface Outcome { readonly result: RunResult, readonly guest: Guest }

/** Runs a module to its end. */
export async function runBundle (bundle: Bundle | string, options: GuestOptions = {}): Promise<Outcome> {
  const guest = await openGuest(options)
  await guest.start(bundle)
  const result = await guest.result
  // what the plugin has still to say in this turn
  await new Promise(resolve => setImmediate(resolve))
  guest.close()
  return { result, guest }
}

/** Runs a plugin that is nothing but `exports.run = run`. */
export async function run (plugin: Run, options: GuestOptions = {}): Promise<Outcome> {
  return await runBundle(`function (exports, require, module) { exports.run = ${plugin} }`, options)
}

/** Runs in the guest and answers what the function returns, as JSON gives it back. */
export async function evaluate (plugin: (context: never, require: never) => unknown, options: GuestOptions = {}): Promise<unknown> {
  const { result, guest } = await runBundle(
    `function (exports, require) { exports.run = async context => { const value = await (${plugin})(context, require); await context.log.task(JSON.stringify({ value })) } }`,
    { ...options, job: { ...options.job, limits: { logEntryBytes: 1e6, ...options.job?.limits } } })
  assert.deepEqual(result, { ok: true }, JSON.stringify(result))
  assert.deepEqual(guest.entryErrors, [], 'nothing is rejected and left unhandled')
  const told = guest.entries.filter(({ type }) => type === 'task').at(-1)
  assert.ok(told !== undefined, 'the guest told its value')
  return (JSON.parse(told.msg) as { value?: unknown }).value
}

export function errorOf (result: RunResult): RunError {
  assert.equal(result.ok, false, `expected a failure, found ${JSON.stringify(result)}`)
  return (result as Extract<RunResult, { ok: false }>).error
}
