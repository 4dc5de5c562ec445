import type { Snippets } from '../snippet.ts'

export default [
  // what http2-wrapper does when it is loaded
  { members: 'TLSSocket', run: (tls, require) => { const { PassThrough } = require('stream'); const socket = new tls.TLSSocket(new PassThrough()); const Wrapped = socket._handle._parentWrap.constructor; const made = new Wrapped(new PassThrough()); return [socket.encrypted, socket.authorized, socket instanceof require('net').Socket, typeof Wrapped, made instanceof require('net').Socket, made.stream instanceof PassThrough] } }
] satisfies Snippets
