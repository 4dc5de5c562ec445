/** `KeyObject`: a key's bytes stay beside the object, in the isolate; nothing of the host is behind it. */
import { parts } from '../parts.ts'
import { callHost, callHostLater, valueOf } from './host-call.ts'
import { invalidArgType, invalidArgValue, nodeError } from './invalid-argument.ts'
import { asBuffer, toBytes } from './to-bytes.ts'

interface KeyData {
  readonly type: 'secret' | 'private' | 'public'
  /** Of a secret the very bytes, else DER: PKCS #8 or SPKI. */
  readonly bytes: Uint8Array
  readonly asymmetricKeyType?: string
  readonly details?: Readonly<Record<string, unknown>>
}
/** What the thread tells of a key (sandbox/crypto-keys.ts). */
export interface Described { readonly type: 'private' | 'public', readonly asymmetricKeyType?: string, readonly details: Record<string, unknown>, readonly der: string }

const data = new WeakMap<object, KeyData>()
let making: KeyData | undefined

interface ExportOptions { readonly format?: string, readonly type?: string, readonly cipher?: string, readonly passphrase?: string | ArrayBufferView }

export class KeyObject {
  constructor () {
    if (making === undefined) throw nodeError(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR')
    data.set(this, making)
    making = undefined
  }

  get type (): string { return keyData(this).type }
  get asymmetricKeyType (): string | undefined { return keyData(this).asymmetricKeyType }
  get asymmetricKeyDetails (): object | undefined {
    const { details } = keyData(this)
    return details === undefined ? undefined : { ...details }
  }

  get symmetricKeySize (): number | undefined {
    const { type, bytes } = keyData(this)
    return type === 'secret' ? bytes.length : undefined
  }

  export (options: ExportOptions = {}): unknown {
    const { type, bytes } = keyData(this)
    if (type === 'secret') return options.format === 'jwk' ? { kty: 'oct', k: asBuffer(bytes).toString('base64url' as BufferEncoding) } : asBuffer(bytes.slice())
    const { format, type: as, cipher, passphrase } = options
    const answer = callHost('crypto.exportKey', { type, format, as, cipher }, [bytes, passphrase === undefined ? undefined : toBytes(passphrase)])
    return 'value' in answer ? answer.value : asBuffer(answer)
  }

  equals (other: unknown): boolean {
    if (!(other instanceof KeyObject)) throw invalidArgType('otherKeyObject', 'an instance of KeyObject', other)
    const [mine, theirs] = [keyData(this), keyData(other)]
    return mine.type === theirs.type && mine.bytes.length === theirs.bytes.length && mine.bytes.every((byte, i) => byte === theirs.bytes[i])
  }

  get [Symbol.toStringTag] (): string { return 'KeyObject' }
}

export function keyData (key: KeyObject): KeyData {
  const found = data.get(key)
  if (found === undefined) throw invalidArgType('key', 'an instance of KeyObject', key)
  return found
}

export function createSecretKey (key: unknown, encoding?: unknown): KeyObject {
  if (typeof key !== 'string' && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer)) throw invalidArgType('key', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView', key)
  return make({ type: 'secret', bytes: toBytes(key, encoding).slice() })
}

export function fromDescribed ({ type, asymmetricKeyType, details, der }: Described): KeyObject {
  const shown = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, typeof value === 'object' && value !== null && 'bigint' in value ? BigInt(String(value.bigint)) : value]))
  return make({ type, bytes: toBytes(der, 'base64'), ...(asymmetricKeyType === undefined ? {} : { asymmetricKeyType }), details: shown })
}

function make (key: KeyData): KeyObject {
  making = key
  return new KeyObject()
}

interface KeyInput { readonly key: unknown, readonly format?: string, readonly type?: string, readonly passphrase?: string | ArrayBufferView, readonly encoding?: string }

export function createPrivateKey (input: unknown): KeyObject { return readKey('private', input) }

/** Of a private key, the public one that belongs to it. */
export function createPublicKey (input: unknown): KeyObject { return readKey('public', input) }

function readKey (what: 'private' | 'public', input: unknown): KeyObject {
  if (input instanceof KeyObject) {
    const { type, bytes } = keyData(input)
    if (type === 'secret' || (what === 'private' && type !== 'private')) throw nodeError(new TypeError(`Invalid key object type ${type}, expected private.`), 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE')
    if (type === what) return input
    return fromDescribed(valueOf(callHost('crypto.key', { what, format: 'der', type: 'pkcs8' }, [bytes])))
  }
  const { key, format, type, passphrase, encoding } = isBytes(input) ? { key: input } as KeyInput : asInput(input)
  if (key instanceof KeyObject) return readKey(what, key)
  if (format === 'jwk') {
    if (typeof key !== 'object' || key === null) throw invalidArgType('key.key', 'of type object', key)
    return fromDescribed(valueOf(callHost('crypto.key', { what, format, jwk: key })))
  }
  if (!isBytes(key)) throw invalidArgType('key', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, or KeyObject', key)
  return fromDescribed(valueOf(callHost('crypto.key', { what, format, type }, [toBytes(key, encoding), passphrase === undefined ? undefined : toBytes(passphrase)])))
}

function isBytes (value: unknown): value is string | ArrayBufferView | ArrayBuffer {
  return typeof value === 'string' || ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}

function asInput (input: unknown): KeyInput {
  if (typeof input === 'object' && input !== null && 'key' in input) return input
  throw invalidArgType('key', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey', input)
}

/** DER of the key that signs, or that checks. */
export function keyBytes (what: 'private' | 'public', key: unknown): Uint8Array {
  return keyData(readKey(what, key)).bytes
}

/** The bytes of a secret, however it is given. */
export function secretBytes (name: string, key: unknown, encoding?: unknown): Uint8Array {
  if (key instanceof KeyObject) {
    const { type, bytes } = keyData(key)
    if (type !== 'secret') throw nodeError(new TypeError(`Invalid key object type ${type}, expected secret.`), 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE')
    return bytes
  }
  if (!isBytes(key)) throw invalidArgType(name, 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey', key)
  return toBytes(key, encoding)
}

type Callback = (error: Error | null, ...keys: unknown[]) => void
interface PairOptions { readonly publicKeyEncoding?: ExportOptions, readonly privateKeyEncoding?: ExportOptions, readonly [option: string]: unknown }

export function generateKeyPairSync (type: unknown, options: PairOptions = {}): { publicKey: unknown, privateKey: unknown } {
  return pairOf(valueOf(callHost('crypto.generate', { type, options })), options)
}

export function generateKeyPair (type: unknown, options: PairOptions, callback: Callback): void {
  callHostLater('crypto.generate', { type, options }).then(answer => pairOf(valueOf(answer), options)).then(({ publicKey, privateKey }) => { callback(null, publicKey, privateKey) }, callback)
}

function pairOf ([publicKey, privateKey]: readonly [Described, Described], options: PairOptions): { publicKey: unknown, privateKey: unknown } {
  const written = (key: Described, encoding: ExportOptions | undefined): unknown => encoding === undefined ? fromDescribed(key) : fromDescribed(key).export(encoding)
  return { publicKey: written(publicKey, options.publicKeyEncoding), privateKey: written(privateKey, options.privateKeyEncoding) }
}

/** A random secret of `length` bits. */
export function generateKeySync (type: unknown, { length }: { length: number }): KeyObject {
  if (type !== 'hmac' && type !== 'aes') throw invalidArgValue('type', type, 'must be a supported key type')
  if (type === 'aes' && ![128, 192, 256].includes(length)) throw invalidArgValue('options.length', length, 'must be one of: 128, 192, 256')
  const { randomBytes } = parts.builtins().load('crypto') as { randomBytes: (size: number) => Uint8Array }
  return createSecretKey(randomBytes(Math.floor(length / 8)))
}
