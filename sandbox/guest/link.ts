/**
 * The link to the thread: one way out, one synchronous way out, calls with one answer. The host's functions stay in this file.
 */
import type { GuestError } from '../protocol.ts'
import { limits } from './job.ts'
import {
  bufferByteLength, bufferTransfer, bytesSet, define, hasOwn, jsonParse, jsonStringify, min, NativeError, NativePromise, NativeRangeError, NativeTypeError, NativeUint8Array, own,
  SafeMap, viewBuffer, viewByteLength
} from './primordials.ts'
import { withCode } from './turns.ts'

export type Send = (text: string, bytes?: Uint8Array) => void
export type Ack = () => unknown
export type Sync = (text: string, bytes?: Uint8Array) => string | Uint8Array

/** A synchronous acknowledgement is due after so much: a message counts 1, one with bytes 4 (sandbox.md 0.4: a flood would starve the thread). */
const CREDIT = 64
const WITH_BYTES = 4

let rawSend: Send
let rawAck: Ack
let rawSync: Sync
let spent = 0
let lastId = 0
const waiting = new SafeMap<number, (answer: Answer) => void>()
let beforePost: () => void = () => {}

export function connect (send: Send, ack: Ack, sync: Sync): void {
  rawSend = send
  rawAck = ack
  rawSync = sync
}

/** What must leave before any other message, so that order is kept (log.ts: the lines not sent yet). */
export function beforeOtherMessages (flush: () => void): void {
  beforePost = flush
}

/** Posts a message whose JSON text is already made. The caller has checked its size. */
export function postText (text: string, bytes?: Uint8Array): void {
  if (bytes === undefined) rawSend(text)
  else sendBytes(text, bytes)
  spent += bytes === undefined ? 1 : WITH_BYTES
  if (spent < CREDIT) return
  spent = 0
  rawAck()
}

function sendBytes (text: string, bytes: Uint8Array): void {
  const alone = exact(bytes)
  rawSend(text, alone)
  if (alone !== bytes) free(alone)
}

/** Posts after what is waiting to be sent. Throws a RangeError with code `message-too-large`. */
export function post (text: string, bytes?: Uint8Array): void {
  checkSize(text.length + (bytes === undefined ? 0 : viewByteLength(bytes)), limits().messageBytes)
  beforePost()
  postText(text, bytes)
}

function checkSize (size: number, allowed: number): void {
  if (size > allowed) throw withCode(new NativeRangeError(`a message to the platform has ${size} bytes, at most ${allowed} are allowed`), 'message-too-large')
}

export function newId (): number {
  lastId += 1
  return lastId
}

/**
 * Calls the platform. `args` is the JSON text of an array. Rejects with an Error that carries the `code` and message of the platform's answer.
 */
export async function call (method: 'patchConfig' | 'sendMail' | 'waitForJournal' | 'lookup', args: string): Promise<unknown> {
  const answer = await ask(id => { post(`{"op":"call","id":${id},"method":"${method}","args":${args}}`) })
  // made here and not where the answer arrives: so its stack shows who awaits the call
  if (answer.error !== undefined) throw hostError(answer.error)
  return answer.value
}

/** The answer to what `send` sends with the id that it is given. */
function ask (send: (id: number) => void): Promise<Answer> {
  const id = newId()
  return new NativePromise<Answer>(resolve => {
    waiting.set(id, resolve)
    try {
      send(id)
    } catch (error) {
      waiting.delete(id)
      throw error
    }
  })
}

/** Made without a prototype: a promise looks for `then` on what it is resolved with. */
interface Answer { readonly value?: unknown, readonly bytes?: Uint8Array | undefined, readonly error?: GuestError | undefined }

/** What an operation of the thread answers (sandbox/host-ops.ts): bytes, or a value of JSON. `name` and `args` are of our own making. */
export type HostValue = Uint8Array | { readonly value: unknown }

/** Text of a synchronous call, which the bridge takes no more of (sandbox/bridge.ts). */
const CALL_CHARS = 16_384

/**
 * Does an operation of the thread at once. Throws an Error with what the operation tells of its failure: `code`, `message`, `errno`…; a
 * RangeError `message-too-large` when it cannot cross.
 */
export function hostSync (name: string, args: string, bytes?: Uint8Array): HostValue {
  const text = `{"op":"host","name":"${name}","args":${args}}`
  checkSize(text.length, CALL_CHARS)
  if (bytes !== undefined) checkSize(viewByteLength(bytes), limits().messageBytes)
  const alone = bytes === undefined ? undefined : exact(bytes)
  const answer = rawSync(text, alone)
  if (alone !== undefined && alone !== bytes) free(alone)
  if (typeof answer !== 'string') return answer
  const parsed = jsonParse(answer) as { value?: unknown, error?: GuestError } // sandbox/host-ops.ts
  if (hasOwn(parsed, 'error') && parsed.error !== undefined) throw hostFailure(parsed.error)
  return { value: own(parsed, 'value') }
}

/** As `hostSync`, later. Throws a RangeError `message-too-large`. */
export async function hostAsync (name: string, args: string, bytes?: Uint8Array): Promise<HostValue> {
  const answer = await ask(id => { post(`{"op":"host","id":${id},"name":"${name}","args":${args}}`, bytes) })
  if (answer.error !== undefined) throw hostFailure(answer.error)
  return answer.bytes ?? { value: answer.value }
}

export function hostError (error: GuestError): Error & { code: string } {
  return withCode(new NativeError(`${error.message}`), `${error.code}`)
}

/** An error of Node's own, of its class and with the facts that programs look at. */
function hostFailure (error: GuestError & { name?: unknown, errno?: unknown, reason?: unknown, library?: unknown }): Error {
  const name = own(error, 'name')
  const made = name === 'TypeError' ? new NativeTypeError(error.message) : name === 'RangeError' ? new NativeRangeError(error.message) : new NativeError(error.message)
  for (let i = 0; i < FACTS.length; i++) {
    const key = FACTS[i]
    if (key !== undefined && hasOwn(error, key)) define(made, key, error[key], true)
  }
  return error.code === '' ? made : withCode(made, `${error.code}`)
}
const FACTS = ['errno', 'reason', 'library'] as const

/** The thread's answer to a call: a value, or an error. False when nobody waits for it. */
export function settleCall (id: number, value: unknown, error?: GuestError, bytes?: Uint8Array): boolean {
  const resolve = waiting.get(id)
  if (resolve === undefined) return false
  waiting.delete(id)
  const answer = { __proto__: null, value, bytes, error }
  resolve(answer)
  return true
}

/** Entropy from the thread, at most 65,536 bytes. */
export function randomBytes (bytes: number): Uint8Array {
  const answer = rawSync(`{"op":"random","bytes":${min(bytes, 65_536)}}`)
  if (typeof answer === 'string') throw new NativeError('the platform gave no entropy')
  return answer
}

/** Text of bytes in any encoding that Node's TextDecoder knows. Throws a TypeError-like Error when they are not valid and `fatal` is set. */
export function decodeBytes (bytes: Uint8Array, label: string, fatal: boolean, ignoreBOM: boolean): string {
  const answer = rawSync(`{"op":"decode","label":${jsonStringify(label)},"fatal":${fatal},"ignoreBOM":${ignoreBOM}}`, exact(bytes))
  if (typeof answer !== 'string') throw new NativeError('the platform gave no text')
  const parsed = jsonParse(answer) as { text?: string, error?: string } // SyncCall in protocol.ts
  if (hasOwn(parsed, 'text')) return `${parsed.text}`
  throw new NativeError(`${own(parsed, 'error') ?? 'the bytes cannot be decoded'}`)
}

/** A copy of our own, which the host has copied in turn: left to the garbage collector, those of a large body add up to megabytes. */
function free (bytes: Uint8Array): void {
  bufferTransfer(viewBuffer(bytes) as ArrayBuffer, 0)
}

/** A Uint8Array that is alone in its buffer: a view would carry the whole buffer across. */
function exact (bytes: Uint8Array): Uint8Array {
  const length = viewByteLength(bytes)
  if (length === bufferByteLength(viewBuffer(bytes))) return bytes
  const copy = new NativeUint8Array(length)
  bytesSet(copy, bytes)
  return copy
}
