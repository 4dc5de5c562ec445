/** `util`: small, and `inspect` only when it is asked for. */
import { lazily } from '../globals/lazily.ts'
import { guestEnvironment } from '../globals/process.ts'
import { writeLine } from '../log.ts'
import { parts } from '../parts.ts'
import { isDeepStrictEqual } from './comparisons.ts'
import { checkFunction, checkObject, checkString, invalidArgType } from './invalid-argument.ts'
import { systemErrors } from './members.ts'
import { callbackify, promisify } from './util-promisify.ts'
import { styleText } from './util-style.ts'
import types from './util-types.ts'

type Loose = (this: unknown, ...args: unknown[]) => unknown
interface Class { readonly prototype: object }

/** Links prototypes: the constructors need not be classes. */
function inherits (child: Class & { super_?: unknown }, parent: Class): void {
  checkFunction('ctor', child)
  checkFunction('superCtor', parent)
  if (typeof parent.prototype !== 'object') throw invalidArgType('superCtor.prototype', 'of type object', parent.prototype)
  Object.defineProperty(child, 'super_', { value: parent, writable: true, configurable: true })
  Object.setPrototypeOf(child.prototype, parent.prototype)
}

const warned = new Set<string>()

/** The same function, which says once in the log (as debug) that it is old. */
function deprecate<F extends Loose> (fn: F, message: string, code?: string): F {
  checkFunction('fn', fn)
  let said = false
  const say = (): void => {
    if (said || (code !== undefined && warned.has(code))) return
    said = true
    if (code !== undefined) warned.add(code)
    process.emitWarning(message, 'DeprecationWarning', code)
  }
  const deprecated = function (this: unknown, ...args: unknown[]): unknown {
    say()
    return new.target === undefined ? fn.apply(this, args) : Reflect.construct(fn, args, new.target)
  }
  Object.setPrototypeOf(deprecated, fn)
  if (Object.hasOwn(fn, 'prototype')) deprecated.prototype = fn.prototype
  return deprecated as unknown as F // it stands for it
}

/** Lines of a section leave when the plugin has put its name into `process.env.NODE_DEBUG`. */
function debuglog (section: string): Loose & { enabled: boolean } {
  const name = section.toUpperCase()
  const wanted = (): boolean => new RegExp(`(^|,)\\s*(${(guestEnvironment()['NODE_DEBUG'] ?? '').replaceAll(/[^\w,*\s]/g, '').replaceAll('*', '.*').replaceAll(',', '|')})\\s*($|,)`, 'i').test(name)
  const log = (...args: unknown[]): void => {
    if ((log as typeof log & { enabled: boolean }).enabled) writeLine('debug', `${name} ${process.pid}: ${parts.inspect().format(...args)}`)
  }
  Object.defineProperty(log, 'enabled', { get: () => Boolean(guestEnvironment()['NODE_DEBUG']) && wanted(), configurable: true, enumerable: true })
  return log as typeof log & { enabled: boolean } // defined on the line above
}

function aborted (signal: AbortSignal, resource: object): Promise<unknown> {
  if (!(signal instanceof AbortSignal)) throw invalidArgType('signal', 'an instance of AbortSignal', signal)
  checkObject('resource', resource)
  return signal.aborted ? Promise.resolve() : new Promise(resolve => { signal.addEventListener('abort', resolve, { once: true }) })
}

function errorOf (errno: unknown): readonly [code: string, message: string] | undefined {
  if (typeof errno !== 'number') throw invalidArgType('err', 'of type number', errno)
  const found = Object.entries(systemErrors()).find(([, [number]]) => number === errno)
  return found === undefined ? undefined : [found[0], found[1][1]]
}

/** The error of a failed system call, as Node words it. */
function errnoException (errno: number, syscall: string, original?: string): Error {
  const code = errorOf(errno)?.[0] ?? `Unknown system error ${errno}`
  const message = original !== undefined && original !== '' ? `${syscall} ${code} ${original}` : `${syscall} ${code}`
  return Object.assign(new Error(message), { errno, code, syscall })
}

const QUOTED = /^(['"`])([^]*)\1/

/** Lines of `KEY=value` with comments, quotes and `export`. */
function parseEnv (content: string): Record<string, string> {
  checkString('content', content)
  const found: Record<string, string> = {}
  const line = /^[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*('[^']*'|"[^"]*"|`[^`]*`|[^\n\r]*)/gm
  for (const [, key = '', raw = ''] of content.matchAll(line)) {
    const quoted = QUOTED.exec(raw)
    found[key] = quoted === null ? raw.replace(/\s*#.*$/, '').trim() : quoted[1] === '"' ? (quoted[2] ?? '').replaceAll('\\n', '\n') : quoted[2] ?? ''
  }
  return found
}

function extend (target: object, source: unknown): object {
  return source === null || typeof source !== 'object' ? target : Object.assign(target, source)
}

function stripVTControlCharacters (text: string): string {
  checkString('str', text)
  return parts.inspect().stripVTControlCharacters(text)
}

const util = {
  _errnoException: errnoException,
  _extend: extend,
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format: (...args: unknown[]) => parts.inspect().format(...args),
  formatWithOptions: (options: object, ...args: unknown[]) => {
    checkObject('inspectOptions', options)
    return parts.inspect().formatWithOptions(options, ...args)
  },
  getSystemErrorMap: () => new Map(Object.entries(systemErrors()).map(([code, [errno, message]]) => [errno, [code, message]])),
  getSystemErrorMessage: (errno: unknown) => errorOf(errno)?.[1] ?? `Unknown system error ${errno as number}`, // checked there
  getSystemErrorName: (errno: unknown) => errorOf(errno)?.[0] ?? `Unknown system error ${errno as number}`,
  inherits,
  isArray: Array.isArray,
  isDeepStrictEqual,
  markPromiseAsHandled: (promise: Promise<unknown>) => { promise.catch(() => {}) },
  parseEnv,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString: (text: unknown) => `${text}`.toWellFormed(),
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal: (signal: unknown) => signal,
  types
}
const lazy: Readonly<Record<string, () => unknown>> = {
  inspect: () => parts.inspect().inspect,
  TextDecoder: () => parts.encoding().TextDecoder,
  TextEncoder: () => parts.encoding().TextEncoder,
  parseArgs: () => (require('./util-parse-args.ts') as typeof import('./util-parse-args.ts')).parseArgs,
  MIMEType: () => (require('./util-mime.ts') as typeof import('./util-mime.ts')).MIMEType,
  MIMEParams: () => (require('./util-mime.ts') as typeof import('./util-mime.ts')).MIMEParams
}
for (const [name, make] of Object.entries(lazy)) lazily(util, name, make, true)

export default util as typeof util & { inspect: typeof import('node-inspect-extracted').inspect, TextDecoder: typeof TextDecoder, TextEncoder: typeof TextEncoder }
