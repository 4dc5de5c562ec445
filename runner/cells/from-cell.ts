/** Checks the shape of a header that came out of a cell. A guest's own message inside it is checked by the broker that acts on it. */
import type { FromCell } from '../../sandbox/protocol.ts'

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isAmount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

const ERROR_CODES = new Set(['plugin-error', 'http-error', 'plugin-invalid', 'plugin-unsupported', 'no-result', 'result-too-large', 'message-limit', 'timer-limit', 'memory-limit', 'bridge-abuse', 'aborted', 'internal'])

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
    case 'stats': return isText(m.run) && isAmount(m.cpuMs) && isAmount(m.heapMb)
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
    ['message', 'name', 'stack', 'detail', 'feature'].every(key => e[key] === undefined || isText(e[key])) &&
    (e.bytes === undefined || isAmount(e.bytes))
}

function isCounters (c: unknown): boolean {
  return isObject(c) && ['cpuMs', 'heapPeakMb', 'logDropped', 'openMs', 'loadMs', 'runMs'].every(key => isAmount(c[key])) &&
    typeof c.spare === 'boolean' && typeof c.poisoned === 'boolean'
}
