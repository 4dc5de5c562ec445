/** `crypto.pbkdf2`, `scrypt`, `hkdf`, by the thread, which bounds what they cost (sandbox/crypto-derive.ts). */
import { dataBytes } from './crypto-hash.ts'
import { secretBytes } from './crypto-key-object.ts'
import { bytesOf, callHost, callHostLater, type Pieces } from './host-call.ts'
import { checkFunction, checkString, invalidArgType, outOfRange } from './invalid-argument.ts'
import { asBuffer, toBytes } from './to-bytes.ts'

interface Derivation { readonly name: string, readonly args: object, readonly pieces: Pieces }
interface ScryptOptions { readonly N?: number, readonly r?: number, readonly p?: number, readonly cost?: number, readonly blockSize?: number, readonly parallelization?: number, readonly maxmem?: number }

function readPbkdf2 (password: unknown, salt: unknown, iterations: unknown, keylen: unknown, digest: unknown): Derivation {
  checkString('digest', digest)
  const pieces = [input('password', password), input('salt', salt)]
  checkInteger('iterations', iterations, 1, 2_147_483_647)
  checkInteger('keylen', keylen, 0, 2_147_483_647)
  return { name: 'crypto.pbkdf2', args: { iterations, keylen, digest }, pieces }
}

function readScrypt (password: unknown, salt: unknown, keylen: unknown, options: ScryptOptions = {}): Derivation {
  const pieces = [input('password', password), input('salt', salt)]
  checkInteger('keylen', keylen, 0, 2_147_483_647)
  const { N, r, p, cost = N ?? 16_384, blockSize = r ?? 8, parallelization = p ?? 1, maxmem = 33_554_432 } = options
  return { name: 'crypto.scrypt', args: { keylen, cost, blockSize, parallelization, maxmem }, pieces }
}

function readHkdf (digest: unknown, key: unknown, salt: unknown, info: unknown, keylen: unknown): Derivation {
  checkString('digest', digest)
  const pieces = [secretBytes('ikm', key), input('salt', salt), input('info', info)]
  checkInteger('length', keylen, 0, 2_147_483_647)
  return { name: 'crypto.hkdf', args: { digest, keylen }, pieces }
}

function now ({ name, args, pieces }: Derivation): Uint8Array {
  return bytesOf(callHost(name, args, pieces))
}

function later ({ name, args, pieces }: Derivation, callback: unknown, shown: (key: Uint8Array) => unknown): void {
  checkFunction('callback', callback)
  callHostLater(name, args, pieces).then(answer => { callback(null, shown(bytesOf(answer))) }, callback)
}

const asArrayBuffer = (key: Uint8Array): unknown => key.slice().buffer

export function pbkdf2Sync (...args: Parameters<typeof readPbkdf2>): unknown { return asBuffer(now(readPbkdf2(...args))) }
export function pbkdf2 (password: unknown, salt: unknown, iterations: unknown, keylen: unknown, digest: unknown, callback?: unknown): void {
  if (typeof digest === 'function') throw invalidArgType('digest', 'of type string', undefined)
  later(readPbkdf2(password, salt, iterations, keylen, digest), callback, asBuffer)
}

export function scryptSync (password: unknown, salt: unknown, keylen: unknown, options?: ScryptOptions): unknown { return asBuffer(now(readScrypt(password, salt, keylen, options))) }
export function scrypt (password: unknown, salt: unknown, keylen: unknown, options?: unknown, callback?: unknown): void {
  if (typeof options === 'function') later(readScrypt(password, salt, keylen), options, asBuffer)
  else later(readScrypt(password, salt, keylen, options as ScryptOptions), callback, asBuffer)
}

export function hkdfSync (...args: Parameters<typeof readHkdf>): unknown { return asArrayBuffer(now(readHkdf(...args))) }
export function hkdf (digest: unknown, key: unknown, salt: unknown, info: unknown, keylen: unknown, callback?: unknown): void {
  later(readHkdf(digest, key, salt, info, keylen), callback, asArrayBuffer)
}

function input (name: string, value: unknown): Uint8Array {
  return value instanceof ArrayBuffer ? toBytes(value) : dataBytes(name, value)
}

function checkInteger (name: string, value: unknown, lower: number, upper: number): void {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < lower || value > upper) throw outOfRange(name, `>= ${lower} && <= ${upper}`, value)
}
