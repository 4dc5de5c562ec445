/** What stands for the connection of a request: the real one is the platform's. It has what client libraries ask of a socket, and its idle timer. */
import type { EventEmitter as NodeEmitter } from 'node:events'
import { parts } from '../parts.ts'
import { clearTimeout, setTimeout, type Timeout } from '../timers.ts'
import { nextTick } from '../turns.ts'

const { EventEmitter } = parts.builtins().load('events') as { EventEmitter: new () => NodeEmitter }

export class RequestSocket extends EventEmitter {
  readonly encrypted: boolean | undefined
  readonly authorized: boolean | undefined
  readonly connecting = false
  readonly pending = false
  readonly readyState = 'open'
  readonly remoteAddress: string | undefined
  readonly remotePort: number
  readonly remoteFamily: string | undefined
  readonly servername: string | undefined
  readable = true
  writable = true
  destroyed = false
  bytesRead = 0
  bytesWritten = 0
  timeout: number | undefined
  readonly #onDestroy: (error?: Error) => void
  #timer: Timeout | undefined

  /** `onDestroy`: ends the request that it belongs to. */
  constructor (options: { readonly secure: boolean, readonly host: string, readonly port: number, readonly onDestroy: (error?: Error) => void }) {
    super()
    this.encrypted = options.secure ? true : undefined
    this.authorized = options.secure ? true : undefined
    this.servername = options.secure ? options.host : undefined
    this.remotePort = options.port
    this.#onDestroy = options.onDestroy
  }

  /** Emits `timeout` when nothing has come or gone for so long; 0 ends that. */
  setTimeout (ms: number, callback?: () => void): this {
    clearTimeout(this.#timer)
    this.timeout = ms
    if (callback !== undefined) {
      if (ms === 0) this.removeListener('timeout', callback)
      else this.once('timeout', callback)
    }
    if (ms > 0 && !this.destroyed) this.#timer = setTimeout(() => { this.emit('timeout') }, ms).unref()
    return this
  }

  /** Bytes have come or gone. */
  touch (): void {
    if (!this.destroyed) this.#timer?.refresh()
  }

  /** The exchange is over: no timer fires any more. */
  rest (): void {
    clearTimeout(this.#timer)
  }

  destroy (error?: Error): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.readable = this.writable = false
    this.rest()
    this.#onDestroy(error)
    nextTick(() => { this.emit('close', error !== undefined) })
    return this
  }

  destroySoon (): void { this.destroy() }
  end (): this { return this }
  setKeepAlive (): this { return this }
  setNoDelay (): this { return this }
  ref (): this { return this }
  unref (): this { return this }
  pause (): this { return this }
  resume (): this { return this }
  cork (): void {}
  uncork (): void {}
  address (): object { return {} }
  getPeerCertificate (): object { return {} }
  getCipher (): object { return {} }
  getProtocol (): string | null { return this.encrypted === true ? 'TLSv1.3' : null }
  isSessionReused (): boolean { return false }
}
