/** Random values from the thread's entropy. */
import { randomBytes } from '../link.ts'
import { numberToString, viewBuffer, viewByteLength, viewByteOffset, viewKind } from '../primordials.ts'
import { parts } from '../parts.ts'
import { withCode } from '../turns.ts'
import { lazily } from './lazily.ts'
import { DOMException } from './dom-exception.ts'

/** Taken from the thread at once, handed out in pieces. Never in the snapshot: it is filled when first needed. */
const POOL = 1_024
const MAX_VALUES = 65_536
let pool: Uint8Array = new Uint8Array(0)
let used = 0

/** `size` bytes that were never handed out before. */
export function entropy (size: number): Uint8Array {
  if (size > POOL / 4) return inPieces(size)
  if (used + size > pool.length) {
    pool = randomBytes(POOL)
    used = 0
  }
  const bytes = pool.slice(used, used + size)
  pool.fill(0, used, used + size)
  used += size
  return bytes
}

function inPieces (size: number): Uint8Array {
  const whole = new Uint8Array(size)
  for (let at = 0; at < size; at += MAX_VALUES) whole.set(randomBytes(Math.min(MAX_VALUES, size - at)), at)
  return whole
}

export function getRandomValues<T> (array: T): T {
  const kind = ArrayBuffer.isView(array) ? viewKind(array) : undefined
  if (kind === undefined || kind.startsWith('Float')) throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError')
  const size = viewByteLength(array)
  if (size > MAX_VALUES) throw new DOMException(`The requested length exceeds ${MAX_VALUES.toLocaleString('en')} bytes`, 'QuotaExceededError')
  new Uint8Array(viewBuffer(array) as ArrayBuffer, viewByteOffset(array), size).set(entropy(size))
  return array
}

export function randomUUID (): string {
  const bytes = entropy(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  let text = ''
  for (let i = 0; i < 16; i++) {
    const byte = bytes[i] ?? 0
    text += `${i === 4 || i === 6 || i === 8 || i === 10 ? '-' : ''}${byte < 16 ? '0' : ''}${numberToString(byte, 16)}`
  }
  return text
}

/** Nobody makes one: they are there to be compared with. */
class Illegal {
  constructor () { throw withCode(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR') }
}
export class Crypto extends Illegal { get [Symbol.toStringTag] (): string { return 'Crypto' } }
export class SubtleCrypto extends Illegal { get [Symbol.toStringTag] (): string { return 'SubtleCrypto' } }
/** `crypto.subtle` makes no keys. */
export class CryptoKey extends Illegal { get [Symbol.toStringTag] (): string { return 'CryptoKey' } }

/** The global `crypto`. */
export function createCrypto (): object {
  const crypto = Object.setPrototypeOf({ getRandomValues, randomUUID }, Crypto.prototype) as object
  lazily(crypto, 'subtle', () => parts.webCrypto().createSubtle(), true)
  return crypto
}
