/** Errors about arguments, worded as Node words them: programs and tests look at their code and message. */
import { withCode } from '../turns.ts'

/** ERR_INVALID_ARG_TYPE. `expected`: `of type string`, `an instance of Map`. */
export function invalidArgType (name: string, expected: string, value: unknown): TypeError {
  const kind = name.includes('.') ? 'property' : 'argument'
  return nodeError(new TypeError(`The "${name}" ${kind} must be ${expected}. Received ${received(value)}`), 'ERR_INVALID_ARG_TYPE')
}

/** ERR_INVALID_ARG_VALUE. */
export function invalidArgValue (name: string, value: unknown, reason = 'is invalid'): TypeError {
  const kind = name.includes('.') ? 'property' : 'argument'
  return nodeError(new TypeError(`The ${kind} '${name}' ${reason}. Received ${shown(value)}`), 'ERR_INVALID_ARG_VALUE')
}

/** ERR_OUT_OF_RANGE. `range`: `>= 0 && <= 10`. */
export function outOfRange (name: string, range: string, value: unknown): RangeError {
  return nodeError(new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${grouped(value)}`), 'ERR_OUT_OF_RANGE')
}

/** Gives an error of Node its code, which its stack shows too: `TypeError [ERR_INVALID_ARG_TYPE]: …`. */
export function nodeError<E extends Error> (error: E, code: string): E & { code: string } {
  const { name } = error
  error.name = `${name} [${code}]`
  Reflect.get(error, 'stack') // V8 writes the stack's first line when it is first read
  Reflect.deleteProperty(error, 'name')
  return withCode(error, code)
}

export function checkString (name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'of type string', value)
}

export function checkFunction (name: string, value: unknown): asserts value is (...args: unknown[]) => unknown {
  if (typeof value !== 'function') throw invalidArgType(name, 'of type function', value)
}

export function checkObject (name: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidArgType(name, 'of type object', value)
}

/** As Node describes a value that it did not expect. */
function received (value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object') {
    const name = (value as { constructor?: { name?: unknown } }).constructor?.name
    return typeof name === 'string' && name !== '' ? `an instance of ${name}` : '[Object: null prototype] {}'
  }
  return `type ${typeof value} (${shown(value)})`
}

function shown (value: unknown): string {
  if (typeof value === 'string') return value.length > 28 ? `'${value.slice(0, 25)}...'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `[ ${value.map(shown).join(', ')} ]` : '{}'
  return String(value)
}

/** Large integers with underscores, as Node prints them. */
function grouped (value: unknown): string {
  if ((typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) <= 2 ** 32) && typeof value !== 'bigint') return shown(value)
  return `${value}`.replaceAll(/(?<=\d)(?=(\d{3})+$)/g, '_') + (typeof value === 'bigint' ? 'n' : '')
}
