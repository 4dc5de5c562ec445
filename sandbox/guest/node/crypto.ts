/** `crypto`: random values from the pool of the global `crypto`; all else is in the files beside, over the thread (sandbox/crypto-ops.ts). */
import { entropy, getRandomValues, randomUUID } from '../globals/crypto.ts'
import { lazily } from '../globals/lazily.ts'
import { setImmediate } from '../immediates.ts'
import { viewBuffer, viewByteLength, viewByteOffset } from '../primordials.ts'
import { Cipheriv, Decipheriv } from './crypto-cipher.ts'
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto-derive.ts'
import { diffieHellman, ECDH } from './crypto-ecdh.ts'
import { Hash, hash, Hmac } from './crypto-hash.ts'
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPair, generateKeyPairSync, generateKeySync, KeyObject } from './crypto-key-object.ts'
import { privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt, Sign, sign, Verify, verify } from './crypto-sign.ts'
import { callHost, valueOf } from './host-call.ts'
import { checkFunction, invalidArgType, nodeError, outOfRange } from './invalid-argument.ts'
import { promisifyCustom } from '../timers-promises.ts'
import { asBuffer, toBytes } from './to-bytes.ts'

type Callback = (error: Error | null, value?: unknown) => void
interface Lists { readonly hashes: string[], readonly ciphers: string[], readonly curves: string[] }

const MAX_SIZE = 2_147_483_647
const MAX_INT_RANGE = 2 ** 48 - 1

/** Bytes as a Buffer, or handed to the callback later. */
function randomBytes (size: unknown, callback?: unknown): object | undefined {
  checkSize('size', size, MAX_SIZE)
  if (callback === undefined) return asBuffer(entropy(size))
  checkFunction('callback', callback)
  const bytes = asBuffer(entropy(size))
  setImmediate(() => { callback(null, bytes) })
  return undefined
}

function randomFillSync (target: unknown, offset: unknown = 0, size?: unknown): unknown {
  if (!ArrayBuffer.isView(target) && !(target instanceof ArrayBuffer)) throw invalidArgType('buf', 'an instance of ArrayBuffer or ArrayBufferView', target)
  const all = ArrayBuffer.isView(target) ? new Uint8Array(viewBuffer(target) as ArrayBuffer, target instanceof DataView ? target.byteOffset : viewByteOffset(target), target instanceof DataView ? target.byteLength : viewByteLength(target)) : new Uint8Array(target)
  const unit = (target as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1
  checkSize('offset', offset, all.length / unit)
  const length = size ?? all.length / unit - offset
  checkSize('size', length, all.length / unit - offset)
  all.set(entropy(length * unit), offset * unit)
  return target
}

function randomFill (target: unknown, ...rest: unknown[]): void {
  const callback = rest.pop()
  checkFunction('callback', callback)
  randomFillSync(target, ...rest)
  setImmediate(() => { callback(null, target) })
}

/** An integer of [min, max), each as likely as the others. */
function randomInt (...args: unknown[]): number | undefined {
  const callback = typeof args.at(-1) === 'function' ? args.pop() as Callback : undefined
  const [min, max] = args.length === 1 ? [0, args[0]] : args
  if (!Number.isSafeInteger(min)) throw invalidArgType('min', 'a safe integer', min)
  if (!Number.isSafeInteger(max)) throw invalidArgType('max', 'a safe integer', max)
  const [lower, upper] = [min as number, max as number] // checked above
  if (upper <= lower) throw outOfRange('max', `greater than the value of "min" (${lower})`, upper)
  const range = upper - lower
  if (range > MAX_INT_RANGE) throw outOfRange(args.length === 1 ? 'max' : 'max - min', `<= ${MAX_INT_RANGE}`, args.length === 1 ? upper : range)
  const limit = MAX_INT_RANGE + 1 - (MAX_INT_RANGE + 1) % range
  let value = limit
  while (value >= limit) value = entropy(6).reduce((sum, byte) => sum * 256 + byte, 0)
  const chosen = lower + value % range
  if (callback === undefined) return chosen
  setImmediate(() => { callback(null, chosen) })
  return undefined
}

function checkSize (name: string, value: unknown, max: number): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!(value >= 0 && value <= max)) throw outOfRange(name, `>= 0 && <= ${max}`, value)
}

/** Takes the same time wherever they differ. */
function timingSafeEqual (one: unknown, other: unknown): boolean {
  const [a, b] = [comparable('buf1', one), comparable('buf2', other)]
  if (a.length !== b.length) throw nodeError(new RangeError('Input buffers must have the same byte length'), 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH')
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

function comparable (name: string, value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return toBytes(value)
  throw nodeError(new TypeError(`The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`), 'ERR_INVALID_ARG_TYPE')
}

let known: Lists | undefined
function lists (): Lists {
  known ??= valueOf<Lists>(callHost('crypto.lists', {}))
  return known
}

const getCipherInfo = (name: unknown, options: { keyLength?: number, ivLength?: number } = {}): unknown => valueOf(callHost('crypto.cipherInfo', { name, ...options })) ?? undefined

/** As util.promisify answers: an object with both keys. */
Object.defineProperty(generateKeyPair, promisifyCustom, {
  value: (type: unknown, options: Record<string, unknown> = {}) => new Promise((resolve, reject) => {
    generateKeyPair(type, options, (error, publicKey, privateKey) => { if (error === null) resolve({ publicKey, privateKey }); else reject(error) })
  })
})

const module = {
  createCipheriv: (algorithm: unknown, key: unknown, iv: unknown, options?: object) => new Cipheriv(algorithm, key, iv, options),
  createDecipheriv: (algorithm: unknown, key: unknown, iv: unknown, options?: object) => new Decipheriv(algorithm, key, iv, options),
  createECDH: (curve: unknown) => new ECDH(curve),
  createHash: (algorithm: unknown, options?: object) => new Hash(algorithm, options),
  createHmac: (algorithm: unknown, key: unknown, options?: object) => new Hmac(algorithm, key, options),
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign: (algorithm: unknown, options?: object) => new Sign(algorithm, options),
  createVerify: (algorithm: unknown, options?: object) => new Verify(algorithm, options),
  diffieHellman,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  generateKey: (type: unknown, options: { length: number }, callback: Callback) => {
    const key = generateKeySync(type, options)
    setImmediate(() => { callback(null, key) })
  },
  getCipherInfo,
  getCiphers: () => [...lists().ciphers],
  getCurves: () => [...lists().curves],
  getHashes: () => [...lists().hashes],
  getFips: () => 0,
  getRandomValues,
  hash,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  sign,
  timingSafeEqual,
  verify,
  Cipheriv,
  Decipheriv,
  ECDH,
  Hash,
  Hmac,
  KeyObject,
  Sign,
  Verify,
  webcrypto: Reflect.get(globalThis, 'crypto') as object,
  /** Older names of randomBytes. */
  rng: randomBytes,
  pseudoRandomBytes: randomBytes
}
lazily(module, 'subtle', () => Reflect.get(module.webcrypto, 'subtle') as unknown, true)

export default module
