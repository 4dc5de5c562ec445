/**
 * What the builtins of the Node that builds the prelude have: the names of their functions and classes, and the values of their constants.
 * The guest makes of a name that it does not serve a member that loads and refuses its use (guest/node/stubs.ts), and takes the constants as they are:
 * so a program finds exactly the members that Node has, and no other.
 */
import { builtinModules, createRequire } from 'node:module'

/** Of one module, or of one object of constants in it. */
export interface Members {
  readonly functions?: readonly string[]
  readonly classes?: readonly string[]
  readonly values?: Readonly<Record<string, string | number | boolean>>
  /** Objects of the module: `fs.promises`, `os.constants`. */
  readonly objects?: Readonly<Record<string, Members>>
}

/** They say too much when they are loaded, or run something: their members are written here. */
const NOT_LOADED: Readonly<Record<string, Members>> = {
  sqlite: { functions: ['backup'], classes: ['DatabaseSync', 'StatementSync', 'Session'] },
  test: { functions: ['after', 'afterEach', 'before', 'beforeEach', 'describe', 'it', 'run', 'suite', 'test'] },
  'test/reporters': { classes: ['dot', 'junit', 'spec', 'tap', 'lcov'] },
  trace_events: { functions: ['createTracing', 'getEnabledCategories'] },
  domain: { functions: ['create', 'createDomain'], classes: ['Domain'] }, // it changes the events of the process that loads it
  wasi: { classes: ['WASI'] },
  sea: { functions: ['getAsset', 'getAssetAsBlob', 'getAssetKeys', 'getRawAsset', 'isSea'] },
  ffi: { functions: ['dlopen'], classes: ['DynamicLibrary'] },
  process: {},
  console: {}
}
/** How deep objects of objects are followed: `os.constants.signals`. */
const MAX_DEPTH = 2

let known: Readonly<Record<string, Members>> | undefined

/** By name, without `node:`. */
export function nodeMembers (): Readonly<Record<string, Members>> {
  known ??= readAll()
  return known
}

function readAll (): Readonly<Record<string, Members>> {
  const require = createRequire(import.meta.url)
  const members: Record<string, Members> = {}
  const warned = process.noDeprecation
  process.noDeprecation = true // some builtins announce their end when they are loaded
  try {
    for (const name of builtinModules.map(name => name.replace('node:', ''))) {
      members[name] = NOT_LOADED[name] ?? membersOf(require(`node:${name}`), 0)
    }
  } finally {
    process.noDeprecation = warned ?? false
  }
  return members
}

function membersOf (module: object, depth: number): Members {
  const functions: string[] = []
  const classes: string[] = []
  const values: Record<string, string | number | boolean> = {}
  const objects: Record<string, Members> = {}
  for (const [name, value] of properties(module)) {
    if (typeof value === 'function') (isClass(name, value) ? classes : functions).push(name)
    else if (isPlain(value) && depth < MAX_DEPTH && value !== module) objects[name] = membersOf(value, depth + 1)
    else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') values[name] = value
  }
  return {
    ...(functions.length > 0 ? { functions } : {}),
    ...(classes.length > 0 ? { classes } : {}),
    ...(Object.keys(values).length > 0 ? { values } : {}),
    ...(Object.keys(objects).length > 0 ? { objects } : {})
  }
}

/** Enumerable own properties with a value; `promises` is a getter in several modules, and so are classes that Node loads late. */
function properties (module: object): [string, unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(module))
    .filter(([name, descriptor]) => descriptor.enumerable === true && !name.startsWith('_') && ('value' in descriptor || name === 'promises' || /^[A-Z]/.test(name)))
    .map(([name]) => [name, Reflect.get(module, name)])
}

/** Node writes most of its older classes as functions. */
function isClass (name: string, value: object): boolean {
  const { prototype } = value as { prototype?: unknown }
  return /^[A-Z]/.test(name) && typeof prototype === 'object' && prototype !== null
}

function isPlain (value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
