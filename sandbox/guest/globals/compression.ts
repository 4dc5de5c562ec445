/** CompressionStream and DecompressionStream, over the streams of `zlib`. */
import type { Duplex } from 'node:stream'
import { parts } from '../parts.ts'
import { invalidArgValue } from '../node/invalid-argument.ts'

type Pair = ReturnType<typeof Duplex.toWeb>
type Zlib = Record<string, () => Duplex>

function transform (makers: Readonly<Record<string, string>>, format: unknown): Pair {
  const maker = typeof format === 'string' && Object.hasOwn(makers, format) ? makers[format] : undefined
  if (maker === undefined) throw invalidArgValue('format', format, `must be one of: ${Object.keys(makers).map(name => `'${name}'`).join(', ')}`)
  const builtins = parts.builtins()
  const zlib = builtins.load('zlib') as Zlib // Node's factory functions
  const { Duplex: DuplexStream } = builtins.load('stream') as typeof import('node:stream')
  return DuplexStream.toWeb((zlib[maker] as () => Duplex)()) // a name of Node's
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
