/** UTF-8, both ways. Long texts are decoded by the thread, which has a fast decoder; encoding is done here. */
import { limits } from '../job.ts'
import { decodeBytes } from '../link.ts'

/** From here on a call to the thread (about 0.1 ms) costs less than decoding here. */
const DECODE_IN_THREAD = 8_192
const PIECE = 1_048_576
const REPLACEMENT = 0xfffd

export function encodeUtf8 (text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(utf8Length(text))
  let at = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      bytes[at++] = code
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      code = surrogatePair(text, i)
      if (code > 0xffff) i += 1
    }
    at = writeCode(bytes, at, code)
  }
  return bytes
}

export function utf8Length (text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    length += 1
    if (code < 0x800) continue
    // a pair has two units and four bytes, a lone surrogate becomes U+FFFD: three bytes
    if (code >= 0xd800 && code <= 0xdfff && surrogatePair(text, i) > 0xffff) i += 1
    length += 1
  }
  return length
}

/** Code point of the pair at `i`, or U+FFFD for a lone surrogate. */
function surrogatePair (text: string, i: number): number {
  const high = text.charCodeAt(i)
  const low = i + 1 < text.length ? text.charCodeAt(i + 1) : 0
  return high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : REPLACEMENT
}

function writeCode (bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x800) {
    bytes[at++] = 0xc0 | (code >> 6)
  } else {
    if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12)
    } else {
      bytes[at++] = 0xf0 | (code >> 18)
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
    }
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
  }
  bytes[at++] = 0x80 | (code & 0x3f)
  return at
}

/** Malformed sequences become U+FFFD, as the standard says. A byte order mark is kept. */
export function decodeUtf8 (bytes: Uint8Array): string {
  if (bytes.byteLength < DECODE_IN_THREAD) return decodeHere(bytes)
  const piece = Math.min(PIECE, Math.max(limits().messageBytes - 1_024, 1_024))
  let text = ''
  for (let from = 0; from < bytes.byteLength;) {
    const end = pieceEnd(bytes, from, piece)
    text += decodeBytes(bytes.subarray(from, end), 'utf-8', false, true)
    from = end
  }
  return text
}

/** A piece ends before a sequence that it would cut. */
function pieceEnd (bytes: Uint8Array, from: number, size: number): number {
  const end = from + size
  if (end >= bytes.byteLength) return bytes.byteLength
  for (let back = 0; back < 4; back++) {
    if (((bytes[end - back] ?? 0) & 0xc0) !== 0x80) return end - back
  }
  return end
}

function decodeHere (bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i] ?? 0
    if (first < 0x80) {
      text += String.fromCharCode(first)
      i += 1
      continue
    }
    const { code, length } = readSequence(bytes, i, first)
    text += String.fromCodePoint(code)
    i += length
  }
  return text
}

/** One sequence of more than one byte; of a malformed one, its longest valid beginning counts as one U+FFFD. */
function readSequence (bytes: Uint8Array, at: number, first: number): { code: number, length: number } {
  const needed = first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0
  if (needed === 0) return { code: REPLACEMENT, length: 1 }
  let code = first & (0x3f >> needed)
  for (let i = 1; i <= needed; i++) {
    const next = bytes[at + i] ?? 0
    const lower = i > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const upper = i > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (at + i >= bytes.length || next < lower || next > upper) return { code: REPLACEMENT, length: i }
    code = (code << 6) | (next & 0x3f)
  }
  return { code, length: needed + 1 }
}
