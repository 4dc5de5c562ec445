/** The network on behalf of one run: its requests, their limits, and what they have used. */
import { Agent } from 'undici'
import type { HostMessage } from '../../sandbox/protocol.ts'
import type { DataFair } from './data-fair.ts'
import type { EgressPolicy } from './egress-policy.ts'
import { BrokerError, isRecord, toGuestError } from './guest-error.ts'
import type { HttpUsage } from './http-budget.ts'
import { HttpBudget } from './http-budget.ts'
import { Connector } from './http-connector.ts'
import { HttpExchange } from './http-exchange.ts'
import type { HttpLimitKeys, HttpLimits } from './http-limits.ts'
import { readRequest } from './http-request.ts'
import type { Resolve } from './http-resolver.ts'
import { createResolver } from './http-resolver.ts'

export interface HttpBrokerOptions {
  readonly policy: EgressPolicy
  /** Absent when no data-fair is configured: no request gets credentials then. */
  readonly dataFair?: DataFair
  /** Must not throw. `body` may be a part of a larger buffer. */
  readonly send: (message: HostMessage, body?: Uint8Array) => void
  /** The guest broke the protocol in a way that no answer can tell it. */
  readonly onFault: (reason: string) => void
  /** Awaited before a request other than GET, HEAD and OPTIONS is sent. When it rejects the request is not sent. */
  readonly onWrite: () => Promise<void>
  readonly limits?: Partial<HttpLimits>
  /** Told of each error that a request ends with, as the guest is. */
  readonly onFailure?: (error: BrokerError) => void
  /** Configuration keys to name when a limit is hit. */
  readonly limitKeys?: HttpLimitKeys
  /** How names become addresses; the default is http-resolver.ts. The answer is always checked. */
  readonly resolve?: Resolve
}

export interface HttpBroker {
  /** `message` is one of the guest's whose operation begins with `http`, unread. Never throws. */
  handle(message: Record<string, unknown>, body?: Buffer): void
  /** Cancels all requests at once; resolved when no socket is left. */
  close(): Promise<void>
  usage(): HttpUsage
}

export function createHttpBroker (options: HttpBrokerOptions): HttpBroker {
  return new Broker(options)
}

class Broker implements HttpBroker {
  readonly #options: HttpBrokerOptions
  readonly #budget: HttpBudget
  readonly #connector: Connector
  readonly #closeResolver: () => void
  readonly #live = new Map<number, HttpExchange>()
  readonly #running = new Set<Promise<void>>()
  readonly #waiting: { readonly id: number, readonly exchange: HttpExchange, readonly bytes: number }[] = []
  #heldBytes = 0
  /** Opened at the first request: most runs make none. */
  #agent: Agent | undefined
  #closed = false

  constructor (options: HttpBrokerOptions) {
    const resolver = createResolver()
    this.#options = options
    this.#budget = new HttpBudget(options.limits, options.limitKeys)
    this.#closeResolver = resolver.close
    this.#connector = new Connector({
      policy: options.policy,
      resolve: options.resolve ?? resolver.resolve,
      budget: this.#budget,
      wanted: (origin) => [...this.#live.values()].some((exchange) => exchange.origin === origin)
    })
  }

  handle (message: Record<string, unknown>, body?: Buffer): void {
    const { op, id } = message
    if (this.#closed) return
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) this.#options.onFault('an http message has no integer id')
    else if (op === 'http') this.#request(id, message, body)
    else if (op === 'http-body') this.#piece(id, body)
    else if (op === 'http-body-end') this.#live.get(id)?.endBody()
    else if (op === 'http-ack') this.#acknowledge(id, message.bytes)
    else this.#cancel(id)
  }

  async close (): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#waiting.length = 0
    for (const exchange of this.#live.values()) exchange.cancel()
    this.#closeResolver()
    await Promise.all([...this.#running, this.#agent?.destroy(), this.#connector.close()])
  }

  usage (): HttpUsage {
    return this.#budget.usage()
  }

  #request (id: number, { request, stream, tooLarge }: Record<string, unknown>, body: Buffer | undefined): void {
    if (this.#live.has(id)) return this.#options.onFault('an http request has the id of one that is under way')
    try {
      const bytes = body?.length ?? 0
      if (tooLarge !== undefined) throw new BrokerError('ERR_INVALID_ARG_VALUE', `The URL and headers of the request have ${Number(tooLarge)} characters: that is too many.`)
      const call = readRequest(request, body, stream === true)
      if (this.#heldBytes + bytes > this.#budget.limits.heldRequestBytes) throw this.#budget.exceeded('heldRequestBytes')
      if (this.#waiting.length >= this.#budget.limits.waitingRequests) throw this.#budget.exceeded('waitingRequests')
      const exchange = new HttpExchange({ ...this.#options, id, call, agent: this.#openAgent(), budget: this.#budget })
      this.#live.set(id, exchange)
      this.#heldBytes += bytes
      this.#waiting.push({ id, exchange, bytes })
      this.#admit()
    } catch (error) {
      if (error instanceof BrokerError) this.#options.onFailure?.(error)
      this.#options.send({ op: 'http-error', id, error: toGuestError(error) })
    }
  }

  #acknowledge (id: number, bytes: unknown): void {
    if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) return this.#options.onFault('an http-ack has no count of bytes')
    // An acknowledgement may cross the end of its exchange.
    if (this.#live.get(id)?.acknowledge(bytes) === false) this.#options.onFault('an http-ack counts more bytes than were sent')
  }

  #piece (id: number, body: Buffer | undefined): void {
    // A piece may cross the end of its exchange.
    if (this.#live.get(id)?.push(body ?? Buffer.alloc(0)) === false) this.#options.onFault('an http-body has more bytes than were allowed')
  }

  #cancel (id: number): void {
    const at = this.#waiting.findIndex((entry) => entry.id === id)
    if (at >= 0) this.#heldBytes -= this.#waiting.splice(at, 1)[0]?.bytes ?? 0
    this.#live.get(id)?.cancel()
    this.#live.delete(id)
    this.#connector.sweep()
  }

  #admit (): void {
    while (this.#running.size < this.#budget.limits.concurrentRequests && !this.#closed) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      const running = next.exchange.run().finally(() => {
        this.#running.delete(running)
        this.#heldBytes -= next.bytes
        // After a cancel the guest may have used the id again.
        if (this.#live.get(next.id) === next.exchange) this.#live.delete(next.id)
        this.#admit()
      })
      this.#running.add(running)
    }
  }

  #openAgent (): Agent {
    this.#agent ??= new Agent({
      connect: this.#connector.connect,
      allowH2: false,
      connections: this.#budget.limits.concurrentRequests,
      maxHeaderSize: this.#budget.limits.headerBytes,
      keepAliveTimeout: 4000,
      keepAliveMaxTimeout: 4000
    })
    return this.#agent
  }
}

const OPERATIONS = new Set<unknown>(['http', 'http-ack', 'http-body', 'http-body-end', 'http-cancel'])

/** The operations that `handle` knows. */
export function isHttpMessage (message: unknown): message is Record<string, unknown> {
  return isRecord(message) && OPERATIONS.has(message.op)
}
