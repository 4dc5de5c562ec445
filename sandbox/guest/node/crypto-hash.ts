/** `crypto.createHash`, `createHmac`, `hash`: what is small is computed in the isolate, the rest by the thread. */
import type { Transform as NodeTransform, TransformOptions } from 'node:stream'
import { parts } from '../parts.ts'
import { bytesOf, callHost, joined, valueOf } from './host-call.ts'
import { checkString, invalidArgType, nodeError } from './invalid-argument.ts'
import { asBuffer, toBytes } from './to-bytes.ts'
import { secretBytes } from './crypto-key-object.ts'

type Done = (error?: Error | null, data?: unknown) => void
type HashOptions = TransformOptions & { readonly outputLength?: number }

/** Names that the isolate computes itself (crypto-noble.ts). */
const SMALL = new Set(['md5', 'ripemd160', 'rmd160', 'sha1', 'sha-1', 'sha224', 'sha256', 'sha-256', 'sha384', 'sha512', 'sha-512', 'sha512-224', 'sha512-256'])
/** So much is hashed here: the thread takes as long for the way alone. */
const SMALL_BYTES = 2_048
/** So much is collected before the thread is given it. */
const COLLECT_BYTES = 131_072

const noble = (): typeof import('./crypto-noble.ts') => require('./crypto-noble.ts') as typeof import('./crypto-noble.ts')
const { Transform } = parts.builtins().load('stream') as { Transform: new (options?: TransformOptions) => NodeTransform }

/** Collects what is to be hashed or signed, and hands it over to a session of the thread when it grows. */
export class Feed {
  readonly #open: () => number
  #pieces: Uint8Array[] = []
  #size = 0
  session: number | undefined

  constructor (open: () => number) {
    this.#open = open
  }

  /** What has not been handed over. */
  get pending (): Uint8Array { return joined(this.#pieces) }
  get size (): number { return this.#size }

  add (bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice())
    this.#size += bytes.length
    if (this.#size >= COLLECT_BYTES) this.flush()
  }

  /** Opens the session when there is none, gives it all, answers its number. */
  flush (): number {
    this.session ??= this.#open()
    const whole = this.pending
    this.#pieces = []
    this.#size = 0
    for (let at = 0; at < whole.length; at += COLLECT_BYTES) callHost('crypto.update', { id: this.session }, [whole.subarray(at, at + COLLECT_BYTES)])
    return this.session
  }

  fork (session: number | undefined): Feed {
    const copy = new Feed(this.#open)
    copy.#pieces = [...this.#pieces]
    copy.#size = this.#size
    copy.session = session
    return copy
  }
}

abstract class Digesting extends Transform {
  protected finished = false
  #result: Uint8Array | undefined

  protected abstract absorb (bytes: Uint8Array): void
  protected abstract compute (): Uint8Array

  update (data: unknown, encoding?: unknown): this {
    if (this.finished) throw nodeError(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED')
    this.absorb(dataBytes('data', data, encoding))
    return this
  }

  override _transform (chunk: Uint8Array, _encoding: unknown, done: Done): void {
    this.absorb(chunk)
    done()
  }

  override _flush (done: Done): void {
    done(null, asBuffer(this.result().slice()))
  }

  /** Computed once: the end of the stream and digest() may both ask for it. */
  protected result (): Uint8Array {
    this.#result ??= this.compute()
    return this.#result
  }
}

let forked: { readonly feed: Feed } | undefined

export class Hash extends Digesting {
  readonly #algorithm: string
  readonly #outputLength: number | undefined
  readonly #feed: Feed

  constructor (algorithm: unknown, options: HashOptions = {}) {
    const from = forked
    forked = undefined
    checkString('algorithm', algorithm)
    super(options)
    this.#algorithm = algorithm.toLowerCase()
    this.#outputLength = options.outputLength
    this.#feed = from?.feed ?? new Feed(() => valueOf(callHost('crypto.open', { kind: 'hash', algorithm, outputLength: options.outputLength })))
    if (from === undefined && !this.#isSmall) this.#feed.flush() // a name that may not exist: the thread says so
  }

  digest (encoding?: unknown): unknown {
    if (this.finished) throw nodeError(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED')
    this.finished = true
    return encoded(this.result(), encoding)
  }

  copy (options?: HashOptions): Hash {
    if (this.finished) throw nodeError(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED')
    const { session } = this.#feed
    const length = options?.outputLength ?? this.#outputLength
    forked = { feed: this.#feed.fork(session === undefined ? undefined : valueOf(callHost('crypto.copy', { id: session, outputLength: length }))) }
    return new Hash(this.#algorithm, { ...options, ...(length === undefined ? {} : { outputLength: length }) })
  }

  get #isSmall (): boolean { return SMALL.has(this.#algorithm) && this.#outputLength === undefined }

  protected override absorb (bytes: Uint8Array): void { this.#feed.add(bytes) }

  protected override compute (): Uint8Array {
    const { session, size, pending } = this.#feed
    if (session === undefined) return digestOf(this.#algorithm, pending, this.#isSmall && size <= SMALL_BYTES)
    return bytesOf(callHost('crypto.digest', { id: this.#feed.flush() }))
  }
}

export class Hmac extends Digesting {
  readonly #algorithm: string
  readonly #key: Uint8Array
  readonly #feed: Feed

  constructor (algorithm: unknown, key: unknown, options: TransformOptions & { readonly encoding?: BufferEncoding } = {}) {
    checkString('hmac', algorithm)
    const secret = secretBytes('key', key, options.encoding).slice()
    super(options)
    this.#algorithm = algorithm.toLowerCase()
    this.#key = secret
    this.#feed = new Feed(() => valueOf(callHost('crypto.open', { kind: 'hmac', algorithm }, [secret])))
    if (!SMALL.has(this.#algorithm)) this.#feed.flush()
  }

  digest (encoding?: unknown): unknown {
    const again = this.finished
    this.finished = true
    return encoded(again ? new Uint8Array(0) : this.result(), encoding)
  }

  protected override absorb (bytes: Uint8Array): void { this.#feed.add(bytes) }

  protected override compute (): Uint8Array {
    const { session, size, pending } = this.#feed
    if (session !== undefined) return bytesOf(callHost('crypto.digest', { id: this.#feed.flush() }))
    if (size <= SMALL_BYTES) return noble().smallDigest(this.#algorithm, pending, this.#key)
    return bytesOf(callHost('crypto.hash', { algorithm: this.#algorithm, key: this.#key.length }, [this.#key, pending]))
  }
}

function digestOf (algorithm: string, data: Uint8Array, small: boolean): Uint8Array {
  return small ? noble().smallDigest(algorithm, data) : bytesOf(callHost('crypto.hash', { algorithm }, [data]))
}

/** `crypto.hash`: one piece, in hexadecimal when nothing else is said. */
export function hash (algorithm: unknown, data: unknown, options: unknown = 'hex'): unknown {
  checkString('algorithm', algorithm)
  const { outputEncoding = 'hex', outputLength } = typeof options === 'string' ? { outputEncoding: options } : options as { outputEncoding?: string, outputLength?: number }
  return new Hash(algorithm, outputLength === undefined ? {} : { outputLength }).update(data).digest(outputEncoding)
}

export function encoded (bytes: Uint8Array, encoding: unknown): unknown {
  const buffer = asBuffer(bytes)
  return typeof encoding === 'string' && encoding !== 'buffer' && parts.buffer().Buffer.isEncoding(encoding) ? buffer.toString(encoding) : buffer
}

/** Text or bytes; ERR_INVALID_ARG_TYPE. */
export function dataBytes (name: string, data: unknown, encoding?: unknown): Uint8Array {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) throw invalidArgType(name, 'of type string or an instance of Buffer, TypedArray, or DataView', data)
  return toBytes(data, encoding)
}
