/** `http.ClientRequest` over the platform's HTTP: its events come as Node's do, its body goes as the platform takes it. */
import type { Writable as NodeWritable, WritableOptions } from 'node:stream'
import { httpRequest, httpUpload, type HttpCall, type HttpResponse, type HttpUpload } from '../http.ts'
import { parts } from '../parts.ts'
import { nextTick, type Callback } from '../turns.ts'
import { abortError } from './events-async.ts'
import { OutgoingHeaders, type HeaderValue } from './http-headers.ts'
import { begin, IncomingMessage } from './http-incoming.ts'
import { basic, headerPairs, readArguments, readTarget, type Target } from './http-options.ts'
import { RequestSocket } from './http-socket.ts'
import { checkFunction, nodeError } from './invalid-argument.ts'

type Done = (error?: Error | null) => void
const { Writable } = parts.builtins().load('stream') as { Writable: new (options?: WritableOptions) => NodeWritable }

/** A body of at most so many bytes, all of it given to end(), goes with the request itself. */
const INLINE_BYTES = 131_072

export class ClientRequest extends Writable {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly protocol: string
  readonly agent: unknown
  readonly reusedSocket = false
  readonly maxHeadersCount = null
  readonly shouldKeepAlive = true
  readonly timeout: number | undefined
  aborted = false
  res: IncomingMessage | null = null
  socket: RequestSocket | null = null
  readonly #target: Target
  readonly #headers = new OutgoingHeaders()
  #call: HttpCall | undefined
  #upload: HttpUpload | undefined
  /** The whole body, when end() was the first to give any. */
  #whole: Uint8Array | undefined
  #ending = false
  #complete = false

  constructor (input: unknown, given?: unknown, last?: unknown, defaultProtocol: 'http:' | 'https:' = 'http:') {
    const { options, callback } = readArguments(input, given, last)
    const target = readTarget(options, defaultProtocol)
    super({ autoDestroy: false })
    this.#target = target
    this.method = target.method
    this.path = target.path
    this.host = target.host
    this.protocol = target.protocol
    this.agent = options.agent
    this.timeout = options.timeout
    this.#initHeaders()
    if (callback !== undefined && callback !== null) {
      checkFunction('listener', callback)
      this.once('response', callback)
    }
    if (options.signal !== undefined && options.signal !== null) this.#heed(options.signal)
    nextTick(() => { this.#connect() })
  }

  get connection (): RequestSocket | null { return this.socket }
  get headersSent (): boolean { return this.#call !== undefined }
  get finished (): boolean { return this.writableEnded }
  /** Older libraries look whether it is there. */
  get _header (): string | null { return this.headersSent ? `${this.method} ${this.path} HTTP/1.1\r\n` : null }

  setHeader (name: unknown, value: unknown): this {
    this.#notSent('set')
    this.#headers.set(name, value)
    return this
  }

  appendHeader (name: string, value: HeaderValue): this {
    this.#notSent('append')
    this.#headers.append(name, value)
    return this
  }

  setHeaders (headers: Iterable<[string, HeaderValue]>): this {
    for (const [name, value] of headers) this.setHeader(name, value)
    return this
  }

  getHeader (name: unknown): HeaderValue | undefined { return this.#headers.get(name) }
  getHeaders (): Record<string, HeaderValue> { return this.#headers.toObject() }
  getHeaderNames (): string[] { return this.#headers.names() }
  getRawHeaderNames (): string[] { return this.#headers.rawNames() }
  hasHeader (name: unknown): boolean { return this.#headers.has(name) }
  removeHeader (name: unknown): void {
    this.#notSent('remove')
    this.#headers.delete(name)
  }

  flushHeaders (): void { if (!this.headersSent) this.#send(true) }
  setNoDelay (): void {}
  setSocketKeepAlive (): void {}

  /** Emits `timeout` when nothing has come or gone for so long. It ends nothing by itself. */
  setTimeout (ms: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback)
    if (this.socket === null) this.once('socket', (socket: RequestSocket) => { socket.setTimeout(ms) })
    else this.socket.setTimeout(ms)
    return this
  }

  abort (): void {
    if (this.aborted) return
    this.aborted = true
    nextTick(() => { this.emit('abort') })
    this.destroy()
  }

  override end (...args: unknown[]): this {
    this.#ending = true
    return super.end(...args as Parameters<NodeWritable['end']>) // the forms that Writable knows
  }

  override _write (chunk: Uint8Array, _encoding: unknown, done: Done): void {
    if (!this.headersSent && this.#ending && this.#whole === undefined && chunk.length <= INLINE_BYTES && this.writableLength === chunk.length) {
      this.#whole = chunk
      return done()
    }
    if (!this.headersSent) this.#send(true)
    if (this.#upload === undefined) return done() // it could not be sent, which the error has told
    this.#upload.write(chunk).then(() => {
      if (this.socket !== null) this.socket.bytesWritten += chunk.length
      this.socket?.touch()
      done()
    }, done)
  }

  override _final (done: Done): void {
    if (!this.headersSent) this.#send(false)
    else this.#upload?.end()
    done()
  }

  override _destroy (error: Error | null, done: Done): void {
    this.#call?.cancel()
    if (this.socket === null) nextTick(() => { this.socket?.destroy() })
    else if (!this.#complete) this.socket.destroy()
    const { res } = this
    if (res === null) return done(error ?? (this.aborted && this.socket === null ? null : nodeError(new Error('socket hang up'), 'ECONNRESET')))
    // In a later turn, as the end of a socket is: who has destroyed the request may first tell the response why.
    if (!res.complete) nextTick(() => { res.destroy(nodeError(new Error('aborted'), 'ECONNRESET')) })
    done(error)
  }

  #heed (signal: AbortSignal): void {
    const onAbort = (): void => { this.destroy(abortError(signal)) }
    if (signal.aborted) return nextTick(onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
    this.once('close', () => { signal.removeEventListener('abort', onAbort) })
  }

  #initHeaders (): void {
    const { host, port, protocol, options: { headers, auth, setHost } } = this.#target
    for (const [name, value] of headerPairs(headers)) {
      if (Array.isArray(headers) && this.#headers.has(name)) this.#headers.append(name, value as HeaderValue)
      else this.#headers.set(name, value)
    }
    if (setHost !== false && !this.#headers.has('host') && !Array.isArray(headers)) {
      const isDefault = port === (protocol === 'https:' ? 443 : 80)
      this.#headers.set('Host', `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}${isDefault ? '' : `:${port}`}`)
    }
    if (typeof auth === 'string' && auth !== '' && !this.#headers.has('authorization')) this.#headers.set('Authorization', basic(auth))
  }

  /** In Node a socket is found in a later turn, and told then. */
  #connect (): void {
    const { protocol, host, port } = this.#target
    const socket = new RequestSocket({ secure: protocol === 'https:', host, port, onDestroy: error => { this.destroy(error) } })
    this.socket = socket
    if (this.destroyed) return
    socket.on('timeout', () => {
      this.emit('timeout')
      this.res?.emit('timeout')
    })
    if (this.timeout !== undefined) socket.setTimeout(this.timeout)
    this.emit('socket', socket)
    if (!this.headersSent && /^100-continue$/i.test(String(this.#headers.get('expect')))) this.#sendHead()
  }

  /** `Expect: 100-continue`: nobody sends the body before `continue`. The platform's own connection knows no such wait: it takes the body at once. */
  #sendHead (): void {
    this.flushHeaders()
    this.#upload?.ready().then(isWanted => { if (isWanted && !this.destroyed) this.emit('continue') })
  }

  #send (stream: boolean): void {
    const length = this.#headers.get('content-length')
    const request = { method: this.method, url: this.#target.url, headers: this.#headers.toList(), redirects: 0, timeoutMs: 0, context: false, raw: true }
    try {
      if (stream) {
        const call = httpUpload(length === undefined ? request : { ...request, bodyLength: Number(length) })
        this.#upload = call.upload
        this.#call = call
      } else {
        this.#call = httpRequest(request, this.#whole)
      }
      this.#call.response.then(response => { this.#receive(response) }, (error: Error) => { this.destroy(error) })
    } catch (error) {
      this.destroy(error as Error) // link.ts throws nothing else
    }
  }

  #receive (response: HttpResponse): void {
    if (this.destroyed) return response.cancel()
    const res = new IncomingMessage(this.socket ?? undefined)
    begin(res, response)
    res.req = this
    this.res = res
    this.socket?.touch()
    res.once('end', () => { this.#finish() })
    res.once('close', () => { if (!res.complete) this.destroy() })
    if (this.emit('response', res)) return
    res._dump()
  }

  /** The response has been read to its end: `close` follows, once the body is sent as well. */
  #finish (): void {
    this.#complete = true
    this.socket?.rest()
    const close = (): void => { nextTick(() => { this.destroy() }) }
    if (this.writableFinished) close()
    else this.once('finish', close)
  }

  #notSent (what: string): void {
    if (this.headersSent) throw nodeError(new Error(`Cannot ${what} headers after they are sent to the client`), 'ERR_HTTP_HEADERS_SENT')
  }
}

export type RequestFunction = (input: unknown, options?: unknown, callback?: Callback) => ClientRequest

/** `request` and `get` of a protocol. */
export function requestFunctions (protocol: 'http:' | 'https:'): { request: RequestFunction, get: RequestFunction } {
  const request: RequestFunction = (input, options, callback) => new ClientRequest(input, options, callback, protocol)
  const get: RequestFunction = (input, options, callback) => request(input, options, callback).end()
  return { request, get }
}
