/**
 * Node's crypto for a run. Keys cross as bytes (DER) with every operation and are kept by nobody here; only what is fed piece by piece
 * (a hash, a cipher, a signature) is a session, named by a number of this run and freed at its end.
 *
 *   crypto.lists                                          names of hashes, ciphers, curves
 *   crypto.hash    { algorithm, key?, outputLength? }     digest of one piece
 *   crypto.open    { kind, algorithm, … } (key, iv)       -> id; kinds: hash, hmac, sign, verify, cipher, decipher
 *   crypto.update  { id } (piece)                         output of a cipher
 *   crypto.digest  { id }, crypto.copy { id }             of a hash
 *   crypto.final, crypto.tune, crypto.tag                 of a cipher
 *   crypto.sign, crypto.verify                            of a session
 *   all others: crypto-keys.ts and crypto-derive.ts
 *
 * Several values in one piece of bytes are told apart by `lengths`.
 */
import {
  createCipheriv, createDecipheriv, createHash, createHmac, createSign, createVerify, getCipherInfo, getCiphers, getCurves, getHashes, hash
} from 'node:crypto'
import type { CipherGCM, DecipherGCM, Hash, Hmac, Sign, Verify } from 'node:crypto'
import { deriveOps } from './crypto-derive.ts'
import { cut, keyOps, optionalNumber, signingKey, text, verifyingKey } from './crypto-keys.ts'
import type { Args, HostModule } from './host-module.ts'
import { giveBack, Sessions } from './host-module.ts'

type Session =
  | { readonly kind: 'hash', readonly it: Hash }
  | { readonly kind: 'hmac', readonly it: Hmac }
  | { readonly kind: 'sign', readonly it: Sign }
  | { readonly kind: 'verify', readonly it: Verify }
  | { readonly kind: 'cipher', readonly it: CipherGCM }
  | { readonly kind: 'decipher', readonly it: DecipherGCM }
type Kind = Session['kind']
type Of<K extends Kind> = Extract<Session, { readonly kind: K }>['it']

const SESSIONS = 4_096
const OUTPUT_BYTES = 1_048_576
const INT_MAX = 2 ** 31 - 1

export function openCryptoOps (): HostModule {
  const sessions = new Sessions<Session>(SESSIONS)
  const of = <K extends Kind>(session: Session, ...kinds: K[]): Of<K> => {
    if (!kinds.some(kind => kind === session.kind)) throw invalid('session', session.kind)
    return session.it as Of<K> // its kind has just been compared
  }
  return {
    sync: {
      lists: () => ({ hashes: getHashes(), ciphers: getCiphers(), curves: getCurves() }),
      cipherInfo: ({ name, keyLength, ivLength }) => getCipherInfo(typeof name === 'number' ? name : text('name', name), { ...optionalNumber('keyLength', keyLength, INT_MAX), ...optionalNumber('ivLength', ivLength, INT_MAX) }) ?? null,
      hash: oneShot,
      open: (args, bytes) => sessions.add(open(args, bytes)),
      update ({ id }, bytes = EMPTY) {
        const session = sessions.get(id)
        const output = session.kind === 'cipher' || session.kind === 'decipher' ? session.it.update(bytes) : null
        if (output === null) session.it.update(bytes)
        giveBack(bytes)
        return output
      },
      digest: ({ id }) => of(sessions.take(id), 'hash', 'hmac').digest(),
      copy ({ id, outputLength }) {
        const it = of(sessions.get(id), 'hash').copy(outputOptions(outputLength))
        return sessions.add({ kind: 'hash', it })
      },
      tune ({ id, padding, textLength, lengths }, bytes = EMPTY) {
        const it = of(sessions.get(id), 'cipher', 'decipher')
        const [aad, tag] = cut(lengths, bytes)
        if (typeof padding === 'boolean') it.setAutoPadding(padding)
        const { plaintextLength } = optionalNumber('plaintextLength', textLength, INT_MAX) // Node lets 32 bits pass, and then ends the process
        if (aad !== undefined && aad.length > 0) it.setAAD(aad, plaintextLength === undefined ? undefined as never : { plaintextLength })
        if (tag !== undefined && tag.length > 0 && 'setAuthTag' in it) it.setAuthTag(tag)
        return null
      },
      final: ({ id }) => of(sessions.get(id), 'cipher', 'decipher').final(),
      tag: ({ id }) => of(sessions.get(id), 'cipher').getAuthTag(),
      close ({ id }) { sessions.drop(id) },
      sign: ({ id, key }, bytes) => of(sessions.take(id), 'sign').sign(signingKey(key, bytes)),
      verify ({ id, key, lengths }, bytes = EMPTY) {
        const [der, signature = EMPTY] = cut(lengths, bytes)
        return of(sessions.take(id), 'verify').verify(verifyingKey(key, der), signature)
      },
      ...keyOps.sync,
      ...deriveOps.sync
    },
    async: { ...keyOps.async, ...deriveOps.async },
    close () { sessions.clear(() => {}) } // the garbage collector frees what OpenSSL holds
  }
}

const EMPTY = new Uint8Array(0)

/** With `key`, the length of a key that comes first: a MAC. */
function oneShot ({ algorithm, key, outputLength }: Args, bytes: Uint8Array = EMPTY): Uint8Array {
  const name = text('algorithm', algorithm)
  if (typeof key === 'number') return createHmac(name, bytes.subarray(0, key)).update(bytes.subarray(key)).digest()
  return outputLength === undefined ? hash(name, bytes, 'buffer') : createHash(name, outputOptions(outputLength)).update(bytes).digest()
}

function open ({ kind, algorithm, outputLength, authTagLength, lengths }: Args, bytes: Uint8Array = EMPTY): Session {
  const name = text('algorithm', algorithm)
  switch (kind as Kind) {
    case 'hash': return { kind: 'hash', it: createHash(name, outputOptions(outputLength)) }
    case 'hmac': return { kind: 'hmac', it: createHmac(name, bytes) }
    case 'sign': return { kind: 'sign', it: createSign(name) }
    case 'verify': return { kind: 'verify', it: createVerify(name) }
    case 'cipher': case 'decipher': {
      const [key = EMPTY, given] = cut(lengths, bytes)
      const iv = given === undefined ? null : given
      const options = optionalNumber('authTagLength', authTagLength, INT_MAX)
      // The types know the modes by the cipher's literal name.
      if (kind === 'cipher') return { kind, it: createCipheriv(name as 'aes-256-gcm', key, iv as Uint8Array, options) }
      return { kind: 'decipher', it: createDecipheriv(name as 'aes-256-gcm', key, iv as Uint8Array, options) }
    }
    default: throw invalid('kind', kind)
  }
}

function outputOptions (length: unknown): { outputLength?: number } {
  const options = optionalNumber('outputLength', length)
  if (options.outputLength !== undefined && options.outputLength > OUTPUT_BYTES) throw invalid('outputLength', length)
  return options
}

function invalid (name: string, value: unknown): Error {
  return Object.assign(new TypeError(`The argument '${name}' is invalid. Received ${String(value)}`), { code: 'ERR_INVALID_ARG_VALUE' })
}
