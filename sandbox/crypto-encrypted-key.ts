/**
 * Encrypted keys say themselves how their password is to be stretched: rounds of PBKDF2 or PKCS #12, or the work of scrypt. Whoever wrote
 * the key chose them, so they are looked at before OpenSSL computes: an encrypted key that this cannot read is refused, whatever OpenSSL
 * would make of it (BER, for one).
 *
 *   EncryptedPrivateKeyInfo  SEQUENCE { AlgorithmIdentifier, OCTET STRING }         RFC 5958
 *   PBES1, PKCS #12          SEQUENCE { salt OCTET STRING, iterations INTEGER }     RFC 8018 A.3, RFC 7292 C
 *   PBES2                    SEQUENCE { derivation, encryption }                    RFC 8018 A.4
 *     PBKDF2                 SEQUENCE { salt OCTET STRING, iterations INTEGER, … }
 *     scrypt                 SEQUENCE { salt OCTET STRING, N, r, p INTEGER, … }     RFC 7914
 */
import { checkPbkdf2, checkScrypt } from './crypto-cost.ts'

const INTEGER = 0x02
const OCTET_STRING = 0x04
const OBJECT_ID = 0x06
const SEQUENCE = 0x30

const PBES2 = '2a864886f70d01050d'
const PBKDF2 = '2a864886f70d01050c'
const SCRYPT = '2b06010401da47040b'
/** PBES1 and the ways of PKCS #12, each with its number behind. */
const OLDER = /^(2a864886f70d0105|2a864886f70d010c01)[0-9a-f]{2}$/
/** The longest key of a cipher that they are used with. */
const KEY_BYTES = 32

/** What no password opens in a way that is stretched: OpenSSL reads these by their label. */
const HARMLESS = new Set([
  'PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'DSA PRIVATE KEY', 'PUBLIC KEY', 'RSA PUBLIC KEY', 'CERTIFICATE', 'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE', 'EC PARAMETERS', 'DH PARAMETERS', 'DSA PARAMETERS'
])

/** For a key that is given with a password, in any format. Throws a RangeError for one that costs too much, and an Error of OpenSSL's code for one that cannot be read. */
export function checkEncryptedKey (key: Uint8Array, { format, type }: { readonly format: unknown, readonly type: unknown }): void {
  if (format === 'der') {
    if (type === 'pkcs8') checkInfo(key)
  } else if (format !== 'jwk') {
    for (const der of encryptedBlocks(Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1'))) checkInfo(der)
  }
}

/** Of a PEM text. OpenSSL takes the first one that it can read: all are looked at. */
function encryptedBlocks (text: string): Uint8Array[] {
  return text.split('-----BEGIN ').slice(1).flatMap(block => {
    const [label = '', body = ''] = block.split('-----', 2)
    if (HARMLESS.has(label)) return []
    const base64 = body.replace(/\s+/g, '')
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw unreadable() // a header, too: what it encrypts may be an encrypted key again
    return [Buffer.from(base64, 'base64')]
  })
}

function checkInfo (bytes: Uint8Array): void {
  const info = first(bytes, SEQUENCE)
  if (info[0] === INTEGER) return // a version: not encrypted
  const [kind, parameters] = algorithm(first(info, SEQUENCE))
  if (kind === PBES2) return checkDerivation(first(parameters, SEQUENCE))
  if (!OLDER.test(kind)) throw unreadable()
  checkRounds(parameters)
}

function checkDerivation (derivation: Uint8Array): void {
  const [kind, parameters] = algorithm(derivation)
  if (kind === PBKDF2) return checkRounds(parameters)
  if (kind !== SCRYPT) throw unreadable()
  const [salt, N, r, p] = take(parameters, [OCTET_STRING, INTEGER, INTEGER, INTEGER])
  checkScrypt({ N: whole(N), r: whole(r), p: whole(p), outputBytes: KEY_BYTES, saltBytes: salt.length }, 'sync')
}

function checkRounds (parameters: Uint8Array): void {
  const [salt, iterations] = take(parameters, [OCTET_STRING, INTEGER])
  checkPbkdf2({ iterations: whole(iterations), outputBytes: KEY_BYTES, saltBytes: salt.length }, 'sync')
}

/** Its name in hexadecimal, and the content of its parameters. */
function algorithm (content: Uint8Array): [name: string, parameters: Uint8Array] {
  const [name, parameters] = take(content, [OBJECT_ID, SEQUENCE])
  return [Buffer.from(name).toString('hex'), parameters]
}

function first (bytes: Uint8Array, tag: number): Uint8Array {
  return take(bytes, [tag])[0]
}

/** The contents of the elements that come first, which must have these tags. */
function take<Tags extends readonly number[]> (bytes: Uint8Array, tags: readonly [...Tags]): { [K in keyof Tags]: Uint8Array } {
  let rest = bytes
  return tags.map(tag => {
    const { start, end } = extent(rest)
    if (rest[0] !== tag) throw unreadable()
    const content = rest.subarray(start, end)
    rest = rest.subarray(end)
    return content
  }) as { [K in keyof Tags]: Uint8Array } // one for each tag
}

/** Where the content of the first element lies. Lengths are definite, as DER has them. */
function extent (bytes: Uint8Array): { start: number, end: number } {
  const head = bytes[1] ?? 0x80
  const size = head < 0x80 ? 0 : head - 0x80
  const start = 2 + size
  if (head === 0x80 || size > 4 || bytes.length < start) throw unreadable()
  const length = size === 0 ? head : bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  if (start + length > bytes.length) throw unreadable()
  return { start, end: start + length }
}

function whole (content: Uint8Array): number {
  if (content.length === 0 || content.length > 16 || (content[0] ?? 0) >= 0x80) throw unreadable() // negative, or beyond all use
  return content.reduce((sum, byte) => sum * 256 + byte, 0)
}

/** In the words of OpenSSL. */
function unreadable (): Error {
  return Object.assign(new Error('error:1E08010C:DECODER routines::unsupported'), { code: 'ERR_OSSL_UNSUPPORTED', reason: 'unsupported', library: 'DECODER routines' })
}
