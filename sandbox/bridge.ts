/**
 * Every host function that a plugin can reach: three callbacks, and one function of the guest that the host calls.
 *
 *   send(text, bytes?)  one-way; JSON of a FromIsolate message
 *   ack()               answers when this thread has caught up: the guest calls it every 64 messages, else a flood of one-way
 *                       messages would starve this thread's event loop and no dispose() would ever be reached
 *   sync(text, bytes?)  JSON of a SyncCall; answers a string or bytes. With `host` an operation of host-ops.ts
 *   deliver(text, bytes?)  in the guest; JSON of a ToIsolate message
 *
 * Strings and exact-size bytes only. isolated-vm clones plain objects and hands a view over with its whole backing buffer:
 * both are refused here before anything else is looked at. The guest never holds a Reference or an ExternalCopy.
 */
import { randomFillSync } from 'node:crypto'
import ivm from 'isolated-vm'
import type { FromIsolate, SyncCall } from './protocol.ts'

export interface BridgeHandlers {
  /** `chars`: length of the text of the message. */
  onMessage(message: FromIsolate, bytes: Uint8Array | undefined, chars: number): void
  /** An operation of host-ops.ts. Throws when it does not exist. */
  onHost(name: unknown, args: unknown, bytes: Uint8Array | undefined): string | Uint8Array
  /** The guest broke a rule of the bridge: its run ends. */
  onAbuse(reason: string): void
  /** A message is nested too deeply to travel on: its run ends. */
  onTooDeep(limit: number): void
}

export interface Bridge {
  readonly callbacks: readonly [send: ivm.Callback, ack: ivm.Callback, sync: ivm.Callback]
  /** A spare isolate is bound before its run is known: until then every message is refused. */
  attach(handlers: BridgeHandlers, messageBytes: number): void
}

const MAX_RANDOM_BYTES = 65_536
/** Text of a synchronous call: long values travel as bytes. */
const MAX_CALL = 16_384
/**
 * Levels of a message, its own two or three included. What is nested some thousands deep can be parsed, but neither cloned for another
 * thread nor written as JSON again: it would be lost on the way.
 */
const MAX_DEPTH = 128

export function createBridge (): Bridge {
  let handlers: BridgeHandlers | undefined
  let maxBytes = 0

  const send = (text: unknown, bytes: unknown): void => {
    if (handlers === undefined) return
    try {
      handlers.onMessage(parseMessage(text, bytes, maxBytes), exactBytes(bytes, maxBytes), (text as string).length) // parseMessage takes nothing else
    } catch (error) {
      refuse(handlers, error as Error) // everything thrown above is a BridgeError or a SyntaxError of ours
    }
  }

  const sync = (text: unknown, bytes: unknown): string | Uint8Array => {
    try {
      const call = parseCall(text)
      const exact = exactBytes(bytes, maxBytes)
      if (call.op === 'host') return handlers === undefined ? '' : handlers.onHost(call.name, call.args, exact)
      return answer(call, exact)
    } catch (error) {
      if (handlers !== undefined) refuse(handlers, error as Error)
      return ''
    }
  }

  return {
    callbacks: [
      new ivm.Callback(send, frozen({ ignored: true } as const)),
      new ivm.Callback(() => 1, frozen({ sync: true } as const)),
      new ivm.Callback(sync, frozen({ sync: true } as const))
    ],
    attach (next, messageBytes) {
      handlers = next
      maxBytes = messageBytes
    }
  }
}

/** isolated-vm reads its options with an ordinary Get: an inherited property must not be able to change them. */
export function frozen<T extends object> (options: T): T {
  return Object.freeze(Object.assign(Object.create(null), options)) as T // the prototype is all that differs
}

class BridgeError extends Error {
  override readonly name: string = 'BridgeError'
}

class TooDeepError extends BridgeError {
  override readonly name = 'TooDeepError'
}

function refuse (handlers: BridgeHandlers, error: Error): void {
  if (error instanceof TooDeepError) handlers.onTooDeep(MAX_DEPTH)
  else handlers.onAbuse(error.message)
}

function parseMessage (text: unknown, bytes: unknown, maxBytes: number): FromIsolate {
  if (typeof text !== 'string') throw new BridgeError(`a message is a string, found ${typeof text}`)
  const size = text.length + (bytes instanceof Uint8Array ? bytes.byteLength : 0)
  if (size > maxBytes) throw new BridgeError(`a message has ${size} bytes, at most ${maxBytes} are allowed`)
  const message = parseFlat(text)
  if (typeof message !== 'object' || message === null || typeof (message as { op?: unknown }).op !== 'string') throw new BridgeError('a message is an object with an op')
  return message as FromIsolate // each field is checked by whoever acts on it: session.ts, the brokers of the runner
}

function parseCall (text: unknown): SyncCall {
  if (typeof text !== 'string' || text.length > MAX_CALL) throw new BridgeError('a call is a short string')
  return parseFlat(text) as SyncCall // each field is checked in `answer`
}

function parseFlat (text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (text.length > 2 * MAX_DEPTH && isDeeper(value, MAX_DEPTH)) throw new TooDeepError(`a message is nested more than ${MAX_DEPTH} levels deep`)
  return value
}

/** Whether a value of JSON has more than so many levels. It goes no deeper than that itself. */
function isDeeper (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeper(part, levels - 1)) return true
  }
  return false
}

function exactBytes (bytes: unknown, maxBytes: number): Uint8Array | undefined {
  if (bytes === undefined) return undefined
  if (!(bytes instanceof Uint8Array)) throw new BridgeError(`bytes are a Uint8Array, found ${typeof bytes}`)
  if (bytes.byteLength !== bytes.buffer.byteLength) throw new BridgeError('bytes must be an exact-size copy, found a view')
  if (bytes.byteLength > maxBytes) throw new BridgeError(`${bytes.byteLength} bytes in one message, at most ${maxBytes} are allowed`)
  return bytes
}

function answer (call: Exclude<SyncCall, { op: 'host' }>, bytes: Uint8Array | undefined): string | Uint8Array {
  switch (call.op) {
    case 'random': return random(call.bytes)
    case 'decode': return decode(call, bytes)
    default: throw new BridgeError('unknown call')
  }
}

function random (count: unknown): Uint8Array {
  if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > MAX_RANDOM_BYTES) throw new BridgeError(`entropy is asked for in 0 to ${MAX_RANDOM_BYTES} bytes`)
  return randomFillSync(new Uint8Array(count as number)) // checked above; a fresh array, never Node's shared Buffer pool
}

function decode (call: { label: unknown, fatal: unknown, ignoreBOM: unknown }, bytes: Uint8Array | undefined): string {
  if (typeof call.label !== 'string' || bytes === undefined) throw new BridgeError('decode wants a label and bytes')
  try {
    return JSON.stringify({ text: new TextDecoder(call.label, { fatal: call.fatal === true, ignoreBOM: call.ignoreBOM === true }).decode(bytes) })
  } catch (error) {
    return JSON.stringify({ error: (error as Error).message }) // unknown label, or malformed bytes with `fatal`
  }
}
