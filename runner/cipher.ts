/** Secrets at rest. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import type { CipheredSecret } from '../store/types.ts'

export interface CipherOptions {
  readonly password: string
  /** Former passwords: values sealed with them can still be opened; nothing new is sealed with them. */
  readonly old?: readonly string[]
}

export interface Cipher {
  /** Seals a text. What is sealed already is handed back as it is: never give it what a caller of the API sent. */
  seal (value: string | CipheredSecret): CipheredSecret
  /** The text of a sealed value; a plain string (older data) is handed back. Throws `CipherError`. */
  open (value: string | CipheredSecret): string
}

/** `cipher-key`: no known password opens it. `cipher-corrupt`: it was changed. `cipher-algorithm`: nothing we know. */
export class CipherError extends Error {
  override readonly name = 'CipherError'
  readonly code: 'cipher-key' | 'cipher-corrupt' | 'cipher-algorithm'
  constructor (code: CipherError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

interface Key { readonly id: string, readonly bytes: Buffer }

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
/** Names of upstream's AES-256-CBC. */
const LEGACY_ALGORITHMS = ['aes256', 'aes-256-cbc']

/**
 * New values are AES-256-GCM: `{ alg: 'aes-256-gcm', iv, data, tag, key }` in hexadecimal, with the id of the key that sealed them.
 * The key is SHA-256 of the password, as upstream. Upstream's own values (`{ alg: 'aes256', iv, data }`, CBC) can be opened:
 * they carry no key id and are not authenticated, so each password is tried, and a changed value may open as another text.
 */
export function createCipher (options: CipherOptions): Cipher {
  const keys = [options.password, ...options.old ?? []].map(makeKey)
  const current = keys[0] as Key // the list begins with the password
  return {
    seal: value => typeof value === 'string' ? sealWith(current, value) : value,
    open: value => {
      if (typeof value === 'string') return value
      if (value.alg === ALGORITHM) return openSealed(keys, value)
      if (LEGACY_ALGORITHMS.includes(value.alg)) return openLegacy(keys, value)
      throw new CipherError('cipher-algorithm', `a secret must be sealed with ${ALGORITHM} or ${LEGACY_ALGORITHMS[0]}, found ${JSON.stringify(value.alg)}`)
    }
  }
}

function makeKey (password: string): Key {
  const bytes = createHash('sha256').update(password).digest()
  return { bytes, id: createHmac('sha256', bytes).update('vivarium key id').digest('hex').slice(0, 8) }
}

function sealWith (key: Key, text: string): CipheredSecret {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, key.bytes, iv, { authTagLength: TAG_BYTES })
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { alg: ALGORITHM, iv: iv.toString('hex'), data: data.toString('hex'), tag: cipher.getAuthTag().toString('hex'), key: key.id }
}

function openSealed (keys: readonly Key[], value: CipheredSecret): string {
  const key = keys.find(key => key.id === value.key)
  if (key === undefined) throw new CipherError('cipher-key', `a secret was sealed with the key ${JSON.stringify(value.key)}, known are ${keys.map(key => key.id).join(', ')}: CIPHER_PASSWORD has changed, put the former one into CIPHER_PASSWORD_OLD`)
  try {
    const decipher = createDecipheriv(ALGORITHM, key.bytes, fromHex(value.iv, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(fromHex(value.tag ?? '', TAG_BYTES))
    return Buffer.concat([decipher.update(fromHex(value.data)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new CipherError('cipher-corrupt', 'a sealed secret must be intact, this one was changed or cut', { cause })
  }
}

function openLegacy (keys: readonly Key[], value: CipheredSecret): string {
  let cause: unknown
  for (const key of keys) {
    try {
      const decipher = createDecipheriv('aes-256-cbc', key.bytes, fromHex(value.iv, 16))
      const bytes = Buffer.concat([decipher.update(fromHex(value.data)), decipher.final()])
      // A wrong key passes the padding check once in 256 times; its bytes are then hardly ever UTF-8.
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (error) {
      cause = error
    }
  }
  throw new CipherError('cipher-key', 'a secret of the older format must be opened by CIPHER_PASSWORD or one of CIPHER_PASSWORD_OLD, none of them does', { cause })
}

/** Buffer.from stops silently at the first wrong digit: the length is checked. */
function fromHex (text: string, bytes = text.length / 2): Buffer {
  const buffer = Buffer.from(text, 'hex')
  if (buffer.length !== bytes || text.length !== bytes * 2) throw new TypeError(`expected ${bytes} bytes in hexadecimal`)
  return buffer
}
