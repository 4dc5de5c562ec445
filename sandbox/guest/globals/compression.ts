/** CompressionStream and DecompressionStream, over the streams of `zlib`. */
import type { Duplex } from 'node:stream'
import { parts } from '../parts.ts'
import { withCode } from '../turns.ts'
import { invalidArgValue } from '../node/invalid-argument.ts'

type Pair = ReturnType<typeof Duplex.toWeb>
type Zlib = Record<string, () => Duplex>

function transform (makers: Readonly<Record<string, string>>, format: unknown): Pair {
  const maker = typeof format === 'string' && Object.hasOwn(makers, format) ? makers[format] : undefined
  if (maker === undefined) throw invalidArgValue('format', format, `must be one of: ${Object.keys(makers).map(name => `'${name}'`).join(', ')}`)
  const builtins = parts.builtins()
  const zlib = builtins.load('zlib') as Zlib // Node's factory functions
  const { Duplex: DuplexStream } = builtins.load('stream') as typeof import('node:stream')
  const stream = (zlib[maker] as () => Duplex)() // a name of Node's
  const destroy = stream._destroy
  stream._destroy = (error, done) => { destroy.call(stream, error === null ? null : asTypeError(error), done) }
  return DuplexStream.toWeb(stream)
}

/** What the standard wants for content that cannot be read. */
function asTypeError (cause: Error & { readonly code?: string }): Error {
  return cause instanceof TypeError ? cause : withCode(new TypeError(cause.message, { cause }), cause.code ?? 'ERR_INVALID_STATE')
}

class Transforming {
  readonly #pair: Pair
  constructor (pair: Pair) { this.#pair = pair }
  get readable (): Pair['readable'] { return this.#pair.readable }
  get writable (): Pair['writable'] { return this.#pair.writable }
}

export class CompressionStream extends Transforming {
  /** `format`: deflate, deflate-raw, gzip, brotli. */
  constructor (format: unknown) {
    super(transform({ deflate: 'createDeflate', 'deflate-raw': 'createDeflateRaw', gzip: 'createGzip', brotli: 'createBrotliCompress' }, format))
  }

  get [Symbol.toStringTag] (): string { return 'CompressionStream' }
}

export class DecompressionStream extends Transforming {
  constructor (format: unknown) {
    super(transform({ deflate: 'createInflate', 'deflate-raw': 'createInflateRaw', gzip: 'createGunzip', brotli: 'createBrotliDecompress' }, format))
  }

  get [Symbol.toStringTag] (): string { return 'DecompressionStream' }
}
