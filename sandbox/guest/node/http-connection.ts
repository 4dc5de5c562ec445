/**
 * What the package undici finds as `net.connect` and `tls.connect` (undici-net.ts): a socket on which HTTP/1.1 is spoken. Requests that are written to
 * it go over the platform's HTTP, to the host and port that the socket was opened for and to no other; their responses are read from it. Whoever
 * writes anything else is refused by name.
 */
import { httpRequest, httpUpload, type HeaderList, type HttpCall, type HttpResponse } from '../http.ts'
import { parts } from '../parts.ts'
import { nextTick } from '../turns.ts'
import { unsupported } from '../unsupported.ts'
import { HttpMessages, type BodySink, type RequestHead } from './http-messages.ts'
import { insteadOf } from './instead.ts'
import type { SocketClass } from './net-socket.ts'

type Done = (error?: Error | null) => void
export interface ConnectionTarget { readonly secure: boolean, readonly host: string, readonly port: number }

const { Socket } = require('./net-socket.ts') as { Socket: SocketClass }
const { Buffer } = parts.builtins().load('buffer') as typeof import('node:buffer')

/** They belong to the platform's own connection. */
const FRAMING = new Set(['transfer-encoding', 'connection', 'keep-alive', 'trailer', 'upgrade'])
const WITHOUT_BODY = new Set([204, 304])

export class HttpConnection extends Socket {
  readonly remotePort: number
  readonly encrypted: boolean
  readonly authorized: boolean
  readonly servername: string | undefined
  readonly alpnProtocol: string | undefined
  readonly #origin: string
  readonly #requests: HttpMessages
  #call: HttpCall | undefined
  /** Of the response before: the next request waits for its end. */
  #answered: Promise<unknown> = Promise.resolve()
  #wanted: () => void = () => {}

  constructor ({ secure, host, port }: ConnectionTarget, options: object) {
    super(options)
    this.remotePort = port
    this.encrypted = this.authorized = secure
    this.servername = secure ? host : undefined
    this.alpnProtocol = secure ? 'http/1.1' : undefined
    this.#origin = `${secure ? 'https' : 'http'}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
    this.#requests = new HttpMessages(head => this.#begin(head))
    this.connecting = true
    nextTick(() => { this.#open(secure) })
  }

  #open (secure: boolean): void {
    if (this.destroyed) return
    this.connecting = this.pending = false
    for (const event of secure ? ['connect', 'secureConnect', 'ready'] : ['connect', 'ready']) this.emit(event)
  }

  override _write (chunk: Uint8Array, _encoding: unknown, done: Done): void {
    this.#requests.take(chunk).then(() => { done() }, done)
  }

  override _read (): void { this.#wanted() }

  override _destroy (error: Error | null, done: Done): void {
    this.#call?.cancel()
    this.#wanted()
    done(error)
  }

  async #begin ({ method, target, headers, length }: RequestHead): Promise<BodySink | undefined> {
    await this.#answered
    if (method === 'CONNECT' || !target.startsWith('/')) throw unsupported('a proxy', 'requests go to their server through the platform')
    const request = { method, url: `${this.#origin}${target}`, headers, redirects: 0, timeoutMs: 0, context: false, raw: true }
    const uploading = length === 0 ? undefined : httpUpload(length === undefined ? request : { ...request, bodyLength: length })
    const call = uploading ?? httpRequest(request)
    this.#call = call
    this.#answered = this.#answer(call, method)
    return uploading?.upload
  }

  async #answer (call: HttpCall, method: string): Promise<void> {
    try {
      const response = await call.response
      const hasBody = method !== 'HEAD' && !WITHOUT_BODY.has(response.status)
      const isChunked = hasBody && !response.headers.some(([name]) => name.toLowerCase() === 'content-length')
      await this.#give(Buffer.from(headText(response, isChunked), 'latin1'))
      for (let chunk = await response.read(); chunk !== undefined && !this.destroyed; chunk = await response.read()) {
        if (hasBody && chunk.length > 0) await this.#give(isChunked ? Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]) : Buffer.from(chunk))
      }
      if (isChunked) await this.#give(Buffer.from('0\r\n\r\n'))
    } catch (error) {
      this.destroy(error as Error) // http.ts rejects with nothing else
    } finally {
      if (this.#call === call) this.#call = undefined
    }
  }

  /** Resolves when more is wanted, or nothing ever. */
  async #give (bytes: Uint8Array): Promise<void> {
    if (this.destroyed) return
    const wanted = new Promise<void>(resolve => { this.#wanted = resolve })
    if (!this.push(bytes)) await wanted
  }
}

function headText ({ status, statusText, headers }: HttpResponse, isChunked: boolean): string {
  const kept: HeaderList = headers.filter(([name]) => !FRAMING.has(name.toLowerCase()))
  const lines = [...kept, ...(isChunked ? [['Transfer-Encoding', 'chunked'] as const] : [])].map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n`
}

/** `net.connect` and `tls.connect` for programs that speak HTTP. */
export function connector (secure: boolean) {
  return function connect (options: { readonly host?: string, readonly port?: number | string, readonly path?: string | null } = {}): HttpConnection {
    if (options.path !== undefined && options.path !== null) throw unsupported('a socket in the file system', insteadOf('net'))
    return new HttpConnection({ secure, host: options.host ?? 'localhost', port: Number(options.port ?? (secure ? 443 : 80)) }, options)
  }
}
