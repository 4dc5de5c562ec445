/**
 * An answer on its way from a build worker to the service, as bytes. A message that cannot be read again is lost without a word (Node
 * tells it to the port alone, which Piscina keeps to itself), and its task would wait until its time is over; bytes always arrive.
 */
import { deserialize, serialize } from 'node:v8'
import type { Answer } from './build-tasks.ts'
import { reason } from './reasons.ts'

/** Never throws: what cannot be written becomes a failure. */
export function encodeAnswer (answer: Answer<unknown>): Uint8Array {
  try {
    return serialize(answer)
  } catch (error) {
    return serialize(unreadable(error))
  }
}

/** `T`: what the worker was asked for, and this code wrote. Never throws: what cannot be read becomes a failure. */
export function decodeAnswer<T> (bytes: Uint8Array): Answer<T> {
  try {
    return deserialize(bytes) as Answer<T> // written by `encodeAnswer` in a thread of ours
  } catch (error) {
    return unreadable(error)
  }
}

function unreadable (error: unknown): Answer<never> {
  return { ok: false, failure: { code: 'internal', reason: reason('not-prepared'), detail: `the answer of a build worker cannot be read: ${String(error)}`, lasting: false } }
}
