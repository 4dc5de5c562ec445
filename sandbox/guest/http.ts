/**
 * HTTP requests over the platform's broker: what axios, fetch and Node's http are made of. The body of a response is acknowledged as it is
 * consumed; the platform sends at most a window of bytes ahead. A body that is sent in pieces goes as the platform allows it.
 */
import type { GuestError, GuestHttpRequest, HostMessage } from '../protocol.ts'
import { limits } from './job.ts'
import { hostError, newId, post } from './link.ts'
import { isArray, jsonStringify, min, NativePromise, NativeUint8Array, own, Queue, SafeMap, viewBuffer, viewByteLength, viewByteOffset } from './primordials.ts'
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

/** The way of a body in pieces. */
export interface HttpUpload {
  /** Resolves when all of it is on its way, with false when nobody wants it any more. `bytes` must not change before. One caller at a time. */
  write (bytes: Uint8Array): Promise<boolean>
  end (): void
  /** Resolves with true when the platform takes the body, with false when nobody wants it. */
  ready (): Promise<boolean>
}

const exchanges = new SafeMap<number, Exchange>()

/** Room for the rest of the message that carries a body. */
const AROUND_BODY = 131_072
const PIECE = 65_536

/** `body` is copied before the call returns, or, when it is too large for one message, as it is sent: until then it must not change. */
export function httpRequest (request: GuestHttpRequest, body?: Uint8Array): HttpCall {
  const length = body === undefined ? 0 : viewByteLength(body)
  if (body !== undefined && length > limits().messageBytes - AROUND_BODY) {
    const call = httpUpload({ ...request, bodyLength: length })
    sendAll(call.upload, body)
    return call
  }
  const exchange = new Exchange(newId())
  exchange.send(request, body, false)
  return { response: exchange.response, cancel: () => exchange.cancel() }
}

/** A request whose body is sent in pieces. */
export function httpUpload (request: GuestHttpRequest): HttpCall & { readonly upload: HttpUpload } {
  const exchange = new Exchange(newId())
  exchange.send(request, undefined, true)
  return { response: exchange.response, cancel: () => exchange.cancel(), upload: { write: bytes => exchange.write(bytes), end: () => exchange.endBody(), ready: () => exchange.ready() } }
}

async function sendAll (upload: HttpUpload, body: Uint8Array): Promise<void> {
  if (await upload.write(body)) upload.end()
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
  /** Bytes of the request's body that may be sent. */
  #credit = 0
  /** Of a piece: no more than a whole window. */
  #piece = 0
  #onCredit: () => void = () => {}

  constructor (id: number) {
    this.#id = id
    this.response = new NativePromise((resolve, reject) => {
      this.#gotHead = resolve
      this.#failedHead = reject
    })
  }

  send (request: GuestHttpRequest, body: Uint8Array | undefined, stream: boolean): void {
    exchanges.set(this.#id, this)
    try {
      post(`{"op":"http","id":${this.#id},"request":${requestText(request)}${stream ? ',"stream":true' : ''}}`, body)
    } catch (error) {
      exchanges.delete(this.#id)
      throw error
    }
  }

  receive (message: HttpMessage, bytes: Uint8Array | undefined): void {
    switch (message.op) {
      case 'http-head': return this.#head(message)
      case 'http-drain':
        if (this.#piece === 0) this.#piece = min(message.bytes, PIECE)
        this.#credit += message.bytes
        return this.#tellCredit()
      case 'http-data': return this.#data(bytes)
      case 'http-end': return this.#end(undefined)
      case 'http-error': return this.#end(message.error)
    }
  }

  async write (bytes: Uint8Array): Promise<boolean> {
    const length = viewByteLength(bytes)
    for (let from = 0; from < length;) {
      // A whole piece, or the rest: sent as allowed, pieces would become ever smaller.
      while (!this.#ended && (this.#piece === 0 || this.#credit < min(this.#piece, length - from))) {
        await this.#nextCredit()
      }
      if (this.#ended) return false
      const size = min(this.#piece, length - from)
      this.#credit -= size
      post(`{"op":"http-body","id":${this.#id}}`, new NativeUint8Array(viewBuffer(bytes) as ArrayBuffer, viewByteOffset(bytes) + from, size))
      from += size
    }
    return !this.#ended
  }

  async ready (): Promise<boolean> {
    while (!this.#ended && this.#piece === 0) await this.#nextCredit()
    return !this.#ended
  }

  async #nextCredit (): Promise<void> {
    await new NativePromise<undefined>(resolve => {
      const before = this.#onCredit
      this.#onCredit = () => {
        before()
        resolve(undefined)
      }
    })
  }

  #tellCredit (): void {
    const tell = this.#onCredit
    this.#onCredit = () => {}
    tell()
  }

  endBody (): void {
    if (!this.#ended) post(`{"op":"http-body-end","id":${this.#id}}`)
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
    this.#tellCredit()
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
    `"redirects":${+request.redirects},"timeoutMs":${+request.timeoutMs},"context":${request.context ? 'true' : 'false'}` +
    `${own(request, 'raw') === true ? ',"raw":true' : ''}${typeof own(request, 'bodyLength') === 'number' ? `,"bodyLength":${own(request, 'bodyLength')}` : ''}}`
}
