/** Node's builtins (node/index.ts); of those that are not served, members that refuse their use. */
import { builtins } from './node/index.ts'
import { membersOf } from './node/members.ts'
import { addMissing } from './node/stubs.ts'
import { hasOwn, NativeError } from './primordials.ts'
import { withCode } from './turns.ts'

/** The names of those that can be required, as `module.builtinModules` has them: some only with `node:`. */
declare const VIVARIUM_BUILTINS: readonly string[]

/** They are the very global, not a module around it. */
const GLOBALS: Readonly<Record<string, true>> = { console: true, process: true }

const loaded = new Map<string, object>()

/** The module of a builtin, by either spelling. Throws MODULE_NOT_FOUND as Node does. */
export function load (request: unknown): object {
  const name = nameOf(request)
  const known = loaded.get(name)
  if (known !== undefined) return known
  const module = builtins[name]?.().default ?? {}
  loaded.set(name, module)
  if (!hasOwn(GLOBALS, name)) addMissing(module, name, membersOf(name))
  return module
}

export function isBuiltin (request: unknown): boolean {
  if (typeof request !== 'string') return false
  const bare = request.startsWith('node:') ? request.slice(5) : request
  return VIVARIUM_BUILTINS.includes(request) || (bare !== request && (VIVARIUM_BUILTINS.includes(bare) || VIVARIUM_BUILTINS.includes(request)))
}

/** The builtin that a request names, without `node:`. */
function nameOf (request: unknown): string {
  if (typeof request !== 'string') throw withCode(new TypeError(`The "id" argument must be of type string. Received ${typeof request}`), 'ERR_INVALID_ARG_TYPE')
  const bare = request.startsWith('node:') ? request.slice(5) : request
  if (isBuiltin(request)) return bare
  if (bare !== request) throw withCode(new NativeError(`No such built-in module: ${request}`), 'ERR_UNKNOWN_BUILTIN_MODULE')
  throw withCode(new NativeError(`Cannot find module '${request}'`), 'MODULE_NOT_FOUND')
}
