/** What the functions of `fs` are given, checked and worded as Node does it. */
import { cwd } from '../cwd.ts'
import { parts } from '../parts.ts'
import { invalidArgType, invalidArgValue, nodeError, outOfRange } from './invalid-argument.ts'
import { constantsOf } from './members.ts'
import { toBytes } from './to-bytes.ts'

export const constants = constantsOf('fs', 'constants') as Record<string, number>

export interface GuestPath {
  /** As it was given: what errors name. */
  readonly given: string
  /** From the root, not otherwise changed: `..` and a slash at the end mean something to the file system. */
  readonly full: string
}

export function pathOf (value: unknown, name = 'path'): GuestPath {
  const given = asText(value, name)
  if (given.includes('\0')) throw invalidArgValue(name, given.replaceAll('\0', '\\x00'), 'must be a string, Uint8Array, or URL without null bytes')
  return { given, full: given === '' || given.startsWith('/') ? given : `${cwd()}/${given}` }
}

function asText (value: unknown, name: string): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return parts.buffer().Buffer.from(value as Uint8Array<ArrayBuffer>).toString()
  if (value !== null && typeof value === 'object' && 'href' in value && 'protocol' in value) return parts.url().fileURLToPath(value as never) as string
  throw invalidArgType(name, 'of type string or an instance of Buffer or URL', value)
}

export interface Options { readonly encoding?: string | null | undefined, readonly signal?: AbortSignal | undefined, readonly [name: string]: unknown }

/** A text is an encoding. */
export function optionsOf (value: unknown, defaults: Options = {}): Options {
  if (value === undefined || value === null || typeof value === 'function') return defaults
  if (typeof value !== 'string' && typeof value !== 'object') throw invalidArgType('options', 'one of type string or object', value)
  const given = typeof value === 'string' ? { encoding: value } : value as Options
  const options = { ...defaults, ...given }
  if (options.encoding !== 'buffer') checkEncoding(options.encoding)
  if (options.signal !== undefined && (typeof options.signal !== 'object' || options.signal === null || !('aborted' in options.signal))) throw invalidArgType('options.signal', 'an instance of AbortSignal', options.signal)
  return options
}

export function checkEncoding (encoding: unknown): void {
  if (encoding && !parts.buffer().Buffer.isEncoding(encoding as string)) throw invalidArgValue('encoding', encoding, 'is invalid encoding')
}

/** A name of the file system in the encoding that the caller wants. */
export function encoded (text: string, { encoding }: Options): unknown {
  if (encoding === undefined || encoding === null || encoding === 'utf8' || encoding === 'utf-8') return text
  const bytes = parts.buffer().Buffer.from(text)
  return encoding === 'buffer' ? bytes : bytes.toString(encoding as BufferEncoding)
}

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  r: ['O_RDONLY'],
  rs: ['O_RDONLY', 'O_SYNC'],
  'r+': ['O_RDWR'],
  'rs+': ['O_RDWR', 'O_SYNC'],
  w: ['O_TRUNC', 'O_CREAT', 'O_WRONLY'],
  wx: ['O_TRUNC', 'O_CREAT', 'O_WRONLY', 'O_EXCL'],
  'w+': ['O_TRUNC', 'O_CREAT', 'O_RDWR'],
  'wx+': ['O_TRUNC', 'O_CREAT', 'O_RDWR', 'O_EXCL'],
  a: ['O_APPEND', 'O_CREAT', 'O_WRONLY'],
  ax: ['O_APPEND', 'O_CREAT', 'O_WRONLY', 'O_EXCL'],
  as: ['O_APPEND', 'O_CREAT', 'O_WRONLY', 'O_SYNC'],
  'a+': ['O_APPEND', 'O_CREAT', 'O_RDWR'],
  'ax+': ['O_APPEND', 'O_CREAT', 'O_RDWR', 'O_EXCL'],
  'as+': ['O_APPEND', 'O_CREAT', 'O_RDWR', 'O_SYNC']
}
const OTHER_ORDER: Readonly<Record<string, string>> = { sr: 'rs', 'sr+': 'rs+', xw: 'wx', 'xw+': 'wx+', xa: 'ax', sa: 'as', 'xa+': 'ax+', 'sa+': 'as+' }

export function flagsOf (value: unknown): number {
  if (typeof value === 'number') return checkInteger('flags', value, -(2 ** 31), 2 ** 31 - 1)
  if (value === undefined || value === null) return 0
  const name = typeof value === 'string' ? OTHER_ORDER[value] ?? value : ''
  if (!Object.hasOwn(FLAGS, name)) throw invalidArgValue('flags', value)
  return (FLAGS[name] ?? []).reduce((all, flag) => all | (constants[flag] ?? 0), 0)
}

export function modeOf (value: unknown, name = 'mode', missing?: number): number {
  const mode = value === undefined || value === null ? missing ?? value : value
  if (typeof mode === 'string') {
    if (!/^[0-7]+$/.test(mode)) throw invalidArgValue(name, mode, 'must be a 32-bit unsigned integer or an octal string')
    return Number.parseInt(mode, 8)
  }
  return checkInteger(name, mode, 0, 2 ** 32 - 1)
}

/** Of `access` and `copyFile`: three bits, checked where Node's C++ does it. */
export function smallModeOf (value: unknown): number {
  const mode = value ?? 0
  if (typeof mode !== 'number') throw nodeError(new TypeError('mode must be int32 or null/undefined'), 'ERR_INVALID_ARG_TYPE')
  if (mode < 0 || mode > 7) throw nodeError(new RangeError('mode is out of range: >= 0 && <= 7'), 'ERR_OUT_OF_RANGE')
  return Math.trunc(mode)
}

export function checkInteger (name: string, value: unknown, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value)
  return value
}

export function fdOf (value: unknown): number {
  return checkInteger('fd', value, 0, 2 ** 31 - 1)
}

/** Null goes on where the last one ended. */
export function positionOf (value: unknown): number | null {
  if (value === undefined || value === null || value === -1 || value === -1n) return null
  if (typeof value === 'bigint') {
    if (value < 0n || value > 2n ** 63n - 1n) throw outOfRange('position', `>= -1 && <= ${2n ** 63n - 1n}`, value)
    return Number(value)
  }
  if (typeof value !== 'number') throw invalidArgType('position', 'of type bigint or integer', value)
  return checkInteger('position', value, -1)
}

/** Seconds since 1970. */
export function timeOf (value: unknown): number {
  // eslint-disable-next-line eqeqeq -- as Node decides whether a text is a number
  if (typeof value === 'string' && Number(value) == (value as unknown)) return Number(value)
  if (typeof value === 'number' && Number.isFinite(value)) return value < 0 ? Date.now() / 1000 : value
  if (value instanceof Date) return value.getTime() / 1000
  throw invalidArgType('time', 'an instance of Date or an Time in seconds', value)
}

export function checkView (name: string, value: unknown): ArrayBufferView {
  if (!ArrayBuffer.isView(value)) throw invalidArgType(name, 'an instance of Buffer, TypedArray, or DataView', value)
  return value
}

/** What is to be written, as bytes. */
export function dataOf (value: unknown, encoding: unknown): Uint8Array {
  if (typeof value === 'string') return toBytes(value, encoding ?? 'utf8')
  if (!ArrayBuffer.isView(value)) throw invalidArgType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', value)
  return toBytes(value)
}

export function checkSignal (signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  const error = new Error('The operation was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  throw Object.assign(error, { code: 'ABORT_ERR' })
}

export function checkBoolean (name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'of type boolean', value)
}

/** An error of Node's with a code and a sentence of its own. */
export function coded (code: string, message: string): Error {
  return nodeError(new Error(message), code)
}
