/** `crypto.createSign`, `createVerify`, `sign`, `verify`, and RSA on one block. */
import type { Writable as NodeWritable, WritableOptions } from 'node:stream'
import { parts } from '../parts.ts'
import { dataBytes, encoded, Feed } from './crypto-hash.ts'
import { keyBytes } from './crypto-key-object.ts'
import { bytesOf, callHost, valueOf } from './host-call.ts'
import { checkFunction, checkString, nodeError } from './invalid-argument.ts'
import { nextTick } from '../turns.ts'
import { asBuffer, toBytes } from './to-bytes.ts'

type Done = (error?: Error | null) => void
interface SignInput { readonly padding?: number, readonly saltLength?: number, readonly dsaEncoding?: string, readonly oaepHash?: string, readonly oaepLabel?: ArrayBufferView }

const { Writable } = parts.builtins().load('stream') as { Writable: new (options?: WritableOptions) => NodeWritable }

abstract class Signing extends Writable {
  protected readonly feed: Feed

  protected constructor (kind: 'sign' | 'verify', algorithm: unknown, options?: WritableOptions) {
    checkString('algorithm', algorithm)
    super(options)
    this.feed = new Feed(() => valueOf(callHost('crypto.open', { kind, algorithm })))
    this.feed.flush() // the thread knows the names
  }

  update (data: unknown, encoding?: unknown): this {
    this.feed.add(dataBytes('data', data, encoding))
    return this
  }

  override _write (chunk: Uint8Array, _encoding: unknown, done: Done): void {
    this.feed.add(chunk)
    done()
  }
}

export class Sign extends Signing {
  constructor (algorithm: unknown, options?: WritableOptions) { super('sign', algorithm, options) }

  sign (key: unknown, encoding?: unknown): unknown {
    if (key === undefined || key === null) throw nodeError(new Error('No key provided to sign'), 'ERR_CRYPTO_SIGN_KEY_REQUIRED')
    return encoded(bytesOf(callHost('crypto.sign', { id: this.feed.flush(), key: optionsOf(key) }, [keyBytes('private', key)])), encoding)
  }
}

export class Verify extends Signing {
  constructor (algorithm: unknown, options?: WritableOptions) { super('verify', algorithm, options) }

  verify (key: unknown, signature: unknown, encoding?: unknown): boolean {
    return valueOf(callHost('crypto.verify', { id: this.feed.flush(), key: optionsOf(key) }, [keyBytes('public', key), dataBytes('signature', signature, encoding)]))
  }
}

export function sign (algorithm: unknown, data: unknown, key: unknown, callback?: unknown): unknown {
  const made = (): unknown => asBuffer(bytesOf(callHost('crypto.signOnce', { algorithm: algorithm ?? null, key: optionsOf(key) }, [keyBytes('private', key), dataBytes('data', data)])))
  return callback === undefined ? made() : later(made, callback)
}

export function verify (algorithm: unknown, data: unknown, key: unknown, signature: unknown, callback?: unknown): unknown {
  const found = (): unknown => valueOf(callHost('crypto.verifyOnce', { algorithm: algorithm ?? null, key: optionsOf(key) }, [keyBytes('public', key), dataBytes('signature', signature), dataBytes('data', data)]))
  return callback === undefined ? found() : later(found, callback)
}

/** Computed now, told later. */
function later (compute: () => unknown, callback: unknown): void {
  checkFunction('callback', callback)
  try {
    nextTick(callback, null, compute())
  } catch (error) {
    nextTick(callback, error)
  }
}

const rsa = (what: string, type: 'private' | 'public') => (key: unknown, buffer: unknown): unknown => {
  const { padding, oaepHash, oaepLabel } = optionsOf(key)
  return asBuffer(bytesOf(callHost('crypto.rsa', { what, type, padding, oaepHash }, [keyBytes(type, key), dataBytes('buffer', buffer), oaepLabel === undefined ? undefined : toBytes(oaepLabel)])))
}
export const publicEncrypt = rsa('publicEncrypt', 'public')
export const privateDecrypt = rsa('privateDecrypt', 'private')
export const privateEncrypt = rsa('privateEncrypt', 'private')
export const publicDecrypt = rsa('publicDecrypt', 'public')

/** What stands beside the key. */
function optionsOf (key: unknown): SignInput {
  if (typeof key !== 'object' || key === null || !('key' in key)) return {}
  const { padding, saltLength, dsaEncoding, oaepHash, oaepLabel } = key as SignInput // whatever it is: the thread checks it
  return { ...(padding === undefined ? {} : { padding }), ...(saltLength === undefined ? {} : { saltLength }), ...(dsaEncoding === undefined ? {} : { dsaEncoding }), ...(oaepHash === undefined ? {} : { oaepHash }), ...(oaepLabel === undefined ? {} : { oaepLabel }) }
}
