/** What `require` answers in a plugin: Node's builtins; those that are not there load all the same and throw when they are used. */
import { parts } from './parts.ts'
import { NativeError } from './primordials.ts'
import { timersPromises } from './timers-promises.ts'
import { clearImmediate, Immediate, setImmediate } from './immediates.ts'
import { clearTimeout, setInterval, setTimeout, Timeout } from './timers.ts'
import { withCode } from './turns.ts'
import { entropy, getRandomValues, randomUUID } from './globals/crypto.ts'
import { createAbsentModule } from './absent.ts'

/** Names of all builtins of the Node that the prelude was built with, without `node:`; those that want it, with it. */
declare const VIVARIUM_BUILTINS: readonly string[]

/** Members that are there. What a module does not have here is refused by name. */
const served: Readonly<Record<string, () => object>> = {
  buffer: () => parts.buffer().bufferModule,
  console: () => Reflect.get(globalThis, 'console') as object,
  crypto: () => ({ getRandomValues, randomUUID, randomBytes, webcrypto: Reflect.get(globalThis, 'crypto') as object }),
  perf_hooks: () => ({ performance: Reflect.get(globalThis, 'performance') as object }),
  process: () => Reflect.get(globalThis, 'process') as object,
  timers: () => ({ setTimeout, setInterval, setImmediate, clearTimeout, clearInterval: clearTimeout, clearImmediate, Timeout, Immediate, promises: timersPromises }),
  'timers/promises': () => ({ ...timersPromises }),
  url: () => ({ ...parts.url() }),
  util: () => ({ ...parts.inspect(), TextEncoder: parts.encoding().TextEncoder, TextDecoder: parts.encoding().TextDecoder })
}
/** They are the very global, not a module around it. */
const GLOBALS = new Set(['console', 'process'])

const loaded = new Map<string, object>()

export function createRequire (): object {
  const require = (request: unknown): object => load(request)
  return Object.assign(require, {
    resolve: (request: unknown): string => {
      nameOf(request)
      return `${request}`
    },
    cache: Object.create(null) as object,
    main: undefined
  })
}

function load (request: unknown): object {
  const name = nameOf(request)
  const known = loaded.get(name)
  if (known !== undefined) return known
  const module = create(name)
  loaded.set(name, module)
  return module
}

function create (name: string): object {
  const members = served[name]?.()
  if (members !== undefined && GLOBALS.has(name)) return members
  const module = createAbsentModule(`node:${name}`)
  return members === undefined ? module : Object.assign(module, members)
}

/** The builtin that a request names, without `node:`. Throws MODULE_NOT_FOUND as Node does. */
function nameOf (request: unknown): string {
  if (typeof request !== 'string') throw withCode(new TypeError(`The "id" argument must be of type string. Received ${typeof request}`), 'ERR_INVALID_ARG_TYPE')
  const bare = request.startsWith('node:') ? request.slice(5) : request
  if (VIVARIUM_BUILTINS.includes(bare) || VIVARIUM_BUILTINS.includes(request)) return bare
  if (bare !== request) throw withCode(new NativeError(`No such built-in module: ${request}`), 'ERR_UNKNOWN_BUILTIN_MODULE')
  throw withCode(new NativeError(`Cannot find module '${request}'`), 'MODULE_NOT_FOUND')
}

/** Bytes as a Buffer, or handed to the callback later. */
function randomBytes (size: number, callback?: (error: null, bytes: object) => void): object | undefined {
  const bytes = entropy(size)
  const buffer = parts.buffer().Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
  if (callback === undefined) return buffer
  setImmediate(() => { callback(null, buffer) })
  return undefined
}
