/** TextEncoder and TextDecoder. Encodings other than UTF-8 are decoded by the thread, which has all of ICU. */
import { decodeBytes } from '../link.ts'
import { withCode } from '../turns.ts'
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts'

type Bytes = ArrayBufferView | ArrayBuffer

export class TextEncoder {
  get encoding (): string { return 'utf-8' }

  encode (input: string = ''): Uint8Array {
    return encodeUtf8(`${input}`)
  }

  /** Writes as many whole characters as fit. */
  encodeInto (source: string, destination: Uint8Array): { read: number, written: number } {
    let read = 0
    let written = 0
    for (const character of `${source}`) {
      const size = utf8Length(character)
      if (written + size > destination.length) break
      destination.set(encodeUtf8(character), written)
      written += size
      read += character.length
    }
    return { read, written }
  }

  get [Symbol.toStringTag] (): string { return 'TextEncoder' }
}

const UTF8_LABELS = new Set(['utf-8', 'utf8', 'unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8'])
/** Encodings in which any sequence of bytes can be cut anywhere. */
const SINGLE_BYTE = /^(us-ascii|ascii|latin1|l1|iso-?8859-?\d+|windows-?\d+|cp\d+|x-cp\d+|koi8-[ru]|macintosh|x-mac-cyrillic|ibm866)$/

/**
 * As the standard's, with one difference: `stream: true` in an encoding of several bytes other than UTF-8 and UTF-16 decodes at the end.
 */
export class TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  #held: Uint8Array = new Uint8Array(0)
  #started = false

  constructor (label: string = 'utf-8', options: { fatal?: boolean, ignoreBOM?: boolean } = {}) {
    const name = `${label}`.trim().toLowerCase()
    this.encoding = UTF8_LABELS.has(name) ? 'utf-8' : name
    this.fatal = options?.fatal === true
    this.ignoreBOM = options?.ignoreBOM === true
    if (this.encoding !== 'utf-8') checkLabel(name, label)
  }

  decode (input?: Bytes, options: { stream?: boolean } = {}): string {
    const bytes = concat(this.#held, asBytes(input))
    const stream = options?.stream === true
    const cut = stream ? this.#cut(bytes) : bytes.length
    this.#held = bytes.slice(cut)
    const text = this.#text(bytes.subarray(0, cut))
    const isStart = !this.#started
    this.#started = stream && (this.#started || text !== '')
    return isStart && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  #text (bytes: Uint8Array): string {
    if (bytes.length === 0) return ''
    if (this.encoding === 'utf-8' && !this.fatal) return decodeUtf8(bytes)
    try {
      return decodeBytes(bytes, this.encoding, this.fatal, true)
    } catch {
      throw withCode(new TypeError(`The encoded data was not valid for encoding ${this.encoding}`), 'ERR_ENCODING_INVALID_ENCODED_DATA')
    }
  }

  /** Where the bytes that are known to be whole characters end. */
  #cut (bytes: Uint8Array): number {
    if (this.encoding === 'utf-8') return utf8Cut(bytes)
    if (/^utf-?16/.test(this.encoding)) return utf16Cut(bytes, this.encoding.endsWith('be'))
    return SINGLE_BYTE.test(this.encoding) ? bytes.length : 0
  }

  get [Symbol.toStringTag] (): string { return 'TextDecoder' }
}

function checkLabel (name: string, label: string): void {
  try {
    decodeBytes(new Uint8Array(0), name, false, true)
  } catch {
    throw withCode(new RangeError(`The "${label}" encoding is not supported`), 'ERR_ENCODING_NOT_SUPPORTED')
  }
}

/** An unfinished sequence at the end waits for its rest. */
function utf8Cut (bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needed > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function utf16Cut (bytes: Uint8Array, bigEndian: boolean): number {
  const even = bytes.length - (bytes.length % 2)
  const lastHigh = even >= 2 ? bytes[bigEndian ? even - 2 : even - 1] ?? 0 : 0
  return lastHigh >= 0xd8 && lastHigh <= 0xdb ? even - 2 : even
}

function asBytes (input: Bytes | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0)
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  return new Uint8Array(input)
}

function concat (first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}

/** Text of bytes in UTF-8, a byte order mark kept. */
export function decodeView (view: ArrayBufferView): string {
  return decodeUtf8(asBytes(view))
}
