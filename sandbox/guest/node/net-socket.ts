/**
 * `net.Socket`: made, extended and looked at as Node's, for libraries do so when they are loaded. It has no network: connecting it, or writing
 * to it, is refused by name.
 */
import type { Duplex as NodeDuplex, DuplexOptions } from 'node:stream'
import { parts } from '../parts.ts'
import { unsupported, type UnsupportedError } from '../unsupported.ts'
import { insteadOf } from './instead.ts'

export interface NetSocket extends NodeDuplex {
  connecting: boolean
  pending: boolean
  connect (...args: unknown[]): this
}
export interface SocketClass { new (options?: object): NetSocket, (this: unknown, options?: object): NetSocket, readonly prototype: NetSocket }

const { Duplex } = parts.builtins().load('stream') as { Duplex: { new (options?: DuplexOptions): NodeDuplex, prototype: object } }

/** Callable without `new`, and on an object that inherits from it, as Node's: older libraries do so. */
export const Socket = function (this: unknown, options: object = {}): NetSocket | undefined {
  if (!(this instanceof Socket)) return new (Socket as unknown as SocketClass)(options)
  Reflect.apply(Duplex as never, this, [{ highWaterMark: Reflect.get(options, 'highWaterMark') as number | undefined, allowHalfOpen: Reflect.get(options, 'allowHalfOpen') === true, emitClose: true, autoDestroy: true }])
  Object.assign(this, { connecting: false, pending: true, _hadError: false, _parent: null, _host: null, _handle: null, bytesRead: 0, timeout: 0 })
  return undefined
} as unknown as SocketClass
Object.defineProperty(Socket, 'name', { value: 'Socket', configurable: true })
Object.setPrototypeOf(Socket.prototype, Duplex.prototype)
Object.setPrototypeOf(Socket, Duplex)

function refused (what: string): UnsupportedError {
  return unsupported(`node:net Socket.${what}`, insteadOf('net'))
}

const own: Record<string, (this: NetSocket, ...args: unknown[]) => unknown> = {
  connect () { throw refused('connect') },
  _read () {},
  _write (_chunk, _encoding, done) { (done as (error: Error) => void)(refused('write')) },
  _final (done) { (done as () => void)() },
  destroySoon () { this.destroy() },
  resetAndDestroy () { return this.destroy() },
  setTimeout (_ms, callback) {
    if (typeof callback === 'function') this.once('timeout', callback as () => void)
    return this
  },
  setKeepAlive () { return this },
  setNoDelay () { return this },
  ref () { return this },
  unref () { return this },
  address () { return {} }
}
for (const [name, value] of Object.entries(own)) Object.defineProperty(Socket.prototype, name, { value, writable: true, configurable: true })
Object.defineProperty(Socket.prototype, 'readyState', { get (this: NetSocket) { return this.connecting ? 'opening' : this.readable && this.writable ? 'open' : this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed' }, configurable: true })
