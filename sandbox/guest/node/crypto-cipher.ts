/** `crypto.createCipheriv`, `createDecipheriv`: streams over a cipher of the thread. */
import type { Transform as NodeTransform, TransformOptions } from 'node:stream'
import { parts } from '../parts.ts'
import { dataBytes } from './crypto-hash.ts'
import { secretBytes } from './crypto-key-object.ts'
import { bytesOf, callHost, joined, valueOf } from './host-call.ts'
import { checkString, invalidArgType, nodeError } from './invalid-argument.ts'
import { asBuffer, toBytes } from './to-bytes.ts'

type Done = (error?: Error | null, data?: unknown) => void
type CipherOptions = TransformOptions & { readonly authTagLength?: number }

/** Bytes in one call to the thread. */
const SLICE = 131_072
/** More than any cipher takes for a key or an initialization vector: of a longer one the thread needs no more to refuse it. */
const KEY_BYTES = 1_024
const { Transform } = parts.builtins().load('stream') as { Transform: new (options?: TransformOptions) => NodeTransform }
const { StringDecoder } = parts.builtins().load('string_decoder') as typeof import('node:string_decoder')

abstract class CipherBase extends Transform {
  readonly #id: number
  #decoder: InstanceType<typeof StringDecoder> | undefined
  #finished = false
  #tag: Uint8Array | undefined

  protected constructor (kind: 'cipher' | 'decipher', algorithm: unknown, key: unknown, iv: unknown, options: CipherOptions = {}) {
    checkString('cipher', algorithm)
    const secret = secretBytes('key', key)
    if (iv !== null && typeof iv !== 'string' && !ArrayBuffer.isView(iv) && !(iv instanceof ArrayBuffer)) throw invalidArgType('iv', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView', iv)
    super(options)
    this.#id = valueOf(callHost('crypto.open', { kind, algorithm, authTagLength: options.authTagLength }, [upTo(KEY_BYTES, secret), iv === null ? undefined : upTo(KEY_BYTES, toBytes(iv))]))
  }

  update (data: unknown, inputEncoding?: unknown, outputEncoding?: unknown): unknown {
    const output = this.#feed(dataBytes('data', data, inputEncoding))
    if (typeof outputEncoding !== 'string' || outputEncoding === 'buffer') return asBuffer(output)
    return this.#decode(outputEncoding).write(asBuffer(output))
  }

  final (outputEncoding?: unknown): unknown {
    const output = this.#end()
    if (typeof outputEncoding !== 'string' || outputEncoding === 'buffer') return asBuffer(output)
    const decoder = this.#decode(outputEncoding)
    return decoder.write(asBuffer(output)) + decoder.end()
  }

  setAutoPadding (padding: unknown = true): this {
    this.tune({ padding: Boolean(padding) })
    return this
  }

  setAAD (buffer: unknown, options?: { readonly plaintextLength?: number }): this {
    this.tune({ textLength: options?.plaintextLength }, [dataBytes('buffer', buffer)])
    return this
  }

  protected tagOf (): Uint8Array {
    if (this.#tag === undefined) throw nodeError(new Error('Invalid state for operation getAuthTag'), 'ERR_CRYPTO_INVALID_STATE')
    return this.#tag
  }

  protected tune (args: object, pieces: (Uint8Array | undefined)[] = []): void {
    if (this.#finished) throw nodeError(new Error('Invalid state'), 'ERR_CRYPTO_INVALID_STATE')
    callHost('crypto.tune', { id: this.#id, ...args }, pieces)
  }

  override _transform (chunk: Uint8Array, _encoding: unknown, done: Done): void {
    try {
      done(null, asBuffer(this.#feed(chunk)))
    } catch (error) {
      done(error as Error) // the thread throws nothing else
    }
  }

  override _flush (done: Done): void {
    try {
      done(null, asBuffer(this.#end()))
    } catch (error) {
      done(error as Error)
    }
  }

  #feed (bytes: Uint8Array): Uint8Array {
    if (this.#finished) throw nodeError(new Error('Invalid state for operation update'), 'ERR_CRYPTO_INVALID_STATE')
    if (bytes.length <= SLICE) return bytesOf(callHost('crypto.update', { id: this.#id }, [bytes]))
    const pieces: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += SLICE) pieces.push(bytesOf(callHost('crypto.update', { id: this.#id }, [bytes.subarray(at, at + SLICE)])))
    return joined(pieces)
  }

  /** The session is the thread's no longer, also when the end fails. */
  #end (): Uint8Array {
    if (this.#finished) throw nodeError(new Error('Invalid state'), 'ERR_CRYPTO_INVALID_STATE')
    this.#finished = true
    try {
      const output = bytesOf(callHost('crypto.final', { id: this.#id }))
      this.#tag = this.readTag(this.#id)
      return output
    } finally {
      callHost('crypto.close', { id: this.#id })
    }
  }

  protected abstract readTag (id: number): Uint8Array | undefined

  #decode (encoding: string): InstanceType<typeof StringDecoder> {
    this.#decoder ??= new StringDecoder(encoding as BufferEncoding)
    return this.#decoder
  }
}

function upTo (count: number, bytes: Uint8Array): Uint8Array {
  return bytes.length > count ? bytes.subarray(0, count) : bytes
}

/** Modes whose result has a tag. */
const WITH_TAG = /gcm|ccm|ocb|poly1305|siv/i

export class Cipheriv extends CipherBase {
  readonly #hasTag: boolean
  constructor (algorithm: unknown, key: unknown, iv: unknown, options?: CipherOptions) {
    super('cipher', algorithm, key, iv, options)
    this.#hasTag = WITH_TAG.test(`${algorithm as string}`)
  }

  getAuthTag (): unknown { return asBuffer(this.tagOf()) }
  protected override readTag (id: number): Uint8Array | undefined {
    return this.#hasTag ? bytesOf(callHost('crypto.tag', { id })) : undefined
  }
}

export class Decipheriv extends CipherBase {
  constructor (algorithm: unknown, key: unknown, iv: unknown, options?: CipherOptions) {
    super('decipher', algorithm, key, iv, options)
  }

  setAuthTag (tag: unknown, encoding?: unknown): this {
    this.tune({}, [undefined, dataBytes('buffer', tag, encoding)])
    return this
  }

  protected override readTag (): undefined {}
}
