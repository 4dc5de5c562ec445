/** Asymmetric keys for a run: read, written, made, used. No key is kept: each operation gets its DER. See crypto-ops.ts. */
import {
  createECDH, createPrivateKey, createPublicKey, diffieHellman, ECDH, generateKeyPair, generateKeyPairSync, privateDecrypt,
  privateEncrypt, publicDecrypt, publicEncrypt, sign, verify
} from 'node:crypto'
import { checkEncryptedKey } from './crypto-encrypted-key.ts'
import type { BinaryLike, KeyObject, SignKeyObjectInput, VerifyKeyObjectInput } from 'node:crypto'
import type { Args, HostModule } from './host-module.ts'

const MODULUS_BITS = 4_096

/** A key as it crosses: what programs ask of it, and its DER (PKCS #8 or SPKI) in base64. */
interface Described {
  readonly type: string
  readonly asymmetricKeyType: string | undefined
  readonly details: Record<string, unknown>
  readonly der: string
}

export const keyOps: Pick<HostModule, 'sync' | 'async'> = {
  sync: {
    /** A key of any format, from its bytes and `lengths: [key, passphrase?]`. */
    key: ({ what, format, type, jwk, lengths }, bytes = EMPTY) => describe(read(what, { format, type, jwk }, cut(lengths, bytes))),
    exportKey ({ type, cipher, format, as, lengths }, bytes = EMPTY) {
      const [der = EMPTY, passphrase] = cut(lengths, bytes)
      const key = type === 'private' ? privateKey(der) : publicKey(der)
      if (format === 'jwk') return key.export({ format: 'jwk' })
      const encryption = cipher === undefined ? {} : { cipher: text('cipher', cipher), passphrase: Buffer.from(passphrase ?? EMPTY) }
      const made: unknown = key.export({ format: text('format', format), type: text('type', as), ...encryption } as never) // Node checks the combination
      return typeof made === 'string' ? made : made as Buffer
    },
    generate: ({ type, options }) => {
      const { publicKey, privateKey } = pairSync(...readGeneration(type, options))
      return [publicKey, privateKey].map(describe)
    },
    signOnce ({ algorithm, key, lengths }, bytes = EMPTY) {
      const [der, data = EMPTY] = cut(lengths, bytes)
      return sign(algorithm === null ? null : text('algorithm', algorithm), data, signingKey(key, der))
    },
    verifyOnce ({ algorithm, key, lengths }, bytes = EMPTY) {
      const [der, signature = EMPTY, data = EMPTY] = cut(lengths, bytes)
      return verify(algorithm === null ? null : text('algorithm', algorithm), data, verifyingKey(key, der), signature)
    },
    /** RSA on one block. */
    rsa ({ what, type, padding, oaepHash, lengths }, bytes = EMPTY) {
      const [der = EMPTY, data = EMPTY, label] = cut(lengths, bytes)
      const options = {
        key: type === 'private' ? privateKey(der) : publicKey(der),
        ...(padding === undefined ? {} : { padding: Number(padding) }),
        ...(oaepHash === undefined ? {} : { oaepHash: text('oaepHash', oaepHash) }),
        ...(label === undefined || label.length === 0 ? {} : { oaepLabel: label })
      }
      switch (what) {
        case 'publicEncrypt': return publicEncrypt(options, data)
        case 'privateDecrypt': return privateDecrypt(options, data)
        case 'privateEncrypt': return privateEncrypt(options, data)
        default: return publicDecrypt(options, data)
      }
    },
    diffieHellman ({ lengths }, bytes = EMPTY) {
      const [mine = EMPTY, theirs = EMPTY] = cut(lengths, bytes)
      return diffieHellman({ privateKey: privateKey(mine), publicKey: publicKey(theirs) })
    },
    /** `private` (given or made) and its `public` point, in base64. */
    ecdhKeys ({ curve }, bytes) {
      const ecdh = createECDH(text('curve', curve))
      if (bytes === undefined) ecdh.generateKeys()
      else ecdh.setPrivateKey(bytes)
      return { privateKey: ecdh.getPrivateKey('base64'), publicKey: ecdh.getPublicKey('base64') }
    },
    ecdhSecret ({ curve, lengths }, bytes = EMPTY) {
      const [mine = EMPTY, theirs = EMPTY] = cut(lengths, bytes)
      const ecdh = createECDH(text('curve', curve))
      ecdh.setPrivateKey(mine)
      return ecdh.computeSecret(theirs)
    },
    ecdhConvert: ({ curve, format }, bytes = EMPTY) => ECDH.convertKey(bytes as BinaryLike, text('curve', curve), 'latin1', 'base64', text('format', format) as 'compressed')
  },
  async: {
    generate: async ({ type, options }) => {
      const made = await new Promise<KeyObject[]>((resolve, reject) => {
        pair(...readGeneration(type, options), (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => {
          if (error === null) resolve([publicKey, privateKey])
          else reject(error)
        })
      })
      return made.map(describe) // here and not in the callback: there are keys that cannot be written, and what a callback throws ends the thread
    }
  }
}

const EMPTY = new Uint8Array(0)
/** Node's overloads know each type of key by its literal name. */
const pair = generateKeyPair as (type: string, options: object, done: (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void) => void
const pairSync = generateKeyPairSync as (type: string, options: object) => { publicKey: KeyObject, privateKey: KeyObject }

/** `bytes` in pieces of these lengths; what is left belongs to nobody. A length of -1 stands for a value that is absent. */
export function cut (lengths: unknown, bytes: Uint8Array): (Uint8Array | undefined)[] {
  if (!Array.isArray(lengths) || lengths.length > 8) return []
  let at = 0
  return lengths.map((length: unknown) => {
    if (typeof length !== 'number' || length < 0) return undefined
    const piece = bytes.subarray(at, at + length)
    at += length
    return piece
  })
}

export function text (name: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= 1_024) return value
  throw Object.assign(new TypeError(`The "${name}" argument must be of type string. Received ${typeof value}`), { code: 'ERR_INVALID_ARG_TYPE' })
}

/** `{ [name]: value }`, or nothing. */
export function optionalNumber<Name extends string> (name: Name, value: unknown, upper = Number.MAX_SAFE_INTEGER): { [K in Name]?: number } {
  if (value === undefined || value === null) return {}
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= upper) return { [name]: value } as { [K in Name]?: number } // one key, this one
  throw Object.assign(new RangeError(`The value of "${name}" is out of range. It must be >= 0 && <= ${upper}. Received ${String(value)}`), { code: 'ERR_OUT_OF_RANGE' })
}

function privateKey (der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
}

function publicKey (der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
}

export function signingKey (key: unknown, der: Uint8Array = EMPTY): SignKeyObjectInput {
  return { key: privateKey(der), ...signOptions(key) }
}

export function verifyingKey (key: unknown, der: Uint8Array = EMPTY): VerifyKeyObjectInput {
  return { key: publicKey(der), ...signOptions(key) }
}

function signOptions (key: unknown): Omit<SignKeyObjectInput, 'key'> {
  const { padding, saltLength, dsaEncoding } = (key ?? {}) as Args // an object of JSON: every field is checked
  return {
    ...(typeof padding === 'number' ? { padding } : {}),
    ...(typeof saltLength === 'number' ? { saltLength } : {}),
    ...(dsaEncoding === 'ieee-p1363' ? { dsaEncoding } : {})
  }
}

function read (what: unknown, { format, type, jwk }: Args, [key = EMPTY, passphrase]: readonly (Uint8Array | undefined)[]): KeyObject {
  if (passphrase !== undefined) checkEncryptedKey(key, { format, type })
  const input = {
    key: format === 'jwk' ? jwk : Buffer.from(key),
    ...(typeof format === 'string' ? { format } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) })
  } as Parameters<typeof createPrivateKey>[0] // Node checks the combination
  return what === 'private' ? createPrivateKey(input) : createPublicKey(input as Parameters<typeof createPublicKey>[0])
}

function describe (key: KeyObject): Described {
  const der = key.type === 'private' ? key.export({ format: 'der', type: 'pkcs8' }) : key.export({ format: 'der', type: 'spki' })
  const details = Object.fromEntries(Object.entries(key.asymmetricKeyDetails ?? {}).map(([name, value]) => [name, typeof value === 'bigint' ? { bigint: String(value) } : value]))
  return { type: key.type, asymmetricKeyType: key.asymmetricKeyType, details, der: Buffer.from(der).toString('base64') }
}

/** The kinds of keys that are made in bounded time. */
function readGeneration (type: unknown, options: unknown): [type: string, options: object] {
  const { modulusLength = 2_048, publicExponent, namedCurve, paramEncoding, hashAlgorithm, mgf1HashAlgorithm, saltLength } = (options ?? {}) as Args // JSON; every field is checked
  const rsa = { modulusLength: bits(modulusLength), ...optionalNumber('publicExponent', publicExponent) }
  const pss = { ...(hashAlgorithm === undefined ? {} : { hashAlgorithm }), ...(mgf1HashAlgorithm === undefined ? {} : { mgf1HashAlgorithm }), ...optionalNumber('saltLength', saltLength) }
  const ec = { namedCurve: type === 'ec' ? text('namedCurve', namedCurve) : '', ...(paramEncoding === undefined ? {} : { paramEncoding }) }
  const known: Readonly<Record<string, object>> = { rsa, 'rsa-pss': { ...rsa, ...pss }, ec, ed25519: {}, ed448: {}, x25519: {}, x448: {} }
  if (typeof type !== 'string' || !Object.hasOwn(known, type)) throw Object.assign(new TypeError(`The argument 'type' must be a supported key type. Received ${String(type)}`), { code: 'ERR_INVALID_ARG_VALUE' })
  return [type, known[type] ?? {}]
}

function bits (modulusLength: unknown): number {
  if (typeof modulusLength === 'number' && modulusLength >= 512 && modulusLength <= MODULUS_BITS) return modulusLength
  throw Object.assign(new RangeError(`The value of "options.modulusLength" is out of range. It must be >= 512 && <= ${MODULUS_BITS}. Received ${String(modulusLength)}`), { code: 'ERR_OUT_OF_RANGE' })
}
