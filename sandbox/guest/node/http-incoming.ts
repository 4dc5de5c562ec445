/** `http.IncomingMessage`: a response as a stream. Its bytes are asked for as they are read. */
import type { Readable as NodeReadable, ReadableOptions } from 'node:stream'
import type { HttpResponse } from '../http.ts'
import { parts } from '../parts.ts'
import { nextTick } from '../turns.ts'
import { distinctHeaders, mergedHeaders } from './http-headers.ts'
import type { RequestSocket } from './http-socket.ts'
import { nodeError } from './invalid-argument.ts'
import { asBuffer } from './to-bytes.ts'

type Done = (error?: Error | null) => void
const { Readable } = parts.builtins().load('stream') as { Readable: new (options?: ReadableOptions) => NodeReadable }

export class IncomingMessage extends Readable {
  httpVersion = '1.1'
  httpVersionMajor = 1
  httpVersionMinor = 1
  complete = false
  aborted = false
  url = ''
  method: string | null = null
  statusCode: number | null = null
  statusMessage: string | null = null
  rawHeaders: string[] = []
  rawTrailers: string[] = []
  headers: Record<string, string | string[]> = {}
  headersDistinct: Record<string, string[]> = {}
  trailers: Record<string, string> = {}
  trailersDistinct: Record<string, string[]> = {}
  upgrade = false
  /** Where redirects have led, as follow-redirects says it. */
  responseUrl: string | undefined
  req: unknown
  socket: RequestSocket | undefined
  client: RequestSocket | undefined
  #response: HttpResponse | undefined

  constructor (socket?: RequestSocket) {
    super()
    this.socket = socket
    this.client = socket
  }

  get connection (): RequestSocket | undefined { return this.socket }

  override _read (): void {
    if (this.#response === undefined) return
    this.#response.read().then(chunk => {
      if (this.destroyed) return
      if (this.socket !== undefined) {
        this.socket.bytesRead += chunk?.length ?? 0
        this.socket.touch()
      }
      if (chunk === undefined) this.complete = true
      this.push(chunk === undefined ? null : asBuffer(chunk))
    }, (error: Error) => { this.destroy(cutOff(error)) })
  }

  /** As in Node: an error is told only to whoever listens for it. */
  override _destroy (error: Error | null, done: Done): void {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true
      this.emit('aborted')
      this.#response?.cancel()
      this.socket?.destroy()
    }
    nextTick(() => { done(this.listenerCount('error') === 0 ? null : error) })
  }

  setTimeout (ms: number, callback?: () => void): this {
    if (callback !== undefined) this.on('timeout', callback)
    this.socket?.setTimeout(ms)
    return this
  }

  /** Reads what nobody wants. */
  _dump (): void { this.resume() }

  static begin (message: IncomingMessage, response: HttpResponse): void {
    const { status, statusText, headers } = response
    message.statusCode = status
    message.statusMessage = statusText
    message.rawHeaders = headers.flatMap(([name, value]) => [name, value])
    message.headers = mergedHeaders(headers)
    message.headersDistinct = distinctHeaders(headers)
    message.#response = response
  }
}
/** Gives a message the response that it is. */
export const begin = IncomingMessage.begin
Reflect.deleteProperty(IncomingMessage, 'begin') // not for plugins

/** A connection that breaks while the body comes is `aborted` in Node; what the platform itself refuses says so. */
function cutOff (error: Error & { code?: string }): Error {
  return error.code === 'ECONNRESET' || error.code === 'ERR_CANCELED' ? nodeError(new Error('aborted'), 'ECONNRESET') : error
}
