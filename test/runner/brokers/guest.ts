/** The other end of a broker, as the isolate is: makes requests and calls, reads what comes back, acknowledges what it has read. */
import type { HostMessage } from '../../../sandbox/protocol.ts'
import { createHttpBroker } from '../../../runner/brokers/http.ts'
import type { HttpBroker, HttpBrokerOptions } from '../../../runner/brokers/http.ts'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'

export interface GuestResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly url: string
  readonly body: Buffer
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly redirects?: number
  readonly timeoutMs?: number
  readonly context?: boolean
  readonly body?: string | Buffer
}

interface Pending { head?: Extract<HostMessage, { op: 'http-head' }>, chunks: Buffer[], resolve: (response: GuestResponse) => void, reject: (error: Error) => void }

export class Guest {
  readonly messages: HostMessage[] = []
  readonly faults: string[] = []
  /** Largest chunk that came, in bytes. */
  largest = 0
  received = 0
  /** False: reads nothing, so that the window fills. */
  acknowledges = true
  writes = 0
  readonly broker: HttpBroker
  readonly #pending = new Map<number, Pending>()
  /** By id of the request: bytes that may be sent of its body. */
  readonly credit = new Map<number, number>()
  #next = 1

  constructor (options: Partial<HttpBrokerOptions> & { readonly allow?: readonly string[] } = {}) {
    this.broker = createHttpBroker({
      policy: createEgressPolicy({ allow: options.allow }),
      onFault: (reason) => this.faults.push(reason),
      onWrite: async () => { this.writes++ },
      ...options,
      send: (message, body) => this.#receive(message, body)
    })
  }

  /** Rejects with an error that has the `code` and `message` of `http-error`. */
  async ask (url: string, options: AskOptions = {}): Promise<GuestResponse> {
    return await this.start(url, options).response
  }

  start (url: string, options: AskOptions = {}): { readonly id: number, readonly response: Promise<GuestResponse> } {
    const { method = 'GET', headers = [], redirects = 0, timeoutMs = 0, context = false, body } = options
    const id = this.#next++
    const response = new Promise<GuestResponse>((resolve, reject) => this.#pending.set(id, { chunks: [], resolve, reject }))
    response.catch(() => {}) // a test that cancels does not wait for it
    this.broker.handle({ op: 'http', id, request: { method, url, headers, redirects, timeoutMs, context } }, body === undefined ? undefined : Buffer.from(body))
    return { id, response }
  }

  /** A request whose body is sent by `piece` and `endBody`. */
  startStream (url: string, options: Omit<AskOptions, 'body'> & { readonly bodyLength?: number, readonly raw?: boolean } = {}): { readonly id: number, readonly response: Promise<GuestResponse> } {
    const { method = 'POST', headers = [], redirects = 0, timeoutMs = 0, context = false, bodyLength, raw } = options
    const id = this.#next++
    const response = new Promise<GuestResponse>((resolve, reject) => this.#pending.set(id, { chunks: [], resolve, reject }))
    response.catch(() => {})
    this.broker.handle({ op: 'http', id, stream: true, request: { method, url, headers, redirects, timeoutMs, context, bodyLength, raw } })
    return { id, response }
  }

  piece (id: number, bytes: Buffer): void {
    this.credit.set(id, (this.credit.get(id) ?? 0) - bytes.length)
    this.broker.handle({ op: 'http-body', id }, bytes)
  }

  endBody (id: number): void {
    this.broker.handle({ op: 'http-body-end', id })
  }

  async close (): Promise<void> {
    await this.broker.close()
  }

  cancel (id: number): void {
    this.broker.handle({ op: 'http-cancel', id })
  }

  #receive (message: HostMessage, body?: Uint8Array): void {
    this.messages.push(message)
    const pending = this.#pending.get(message.id)
    if (message.op === 'http-drain') this.credit.set(message.id, (this.credit.get(message.id) ?? 0) + message.bytes)
    if (pending === undefined) return
    if (message.op === 'http-head') pending.head = message
    else if (message.op === 'http-data') this.#read(message.id, pending, body ?? new Uint8Array())
    else if (message.op === 'http-error') pending.reject(Object.assign(new Error(message.error.message), { code: message.error.code }))
    else if (message.op === 'http-end') pending.resolve(toResponse(pending))
  }

  #read (id: number, pending: Pending, body: Uint8Array): void {
    this.largest = Math.max(this.largest, body.length)
    this.received += body.length
    if (!this.acknowledges) return
    pending.chunks.push(Buffer.from(body))
    queueMicrotask(() => this.broker.handle({ op: 'http-ack', id, bytes: body.length }))
  }
}

function toResponse ({ head, chunks }: Pending): GuestResponse {
  if (head === undefined) throw new Error('http-end came before http-head')
  return { status: head.status, headers: Object.fromEntries(head.headers.map(([name, value]) => [name.toLowerCase(), value])), url: head.url, body: Buffer.concat(chunks) }
}

/** Resolves once `check` holds; rejects after two seconds. */
export async function until (check: () => boolean, what = 'the condition', ms = 2000): Promise<void> {
  const end = Date.now() + ms
  while (!check()) {
    if (Date.now() > end) throw new Error(`${what} did not come within ${ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
