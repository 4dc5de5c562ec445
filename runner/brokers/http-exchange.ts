/**
 * One request of a plugin, from the network's first byte to its last:
 *
 *   1. each hop is decided by the policy, counted, and, when it writes, recorded as an effect before it is sent;
 *   2. redirects are followed as the caller asked;
 *   3. the head goes to the guest, then the decoded body in chunks, never more than a window ahead of its acknowledgements.
 */
import type { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import type { HostMessage } from '../../sandbox/protocol.ts'
import type { DataFair } from './data-fair.ts'
import type { EgressPolicy } from './egress-policy.ts'
import { BodyInlet } from './http-body.ts'
import { BrokerError, toGuestError } from './guest-error.ts'
import type { HttpBudget } from './http-budget.ts'
import { EgressError } from './http-connector.ts'
import { acceptEncoding, decoded, encodingOf, withoutEncoding } from './http-decode.ts'
import { toNetworkError } from './http-errors.ts'
import { nextHop } from './http-redirect.ts'
import type { Header, Hop, HttpCall } from './http-request.ts'
import { SendWindow } from './http-window.ts'

export interface ExchangeOptions {
  readonly id: number
  readonly call: HttpCall
  readonly agent: Agent
  readonly policy: EgressPolicy
  readonly budget: HttpBudget
  readonly dataFair?: DataFair
  readonly send: (message: HostMessage, body?: Uint8Array) => void
  readonly onWrite: () => Promise<void>
  readonly onFailure?: (error: BrokerError) => void
}

const CHUNK = 65_536
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Why an exchange ends without a word: nobody listens any more. */
const CANCELLED = new BrokerError('ERR_CANCELED', 'canceled')

export class HttpExchange {
  readonly #options: ExchangeOptions
  readonly #abort = new AbortController()
  readonly #window: SendWindow
  /** Goes off when nothing has come or gone for the time that the caller allows, as a socket's timeout does. */
  #quiet: NodeJS.Timeout | undefined
  /** Of a body that comes in pieces. */
  readonly #inlet: BodyInlet | undefined
  #hop: Hop
  /** Where the current hop really goes: its way may be private. */
  #target: URL
  /** Our credentials follow a chain of redirects only while it has never left data-fair. */
  #trusted: boolean

  constructor (options: ExchangeOptions) {
    this.#options = options
    this.#hop = options.call.first
    this.#target = this.#hop.url
    this.#trusted = options.call.context
    const { id, call, send, budget: { limits: { windowBytes } } } = options
    this.#window = new SendWindow(windowBytes, this.#abort.signal)
    this.#inlet = call.first.stream === true ? new BodyInlet({ length: call.bodyLength, windowBytes, grant: (bytes) => send({ op: 'http-drain', id, bytes }) }) : undefined
  }

  /** Origin of the connection in use, as undici keys it. */
  get origin (): string {
    return this.#target.origin
  }

  /** Never rejects: whatever happens is told to the guest, or nothing after `cancel`. */
  async run (): Promise<void> {
    const { id, send } = this.#options
    const timers = this.#startClocks()
    try {
      const response = await this.#follow()
      await this.#deliver(response).finally(() => response.body.destroy())
      if (!this.#abort.signal.aborted) send({ op: 'http-end', id })
    } catch (error) {
      this.#fail(this.#abort.signal.aborted ? this.#abort.signal.reason : error)
    } finally {
      for (const timer of timers) clearTimeout(timer)
      this.#inlet?.close()
    }
  }

  /** False when the guest acknowledges bytes that it was never sent. */
  acknowledge (bytes: number): boolean {
    return this.#window.acknowledge(bytes)
  }

  /** A piece of the request's body. False when the guest sends more than it was allowed. */
  push (chunk: Buffer): boolean {
    return this.#inlet?.push(chunk) ?? false
  }

  endBody (): void {
    this.#inlet?.end()
  }

  cancel (): void {
    this.#stop(CANCELLED)
  }

  #startClocks (): NodeJS.Timeout[] {
    const { call: { timeoutMs }, budget } = this.#options
    const clocks = [setTimeout(() => this.#stop(budget.exceeded('totalMs')), budget.limits.totalMs)]
    if (timeoutMs > 0 && timeoutMs < budget.limits.totalMs) {
      this.#quiet = setTimeout(() => this.#stop(new BrokerError('ECONNABORTED', `timeout of ${timeoutMs}ms exceeded`)), timeoutMs)
      clocks.push(this.#quiet)
    }
    return clocks
  }

  #stop (reason: BrokerError): void {
    this.#abort.abort(reason)
  }

  async #follow (): Promise<Dispatcher.ResponseData> {
    const { call, budget, dataFair } = this.#options
    const allowed = Math.min(call.redirects, budget.limits.redirects)
    for (let followed = 0; ; followed++) {
      const response = await this.#sendHop()
      const next = call.redirects === 0 ? undefined : nextHop(this.#hop, response.statusCode, valueOf(rawHeaders(response), 'location'))
      if (next === undefined) return response
      await response.body.dump({ limit: CHUNK, signal: this.#abort.signal })
      if (followed === allowed) throw new BrokerError('ERR_FR_TOO_MANY_REDIRECTS', `Maximum number of redirects exceeded (${allowed})`)
      this.#hop = dataFair === undefined ? next : { ...next, url: dataFair.toPublic(next.url) }
    }
  }

  async #sendHop (): Promise<Dispatcher.ResponseData> {
    const { agent, policy, budget, onWrite } = this.#options
    const { method, body, stream } = this.#hop
    const headers = this.#dress()
    const decision = policy.decide(this.#target)
    if (!decision.ok) throw new EgressError(decision)
    budget.sent(this.#hop.url.host, body?.length ?? 0)
    if (!SAFE.has(method)) await onWrite()
    this.#abort.signal.throwIfAborted()
    const response = await agent.request({
      origin: this.#target.origin,
      path: this.#target.pathname + this.#target.search,
      method: method as Dispatcher.HttpMethod, // undici's list of names; any token is sent as it is
      headers: headers.flat(),
      body: stream === true ? this.#pieces() as unknown as Readable : body ?? null, // undici takes any async iterable: its types name streams alone
      signal: this.#abort.signal,
      responseHeaders: 'raw',
      headersTimeout: budget.limits.headersMs,
      bodyTimeout: budget.limits.idleMs
    })
    // Whoever reads the body meets its errors; one that nobody reads any more must not end the process.
    response.body.on('error', () => {})
    this.#abort.signal.throwIfAborted()
    return response
  }

  async * #pieces (): AsyncGenerator<Buffer> {
    if (this.#inlet === undefined) return
    for await (const piece of this.#inlet.read()) {
      this.#options.budget.uploaded(this.#hop.url.host, piece.length)
      this.#quiet?.refresh()
      yield piece
    }
  }

  /** The headers of the current hop, and where it goes. */
  #dress (): Header[] {
    const { dataFair, call } = this.#options
    const { method, url, headers: given, stream } = this.#hop
    const headers: Header[] = stream === true && this.#inlet?.length !== undefined ? [...given, ['content-length', `${this.#inlet.length}`]] : [...given]
    const plain: Header[] = call.raw ? headers : [...headers.filter(([name]) => name !== 'accept-encoding'), ['accept-encoding', acceptEncoding(headers)]]
    this.#trusted &&= dataFair?.owns(url) === true
    const way = this.#trusted ? dataFair?.route(url, method) : undefined
    this.#target = way?.url ?? url
    if (dataFair === undefined || !this.#trusted) return plain
    const signed = dataFair.sign(plain)
    return way?.host === undefined ? signed : [['host', way.host], ...signed]
  }

  async #deliver (response: Dispatcher.ResponseData): Promise<void> {
    const { id, send, budget, call } = this.#options
    const headers = rawHeaders(response)
    const encoding = call.raw ? undefined : encodingOf(this.#hop.method, response.statusCode, headers)
    const shown = encoding === undefined ? headers : withoutEncoding(headers)
    send({ op: 'http-head', id, status: response.statusCode, statusText: response.statusText, headers: shown, url: this.#hop.url.href })
    const meter = budget.meter(this.#hop.url.host)
    // undici's body yields buffers: no encoding is set on it
    const body = response.body as AsyncIterable<Buffer>
    if (encoding === undefined) await this.#pump(body, (bytes) => meter('raw', bytes))
    else await this.#pump(decoded(body, encoding, (bytes) => meter('raw', bytes)), (bytes) => meter('decoded', bytes))
  }

  async #pump (chunks: AsyncIterable<Buffer>, count: (bytes: number) => void): Promise<void> {
    const { id, send } = this.#options
    for await (const chunk of chunks) {
      count(chunk.length)
      this.#quiet?.refresh()
      for (let start = 0; start < chunk.length; start += CHUNK) {
        const part = chunk.subarray(start, start + CHUNK)
        await this.#window.take(part.length)
        send({ op: 'http-data', id }, part)
      }
    }
  }

  #fail (error: unknown): void {
    if (error === CANCELLED) return
    const { id, send, budget, onFailure } = this.#options
    if (error instanceof EgressError) budget.denied()
    const failure = toNetworkError(error, this.#hop.url, budget)
    onFailure?.(failure)
    send({ op: 'http-error', id, error: toGuestError(failure) })
  }
}

/** `responseHeaders: 'raw'` makes undici hand out names and values in turn. */
function rawHeaders (response: Dispatcher.ResponseData): Header[] {
  const flat = response.headers as unknown as readonly string[]
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at] ?? '', flat[2 * at + 1] ?? ''] as const)
}

function valueOf (headers: readonly Header[], name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1]
}
