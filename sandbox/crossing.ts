/**
 * How a message of a guest leaves its thread. Whoever reads its header does nothing else meanwhile (the cell's main thread, then the runner
 * of everybody's runs): a header is short. A mail, which may be large, goes as bytes; what is too long stays here, and its broker is
 * told how long it was, so that the plugin is refused in the broker's words. Pure.
 */
import { GUEST_CHARS } from './frames.ts'
import type { FromThread, GuestMessage } from './protocol.ts'

type Crossing = Extract<FromThread, { t: 'guest' }>

/** `chars`: length of the message's text. Undefined: nothing honest is like this. */
export function toCross (message: GuestMessage, bytes: Uint8Array | undefined, chars: number, messageBytes: number): Crossing | undefined {
  if (message.op === 'call' && message.method === 'sendMail') return mail(message, chars, messageBytes)
  if (chars > GUEST_CHARS) return withoutText(message, chars)
  return bytes === undefined ? { t: 'guest', message } : { t: 'guest', message, body: bytes }
}

function mail (message: Extract<GuestMessage, { op: 'call' }>, chars: number, messageBytes: number): Crossing | undefined {
  if (!Array.isArray(message.args)) return chars > GUEST_CHARS ? withoutText(message, chars) : { t: 'guest', message }
  const body = new Uint8Array(Buffer.from(JSON.stringify(message.args[0] ?? null))) // exact: it is handed over
  if (body.byteLength > messageBytes) return withoutText(message, body.byteLength)
  const { op, id, method } = message
  return typeof id === 'number' ? { t: 'guest', message: { op, id, method, args: [] }, body } : undefined
}

function withoutText (message: GuestMessage, tooLarge: number): Crossing | undefined {
  if (!('id' in message) || typeof message.id !== 'number') return undefined
  const { id } = message
  if (message.op === 'call') return typeof message.method === 'string' && message.method.length < 100 ? { t: 'guest', message: { op: 'call', id, method: message.method, args: [], tooLarge } } : undefined
  if (message.op === 'http') return { t: 'guest', message: { op: 'http', id, request: NONE, tooLarge } }
  return undefined
}

const NONE = { method: 'GET', url: '', headers: [], redirects: 0, timeoutMs: 0, context: false }
