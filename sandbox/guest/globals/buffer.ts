/**
 * Node's Buffer: the npm package, with what it lacks: base64url, and the language's own codec for base64 and hex, which is many times faster.
 */
import { Buffer as Base } from 'buffer/index.js'
import { viewBuffer, viewByteLength, viewByteOffset } from '../primordials.ts'
import { invalidArgType, outOfRange } from '../node/invalid-argument.ts'
import { withCode } from '../turns.ts'
import { DOMException } from './dom-exception.ts'
import { decodeAscii, decodeLatin1, decodeUtf16, encodeLatin1, encodeUtf16 } from './binary-text.ts'
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts'

const INSPECT_MAX_BYTES = 50

export const Buffer = Base
Object.defineProperty(Base, 'name', { value: 'Buffer' }) // the bundler has given it another
export const kMaxLength = 2 ** 32
export const kStringMaxLength = 2 ** 29 - 24
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength }

/** The package's functions before they are replaced below. */
const original = { from: Base.from, toString: Base.prototype.toString }

type Loose = (this: unknown, ...args: unknown[]) => unknown
/** Node's overloads are many: what is replaced looks at its arguments itself and hands all other cases on. */
function replace (target: object, name: string, make: (before: Loose) => Loose): void {
  const before = Reflect.get(target, name) as Loose // every replaced name is a function
  Object.defineProperty(target, name, { value: make(before), writable: true, configurable: true, enumerable: true })
}

replace(Base, 'from', before => function (this: unknown, value, encoding, ...rest) {
  if (typeof value === 'string') {
    const name = encodingName(encoding)
    if (!Base.isEncoding(name)) throw withCode(new TypeError(`Unknown encoding: ${encoding as string}`), 'ERR_UNKNOWN_ENCODING')
    return fromText(value, name) ?? before.call(this, value, encoding)
  }
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) throw invalidSource(value)
  return before.call(this, value, encoding, ...rest)
})

for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow']) {
  replace(Base, name, before => function (this: unknown, size, ...rest) {
    if (typeof size !== 'number') throw invalidArgType('size', 'of type number', size)
    if (!(size >= 0 && size <= kMaxLength)) throw outOfRange('size', `>= 0 && <= ${Number.MAX_SAFE_INTEGER}`, size)
    return before.call(this, size, ...rest)
  })
}

/** Of Node's inside, and used by libraries such as undici: `utf8Slice(start, end)`, `hexWrite(text, offset, length)`… */
for (const [prefix, encoding] of [['ascii', 'ascii'], ['base64', 'base64'], ['base64url', 'base64url'], ['hex', 'hex'], ['latin1', 'latin1'], ['ucs2', 'utf16le'], ['utf8', 'utf8']] as const) {
  const slice: Loose = function (this: unknown, start, end) { return (this as Base).toString(encoding, start as number, end as number) }
  const write: Loose = function (this: unknown, text, offset = 0, length = (this as Base).length - (offset as number)) { return (this as Base).write(text as string, offset as number, length as number, encoding) }
  Object.defineProperty(Base.prototype, `${prefix}Slice`, { value: slice, writable: true, configurable: true, enumerable: true })
  Object.defineProperty(Base.prototype, `${prefix}Write`, { value: write, writable: true, configurable: true, enumerable: true })
}

/** Elements of a typed array as their bytes. */
Object.assign(Base, {
  copyBytesFrom (view: Uint8Array, offset: number = 0, length?: number): Base {
    const part = view.slice(offset, length === undefined ? undefined : offset + length)
    return wrap(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  }
})

// Of the package alone, and of Node alone.
Reflect.deleteProperty(Base, 'TYPED_ARRAY_SUPPORT')
Object.assign(Base, { of: (...items: number[]) => original.from(items) })

function invalidSource (value: unknown): TypeError {
  const error = invalidArgType('first', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value)
  error.message = error.message.replace('"first" argument', 'first argument')
  return error
}

replace(Base, 'isEncoding', before => function (this: unknown, name) {
  return encodingName(name) === 'base64url' || before.call(this, name)
})

replace(Base, 'byteLength', before => function (this: unknown, value, encoding) {
  if (typeof value !== 'string') return before.call(this, value, encoding)
  switch (encodingName(encoding)) {
    case 'utf8': return utf8Length(value)
    case 'base64': case 'base64url': return base64Length(value)
    default: return before.call(this, value, encoding)
  }
})

replace(Base.prototype, 'toString', before => function (this: unknown, encoding, start, end) {
  const bytes = this as Base // `this` of a method of Buffer
  const part = start === undefined && end === undefined ? bytes : bytes.subarray(clampIndex(start, 0, bytes.length), clampIndex(end, bytes.length, bytes.length))
  switch (encodingName(encoding)) {
    case 'utf8': return decodeUtf8(part)
    case 'base64': return bytesToBase64(part)
    case 'base64url': return part.toBase64({ alphabet: 'base64url', omitPadding: true })
    case 'hex': return part.toHex()
    case 'latin1': case 'binary': return decodeLatin1(part)
    case 'ascii': return decodeAscii(part)
    case 'utf16le': case 'utf-16le': case 'ucs2': case 'ucs-2': return decodeUtf16(part)
    default: return before.call(this, encoding, start, end)
  }
})

/** Node looks for two-byte characters at even places; the package looks anywhere, and past the end of an odd number of bytes. */
for (const name of ['indexOf', 'lastIndexOf', 'includes']) {
  replace(Base.prototype, name, before => function (this: unknown, value, at, encoding) {
    const isTwoByte = /^(?:utf16le|utf-16le|ucs2|ucs-2)$/.test(encodingName(typeof at === 'string' ? at : encoding))
    if (!isTwoByte || typeof value !== 'string' || value === '') return before.call(this, value, at, encoding)
    const index = findTwoByte(this as Base, value, Number(at), name === 'lastIndexOf') // `this` of a method of Buffer
    return name === 'includes' ? index >= 0 : index
  })
}

/** `at`: a byte, from the end when negative; all of the text when it is no number. */
function findTwoByte (bytes: Base, text: string, at: number, isBackwards: boolean): number {
  const units = decodeUtf16(bytes.subarray(0, bytes.length - bytes.length % 2))
  const place = Number.isNaN(at) ? (isBackwards ? bytes.length : 0) : at < 0 ? at + bytes.length : at
  if (isBackwards && place < 0) return -1
  const unit = Math.floor(Math.max(place, 0) / 2)
  const found = isBackwards ? units.lastIndexOf(text, unit) : units.indexOf(text, unit)
  return found < 0 ? -1 : found * 2
}

replace(Base.prototype, 'write', before => function (this: unknown, text, ...rest) {
  if (typeof text !== 'string') return before.call(this, text, ...rest)
  const encoding = rest.findIndex(argument => typeof argument === 'string')
  const name = encoding < 0 ? 'utf8' : encodingName(rest[encoding])
  if (name === 'utf8') return writeUtf8(this as Base, text, rest[0], rest[1])
  if (name !== 'base64url') return before.call(this, text, ...rest)
  rest[encoding] = 'base64'
  return before.call(this, text.replaceAll('-', '+').replaceAll('_', '/'), ...rest)
})

/** Whole characters only. Answers how many bytes were written. */
function writeUtf8 (target: Base, text: string, at: unknown, count: unknown): number {
  const offset = typeof at === 'number' ? at : 0
  if (!(offset >= 0 && offset <= target.length)) throw outOfRange('offset', `>= 0 && <= ${target.length}`, offset)
  const room = Math.min(target.length - offset, typeof count === 'number' ? count : Infinity)
  const bytes = encodeUtf8(text)
  let end = Math.min(bytes.length, room)
  while (end < bytes.length && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  target.set(end === bytes.length ? bytes : bytes.subarray(0, end), offset)
  return end
}

function encodingName (encoding: unknown): string {
  if (encoding === undefined || encoding === null) return 'utf8'
  const name = `${encoding}`.toLowerCase()
  return name === 'utf-8' ? 'utf8' : name
}

function fromText (text: string, encoding: string): Base | undefined {
  switch (encoding) {
    case 'utf8': return wrap(encodeUtf8(text))
    case 'base64': case 'base64url': return wrap(base64ToBytes(text))
    case 'latin1': case 'binary': case 'ascii': return wrap(encodeLatin1(text))
    case 'utf16le': case 'utf-16le': case 'ucs2': case 'ucs-2': return wrap(encodeUtf16(text))
    default: return undefined
  }
}

/** The same memory, as a Buffer. */
function wrap (bytes: Uint8Array<ArrayBuffer>): Base {
  return original.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Base
}

function clampIndex (value: unknown, missing: number, length: number): number {
  const index = value === undefined ? missing : Math.trunc(Number(value)) || 0
  return Math.min(Math.max(index, 0), length)
}

export function bytesToBase64 (view: ArrayBufferView): string {
  return new Uint8Array(viewBuffer(view) as ArrayBuffer, viewByteOffset(view), viewByteLength(view)).toBase64()
}

/** As Node counts: from the length alone, whatever the characters are. */
function base64Length (text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.floor((text.length - Math.min(padding, text.length)) * 3 / 4)
}

/** As Node reads base64: both alphabets, anything else skipped, what follows `=` ignored. */
function base64ToBytes (text: string): Uint8Array<ArrayBuffer> {
  const end = text.indexOf('=')
  const body = end < 0 ? text : text.slice(0, end)
  const plain = /[^A-Za-z0-9+/]/.test(body) ? body.replaceAll('-', '+').replaceAll('_', '/').replace(/[^A-Za-z0-9+/]/g, '') : body
  const whole = plain.length % 4 === 1 ? plain.slice(0, -1) : plain
  return Uint8Array.fromBase64(whole, { lastChunkHandling: 'loose' })
}

/** Base64 of a text of Latin-1 characters. */
export function btoa (text: unknown): string {
  const binary = `${text}`
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) {
    const code = binary.charCodeAt(i)
    if (code > 255) throw new DOMException('Invalid character', 'InvalidCharacterError')
    bytes[i] = code
  }
  return bytes.toBase64()
}

export function atob (text: unknown): string {
  try {
    return original.toString.call(wrap(Uint8Array.fromBase64(`${text}`, { lastChunkHandling: 'loose' })), 'latin1')
  } catch {
    throw new DOMException(/[^\w+/=\s]|_/.test(`${text}`) ? 'Invalid character' : 'The string to be decoded is not correctly encoded.', 'InvalidCharacterError')
  }
}

export function isUtf8 (input: ArrayBufferView): boolean {
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  const again = encodeUtf8(decodeUtf8(bytes))
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i])
}

export function isAscii (input: ArrayBufferView): boolean {
  return new Uint8Array(input.buffer, input.byteOffset, input.byteLength).every(byte => byte < 0x80)
}

/** What `require('buffer')` answers. */
export const bufferModule = { Buffer, INSPECT_MAX_BYTES, kMaxLength, kStringMaxLength, constants, atob, btoa, isUtf8, isAscii }
