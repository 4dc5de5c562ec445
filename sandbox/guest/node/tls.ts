/**
 * `tls`: what libraries look at when they are loaded. Connections are refused by name: requests get theirs from the platform.
 * http2-wrapper, and got with it, takes the class of a socket over a stream from the inside of a TLSSocket that it makes.
 */
import { lazily } from '../globals/lazily.ts'
import type { NetSocket, SocketClass } from './net-socket.ts'

export interface TLSSocketClass { new (stream?: unknown, options?: object): NetSocket }

function makeClass (): TLSSocketClass {
  const { Socket } = require('./net-socket.ts') as { Socket: SocketClass }
  /** A stream in place of a socket: what is built on it has no network either. */
  class JSStreamSocket extends Socket {
    readonly stream: unknown
    constructor (stream: unknown) {
      super()
      this.stream = stream
    }
  }
  return class TLSSocket extends Socket {
    readonly encrypted = true
    authorized = false
    authorizationError: unknown = null
    alpnProtocol: string | false | null = null
    servername: string | null = null
    _handle: object

    constructor (stream?: unknown, options: object = {}) {
      super(options)
      this._handle = stream === undefined || stream instanceof Socket ? {} : { _parentWrap: new JSStreamSocket(stream) }
    }

    getPeerCertificate (): object { return {} }
    getCipher (): object { return {} }
    getProtocol (): string | null { return null }
    getSession (): undefined {}
    isSessionReused (): boolean { return false }
  }
}

const tls = {}
lazily(tls, 'TLSSocket', makeClass, true)
export default tls
