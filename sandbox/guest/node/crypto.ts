/** `crypto`. */
import { entropy, getRandomValues, randomUUID } from '../globals/crypto.ts'
import { setImmediate } from '../immediates.ts'
import { parts } from '../parts.ts'

/** Bytes as a Buffer, or handed to the callback later. */
function randomBytes (size: number, callback?: (error: null, bytes: object) => void): object | undefined {
  const bytes = entropy(size)
  const buffer = parts.buffer().Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
  if (callback === undefined) return buffer
  setImmediate(() => { callback(null, buffer) })
  return undefined
}

export default { getRandomValues, randomUUID, randomBytes, webcrypto: Reflect.get(globalThis, 'crypto') as object }
