/** `crypto.subtle`: digests. Everything else of it is refused by name. */
import { refusal } from '../unsupported.ts'
import { parts } from '../parts.ts'
import { SubtleCrypto } from '../globals/crypto.ts'
import { DOMException } from '../globals/dom-exception.ts'
import { toBytes } from './to-bytes.ts'

const DIGESTS: Readonly<Record<string, string>> = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' }
const REFUSED = ['decrypt', 'deriveBits', 'deriveKey', 'encrypt', 'exportKey', 'generateKey', 'importKey', 'sign', 'unwrapKey', 'verify', 'wrapKey']

export function createSubtle (): object {
  return Object.setPrototypeOf({ digest, ...Object.fromEntries(REFUSED.map(name => [name, refusal(`crypto.subtle.${name}`, 'use the functions of node:crypto')])) }, SubtleCrypto.prototype) as object
}

async function digest (algorithm: unknown, data: ArrayBufferView | ArrayBuffer): Promise<ArrayBuffer> {
  const name = `${typeof algorithm === 'object' && algorithm !== null && 'name' in algorithm ? algorithm.name as string : algorithm as string}`.toUpperCase()
  const known = Object.hasOwn(DIGESTS, name) ? DIGESTS[name] : undefined
  if (known === undefined) throw new DOMException('Unrecognized algorithm name', 'NotSupportedError')
  if (!ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer)) throw new TypeError("Failed to execute 'digest' on 'SubtleCrypto': 2nd argument is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.")
  const { createHash } = parts.builtins().load('crypto') as typeof import('node:crypto')
  const bytes = toBytes(data)
  return new Uint8Array(createHash(known).update(bytes).digest()).buffer
}
