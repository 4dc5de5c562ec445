/**
 * HTTP requests over the platform's broker: what axios and fetch are made of. The body of a response is acknowledged as it is consumed;
 * the platform sends at most a window of bytes ahead.
 */
import type { GuestError, GuestHttpRequest, HostMessage } from '../protocol.ts'
import { hostError, newId, post } from './link.ts'
import { isArray, jsonStringify, NativePromise, Queue, SafeMap, viewByteLength } from './primordials.ts'
import { withCode } from './turns.ts'

type HttpMessage = Extract<HostMessage, { op: `http-${string}` }>
export type HeaderList = readonly (readonly [string, string])[]

export interface HttpResponse {
  readonly status: number
  readonly statusText: string
  /** As received, names as the server wrote them, in order, repeated ones repeated. */
  readonly headers: HeaderList
  /** Of the last request, after redirects. */
  readonly url: string
  /** The next chunk, undefined at the end. Rejects when the transfer breaks. */
  read (): Promise<Uint8Array | undefined>
  /** Ends the transfer: whoever reads is rejected. Harmless when it has ended. */
  cancel (): void
}

export interface HttpCall {
  /** Rejects with an Error that carries a code (`ECONNREFUSED`, `network-denied`, …). */
  readonly response: Promise<HttpResponse>
  cancel (): void
}

const exchanges = new SafeMap<number, Exchange>()

/** `body` must not change until the call returns: it is copied then. Throws a RangeError `message-too-large`. */
export function httpRequest (request: GuestHttpRequest, body?: Uint8Array): HttpCall {
  const exchange = new Exchange(newId())
  exchange.send(request, body)
  return { response: exchange.response, cancel: () => exchange.cancel() }
}

export function hostMessage (message: HttpMessage, bytes: Uint8Array | undefined): void {
  exchanges.get(message.id)?.receive(message, bytes)
}

class Exchange {
  readonly response: Promise<HttpResponse>
  readonly #id: number
  readonly #chunks = new Queue<Uint8Array>()
  #gotHead: (response: HttpResponse) => void = () => {}
  #failedHead: (error: Error) => void = () => {}
  #reader: { resolve: (chunk: Uint8Array | undefined) => void, reject: (error: Error) => void } | undefined
  #ended = false
  #error: GuestError | undefined

  constructor (id: number) {
    this.#id = id
    this.response = new NativePromise((resolve, reject) => {
      this.#gotHead = resolve
      this.#failedHead = reject
    })
  }

  send (request: GuestHttpRequest, body?: Uint8Array): void {
    exchanges.set(this.#id, this)
    try {
      post(`{"op":"http","id":${this.#id},"request":${requestText(request)}}`, body)
    } catch (error) {
      exchanges.delete(this.#id)
      throw error
    }
  }

  receive (message: HttpMessage, bytes: Uint8Array | undefined): void {
    switch (message.op) {
      case 'http-head': return this.#head(message)
      case 'http-data': return this.#data(bytes)
      case 'http-end': return this.#end(undefined)
      case 'http-error': return this.#end(message.error)
    }
  }

  cancel (): void {
    if (this.#ended) return
    post(`{"op":"http-cancel","id":${this.#id}}`)
    this.#end({ code: 'ERR_CANCELED', message: 'the request was cancelled' })
  }

  #head (message: Extract<HttpMessage, { op: 'http-head' }>): void {
    const { status, statusText, headers, url } = message
    const response = { __proto__: null, status, statusText, headers, url, read: () => this.#read(), cancel: () => this.cancel() }
    this.#gotHead(response) // a promise looks for `then` on what it is resolved with: not on Object.prototype here
  }

  #data (bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return
    const reader = this.#reader
    this.#reader = undefined
    if (reader === undefined) return this.#chunks.push(bytes)
    this.#consumed(bytes)
    reader.resolve(bytes)
  }

  #end (error: GuestError | undefined): void {
    this.#ended = true
    this.#error = error
    exchanges.delete(this.#id)
    if (error !== undefined) this.#failedHead(hostError(error))
    const reader = this.#reader
    this.#reader = undefined
    if (reader === undefined) return
    if (error === undefined) reader.resolve(undefined)
    else reader.reject(hostError(error))
  }

  async #read (): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#consumed(chunk)
      return chunk
    }
    if (this.#error !== undefined) throw hostError(this.#error)
    if (this.#ended) return undefined
    if (this.#reader !== undefined) throw withCode(new Error('the body is already being read'), 'ERR_INVALID_STATE')
    return await new NativePromise((resolve, reject) => { this.#reader = { resolve, reject } })
  }

  #consumed (chunk: Uint8Array): void {
    if (!this.#ended) post(`{"op":"http-ack","id":${this.#id},"bytes":${viewByteLength(chunk)}}`)
  }
}

/** Field by field, so that nothing but strings, numbers and a boolean can be in it. */
function requestText (request: GuestHttpRequest): string {
  let headers = ''
  for (let i = 0; i < request.headers.length; i++) {
    const pair = request.headers[i]
    if (pair !== undefined && isArray(pair)) headers += `${headers === '' ? '' : ','}[${jsonStringify(`${pair[0]}`)},${jsonStringify(`${pair[1]}`)}]`
  }
  return `{"method":${jsonStringify(`${request.method}`)},"url":${jsonStringify(`${request.url}`)},"headers":[${headers}],` +
    `"redirects":${+request.redirects},"timeoutMs":${+request.timeoutMs},"context":${request.context ? 'true' : 'false'}}`
}
