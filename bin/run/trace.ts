/** What crosses between a run and its brokers, as lines with times: each HTTP request, each call. Log lines are not repeated, nor is what stays within the cell (files, timers). */
import type { GuestMessage, HostMessage } from '../../sandbox/protocol.ts'
import { duration, size } from './receipt.ts'

interface Open {
  readonly what: string
  readonly since: number
  readonly out: number
  status: string
  in: number
}

/** Exchanges under way that are followed; the brokers allow fewer. */
const MOST = 10_000
const URL_CHARS = 200

/** `write` gets one line for each exchange that has ended. */
export class Trace {
  readonly #write: (line: string) => void
  readonly #http = new Map<number, Open>()
  readonly #calls = new Map<number, Open>()
  #startedAt = performance.now()

  constructor (write: (line: string) => void) {
    this.#write = write
  }

  /** Times count from now; what the last run left open is forgotten. */
  restart (): void {
    this.#startedAt = performance.now()
    this.#http.clear()
    this.#calls.clear()
  }

  /** What a guest sends is not checked yet: a field may be anything. */
  take (message: GuestMessage | HostMessage, bytes: number): void {
    switch (message.op) {
      case 'http': return this.#begin(this.#http, message.id, `${String(message.request?.method)} ${String(message.request?.url).slice(0, URL_CHARS)}`, bytes)
      case 'call': return this.#begin(this.#calls, message.id, `call ${String(message.method)}`, bytes)
      case 'http-head': return this.#head(message.id, message.status)
      case 'http-data': return this.#data(message.id, bytes)
      case 'http-end': return this.#end(this.#http, message.id, 'answered')
      case 'http-error': return this.#end(this.#http, message.id, message.error.code)
      case 'http-cancel': return this.#end(this.#http, message.id, 'cancelled')
      case 'reply': return this.#end(this.#calls, message.id, 'done')
      case 'reply-error': return this.#end(this.#calls, message.id, message.error.code)
    }
  }

  #begin (open: Map<number, Open>, id: number, what: string, out: number): void {
    if (open.size < MOST) open.set(id, { what, since: performance.now(), out, status: '', in: 0 })
  }

  #head (id: number, status: number): void {
    const exchange = this.#http.get(id)
    if (exchange !== undefined) exchange.status = String(status)
  }

  #data (id: number, bytes: number): void {
    const exchange = this.#http.get(id)
    if (exchange !== undefined) exchange.in += bytes
  }

  #end (open: Map<number, Open>, id: number, end: string): void {
    const exchange = open.get(id)
    if (exchange === undefined) return
    open.delete(id)
    const now = performance.now()
    const { what, since, out, status } = exchange
    const amounts = [out > 0 ? `${size(out)} out` : '', exchange.in > 0 ? `${size(exchange.in)} in` : ''].filter(text => text !== '').join(', ')
    const result = status === '' ? end : end === 'answered' ? status : `${status}, ${end}`
    this.#write(`+${duration(since - this.#startedAt)} ${what} → ${result} in ${duration(now - since)}${amounts === '' ? '' : ` (${amounts})`}`)
  }
}
