/** `zlib`: Node's classes and functions; the work is done by the thread (sandbox/zlib-ops.ts). */
import { promisifyCustom } from '../timers-promises.ts'
import { limits } from '../job.ts'
import { parts } from '../parts.ts'
import { crc32 } from './crc32.ts'
import { checkFunction, invalidArgType, nodeError } from './invalid-argument.ts'
import { asBuffer, toBytes } from './to-bytes.ts'
import { constants, type Family } from './zlib-options.ts'
import { Zlib, type ZlibStream } from './zlib-stream.ts'

type Callback = (error: Error | null, result?: object) => void
type Maker = new (options?: unknown) => ZlibStream

/** Class -> family; its functions are called `createGzip`, `gzip`, `gzipSync`. */
const CLASSES: Readonly<Record<string, Family>> = {
  Deflate: 'zlib',
  Inflate: 'zlib',
  Gzip: 'zlib',
  Gunzip: 'zlib',
  DeflateRaw: 'zlib',
  InflateRaw: 'zlib',
  Unzip: 'zlib',
  BrotliCompress: 'brotli',
  BrotliDecompress: 'brotli',
  ZstdCompress: 'zstd',
  ZstdDecompress: 'zstd'
}

const module: Record<string, unknown> = { constants, crc32 }
/** Where older programs look for them. */
for (const [name, value] of Object.entries(constants)) {
  if (!/^(BROTLI|ZSTD)/.test(name)) Object.defineProperty(module, name, { value, configurable: true })
}

for (const [name, family] of Object.entries(CLASSES)) {
  const kind = (name[0] ?? '').toLowerCase() + name.slice(1)
  const Class = defineClass(name, family, kind)
  Object.assign(module, {
    [name]: Class,
    [`create${name}`]: named(`create${name}`, (options?: unknown) => new Class(options)),
    [kind]: withPromise(named(kind, (buffer: unknown, options?: unknown, callback?: unknown) => { whole(Class, buffer, options, callback) }), Class),
    [`${kind}Sync`]: named(`${kind}Sync`, (buffer: unknown, options?: unknown) => wholeSync(Class, buffer, options))
  })
}

/** A function, so that it can be called without `new` and inherited from in the older way. */
function defineClass (name: string, family: Family, kind: string): Maker {
  const made = function (this: unknown, options?: unknown): unknown {
    if (!(this instanceof made)) return new Class(options);
    (Zlib as unknown as (this: unknown, family: Family, kind: string, options: unknown) => void).call(this, family, kind, options)
    return this
  }
  const Class = made as unknown as Maker // called with `new`, it answers what it has initialised
  Object.setPrototypeOf(made.prototype, Zlib.prototype as object)
  Object.setPrototypeOf(made, Zlib)
  return named(name, Class)
}

function named<F extends object> (name: string, value: F): F {
  return Object.defineProperty(value, 'name', { value: name, configurable: true })
}

function withPromise<F extends object> (value: F, Class: Maker): F {
  const promised = (buffer: unknown, options?: unknown): Promise<unknown> => new Promise((resolve, reject) => {
    whole(Class, buffer, options, (error: Error | null, result?: object) => { if (error === null) resolve(result); else reject(error) })
  })
  return Object.defineProperty(value, promisifyCustom, { value: promised, configurable: true })
}

function whole (Class: Maker, buffer: unknown, given: unknown, last: unknown): void {
  const [options, callback] = typeof given === 'function' ? [{}, given] : [given, last]
  checkFunction('callback', callback)
  const stream = new Class(options)
  const input = inputOf(buffer)
  const limit = largest(stream)
  const pieces: Uint8Array[] = []
  let size = 0
  let told = false
  const tell: Callback = (error, result) => {
    if (told) return
    told = true
    stream.destroy();
    (callback as Callback)(error, result)
  }
  stream.on('data', (piece: Uint8Array) => {
    pieces.push(piece)
    size += piece.length
    if (size > limit) tell(tooLarge(limit))
  })
  stream.on('error', (error: Error) => { tell(error) })
  stream.on('end', () => { tell(null, answer(stream, pieces, options)) })
  stream.end(asBuffer(input))
}

function wholeSync (Class: Maker, buffer: unknown, options: unknown): object {
  const input = inputOf(buffer)
  const stream = new Class(options)
  const limit = largest(stream)
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    for (const piece of stream._engine.process(input, stream._settings.finishFlush)) {
      pieces.push(piece)
      size += piece.length
      if (size > limit) throw tooLarge(limit)
    }
  } finally {
    stream.destroy()
  }
  return answer(stream, pieces, options)
}

function answer (engine: ZlibStream, pieces: readonly Uint8Array[], options: unknown): object {
  const buffer = parts.buffer().Buffer.concat([...pieces])
  return (options as { info?: unknown } | undefined)?.info ? { buffer, engine } : buffer
}

function inputOf (buffer: unknown): Uint8Array {
  if (typeof buffer === 'string' || ArrayBuffer.isView(buffer) || buffer instanceof ArrayBuffer) return toBytes(buffer)
  throw invalidArgType('buffer', 'of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer', buffer)
}

/** Of one result: what the caller allows, and no more than half of what the isolate may hold. */
function largest (stream: ZlibStream): number {
  return Math.min(stream._settings.maxOutputLength, limits().heapMb * 524_288)
}

function tooLarge (limit: number): Error {
  return nodeError(new RangeError(`Cannot create a Buffer larger than ${limit} bytes`), 'ERR_BUFFER_TOO_LARGE')
}

export default module
