/** Content encodings of a response. The caller bounds what comes out. */
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, constants } from 'node:zlib'
import { pipeline } from 'node:stream'
import type { Transform } from 'node:stream'
import { refuse } from './guest-error.ts'
import type { Header } from './http-request.ts'

/** What the broker asks for, whatever the guest has written. */
const ACCEPT_ENCODING = 'gzip, deflate, br'

/** A byte range of an encoded body cannot be decoded, so none is asked for with a Range. */
export function acceptEncoding (headers: readonly Header[]): string {
  const asked = headers.find(([name]) => name === 'accept-encoding')?.[1].trim()
  return asked === 'identity' || headers.some(([name]) => name === 'range') ? 'identity' : ACCEPT_ENCODING
}

export type Encoding = 'gzip' | 'deflate' | 'br'

/**
 * The encoding to undo; undefined when there is none, none that we know (its bytes pass as they are), or no body.
 * Throws `network-limit` for a chain of encodings: each link multiplies what a few bytes can become.
 */
export function encodingOf (method: string, status: number, headers: readonly Header[]): Encoding | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return undefined
  const names = headers.filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((name) => name.trim().replace(/^x-gzip$/, 'gzip'))
    .filter((name) => name !== '' && name !== 'identity')
  if (names.length > 1) throw refuse('network-limit', { variant: 'count', what: 'encodings', limit: 1 })
  const [name] = names
  return name === 'gzip' || name === 'deflate' || name === 'br' ? name : undefined
}

/** Headers that no longer tell the truth once the body is decoded. */
export function withoutEncoding (headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => !['content-encoding', 'content-length'].includes(name.toLowerCase()))
}

/**
 * The decoded chunks of `source`. `onRaw` is told of each encoded chunk and may throw to end it all.
 * The caller destroys `source` when it stops early.
 */
export async function * decoded (source: AsyncIterable<Buffer>, encoding: Encoding, onRaw: (bytes: number) => void): AsyncGenerator<Buffer> {
  const chunks = metered(source, onRaw)
  const first = await chunks.next()
  if (first.done === true) return
  async function * all () {
    yield first.value as Buffer // not done, checked above
    yield * chunks
  }
  // An error of the source destroys the decoder, which is what is read here: the callback has nothing to add.
  yield * pipeline(all, decoder(encoding, first.value), () => {})
}

async function * metered (source: AsyncIterable<Buffer>, onRaw: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    onRaw(chunk.length)
    if (chunk.length > 0) yield chunk
  }
}

/** As in browsers, a body that ends early gives what it has: the framing of HTTP tells of a cut connection. */
const TOLERANT = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }

/** `deflate` is zlib's format by the standard and bare deflate by some servers: the first byte tells. */
function decoder (encoding: Encoding, first: Buffer): Transform {
  if (encoding === 'gzip') return createGunzip(TOLERANT)
  if (encoding === 'br') return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH })
  return ((first[0] ?? 0) & 0x0f) === 0x08 ? createInflate(TOLERANT) : createInflateRaw(TOLERANT)
}
