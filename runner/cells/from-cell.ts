/** Checks the shape of a header that came out of a cell. A guest's own message inside it is checked by the broker that acts on it. */
import { GUEST_HEADER_BYTES } from '../../sandbox/frames.ts'
import type { FrameCaps } from '../../sandbox/frames.ts'
import type { FromCell } from '../../sandbox/protocol.ts'
import type { RunLimits } from '../limits.ts'

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isAmount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isOptionalAmount = (value: unknown): boolean => value === undefined || isAmount(value)

const ERROR_CODES = new Set(['plugin-error', 'http-error', 'plugin-invalid', 'plugin-unsupported', 'no-result', 'result-too-large', 'message-limit', 'message-too-deep', 'timer-limit', 'disk-limit', 'memory-limit', 'bridge-abuse', 'aborted', 'internal'])

/** `{"t":"done"` begins the header of a result, since `t` is the first field of all that sandbox/cell.ts writes. */
const DONE = Buffer.from('{"t":"done",')

/**
 * What a runner reads of a cell. Every header stops the runner for as long as it takes to parse it: that of a result may have what run() may
 * return, all others what a guest's message may, or the largest entry of a log (one character is 6 bytes at most, and is counted twice).
 */
export function capsOfCell ({ messageBytes, resultBytes, logEntryBytes }: Pick<RunLimits, 'messageBytes' | 'resultBytes' | 'logEntryBytes'>): FrameCaps {
  const guestBytes = Math.max(GUEST_HEADER_BYTES, 16 * logEntryBytes)
  return {
    headerBytes: guestBytes + 3 * resultBytes,
    bodyBytes: messageBytes,
    refuse: header => header.byteLength <= guestBytes || header.subarray(0, DONE.byteLength).equals(DONE)
      ? undefined
      : `the header of a message has ${header.byteLength} bytes, at most ${guestBytes} are allowed`
  }
}

/** Answers the message, typed; throws when the shape is not one of FromCell. */
export function checkFromCell (header: unknown): FromCell {
  if (!isObject(header) || !hasShape(header)) throw new Error('a frame of an unknown shape')
  return header as unknown as FromCell // `hasShape` has looked at every field that the runner reads
}

function hasShape (m: Fields): boolean {
  switch (m.t) {
    case 'ready': return true
    case 'pong': return isAmount(m.n)
    case 'fatal': return isText(m.message)
    case 'guest': return isText(m.run) && isObject(m.message) && isText(m.message.op)
    case 'loaded': return isText(m.run) && typeof m.stop === 'boolean'
    case 'stats': return isText(m.run) && isAmount(m.cpuMs) && isOptionalAmount(m.heapMb)
    case 'done': return isText(m.run) && isResult(m.result) && isCounters(m.counters)
    default: return false
  }
}

function isResult (r: unknown): boolean {
  if (!isObject(r)) return false
  return r.ok === true || (r.ok === false && isObject(r.error) && isError(r.error))
}

function isError (e: Fields): boolean {
  return isText(e.code) && ERROR_CODES.has(e.code) &&
    ['message', 'name', 'stack', 'detail', 'feature', 'noRun', 'what'].every(key => e[key] === undefined || isText(e[key])) &&
    isOptionalAmount(e.bytes) && isOptionalAmount(e.limit)
}

function isCounters (c: unknown): boolean {
  return isObject(c) && ['cpuMs', 'logDropped', 'openMs', 'loadMs', 'runMs'].every(key => isAmount(c[key])) && isOptionalAmount(c.heapPeakMb) &&
    (c.disk === undefined || (isObject(c.disk) && isAmount(c.disk.bytes) && isAmount(c.disk.files))) &&
    typeof c.spare === 'boolean' && typeof c.poisoned === 'boolean' && (c.leftover === undefined || typeof c.leftover === 'boolean')
}
