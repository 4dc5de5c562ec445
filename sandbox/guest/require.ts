/**
 * `require` for each file of the plugin. What the bundle has (cache/bundle-text.ts) comes from there, so that a module exists once. A
 * name that is only known while the plugin runs may also lead to a file of the package that the bundle does not have: CommonJS and JSON
 * are read from the package's folder and evaluated; what would have to be transformed first is refused.
 */
import { isBuiltin, load } from './builtins.ts'
import { createFinder, type Finder } from './find-module.ts'
import { withCode } from './turns.ts'
import { unsupported } from './unsupported.ts'

/** By path in the package: answers the exports of a CommonJS file of the bundle. */
export type BundledModules = Readonly<Record<string, () => unknown>>
interface Module { exports: unknown, readonly id: string, readonly filename: string, readonly path: string, loaded: boolean, readonly children: unknown[], readonly paths: unknown[], readonly require: Require }
export interface Require {
  (request: unknown): unknown
  resolve (request: unknown): string
  /** `import.meta.resolve` of the same file. */
  resolveUrl (request: unknown): string
  readonly cache: Record<string, Module>
  readonly main: undefined
  readonly extensions: object
}

export const PACKAGE_DIR = '/plugin'

const cache: Record<string, Module> = Object.create(null)
const extensions: object = Object.create(null)
let bundled: BundledModules = Object.create(null)

/** The `require` that the bundle is called with: that of its entry, and the way to those of all its files. */
export function createBundleRequire (entry: string): Require & { from (filename: string, modules: BundledModules): Require } {
  return Object.assign(requireOf(entry), {
    from (filename: string, modules: BundledModules): Require {
      bundled = modules
      return requireOf(filename)
    }
  })
}

/** Of the file `filename`, below the package's folder. */
export function requireOf (filename: string): Require {
  const from = filename.slice(0, filename.lastIndexOf('/'))
  const resolve = (request: unknown): string => resolveFrom(request, from)
  const require = (request: unknown): unknown => isBuiltin(request) ? load(request) : evaluate(resolveFrom(request, from))
  return Object.assign(require, {
    resolve,
    resolveUrl: (request: unknown) => {
      const found = resolve(request)
      return isBuiltin(found) ? `node:${found.replace(/^node:/, '')}` : encodeURI(`file://${found}`)
    },
    cache,
    main: undefined,
    extensions
  })
}

function resolveFrom (request: unknown, from: string): string {
  if (typeof request !== 'string' || request === '') throw withCode(new TypeError(`The "id" argument must be of type string. Received ${request === '' ? "type string ('')" : typeof request}`), 'ERR_INVALID_ARG_TYPE')
  if (isBuiltin(request)) return request
  if (request.startsWith('node:')) throw withCode(new Error(`No such built-in module: ${request}`), 'ERR_UNKNOWN_BUILTIN_MODULE')
  const found = createFinder(files).find(request, from)
  if (found === undefined) throw withCode(new Error(`Cannot find module '${request}'`), 'MODULE_NOT_FOUND')
  return found
}

/** The files of the bundle, then those of the folder. */
const files: Parameters<typeof createFinder>[0] = {
  isFile: path => Object.hasOwn(bundled, inPackage(path)) || attempt(() => disk().statSync(path).isFile()) === true,
  read: path => attempt(() => disk().readFileSync(path, 'utf8'))
}

function inPackage (path: string): string {
  return path.slice(PACKAGE_DIR.length + 1)
}

function disk (): typeof import('node:fs') {
  return load('fs') as typeof import('node:fs')
}

function attempt<T> (read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // not there
  }
}

function evaluate (filename: string): unknown {
  const fromBundle = bundled[inPackage(filename)]
  if (fromBundle !== undefined) return fromBundle()
  const known = cache[filename]
  if (known !== undefined) return known.exports
  const module: Module = { exports: {}, id: filename, filename, path: filename.slice(0, filename.lastIndexOf('/')), loaded: false, children: [], paths: [], require: requireOf(filename) }
  cache[filename] = module
  try {
    run(module, disk().readFileSync(filename, 'utf8'))
    module.loaded = true
    return module.exports
  } catch (error) {
    delete cache[filename]
    throw error
  }
}

type Body = (exports: unknown, require: Require, module: Module, filename: string, dirname: string) => void

function run (module: Module, text: string): void {
  const { filename } = module
  const code = text.replace(/^\uFEFF|^#!.*/, '')
  if (filename.endsWith('.json')) {
    module.exports = JSON.parse(code) as unknown
    return
  }
  if (filename.endsWith('.node')) throw withCode(new Error(`Cannot find module '${filename}'`), 'MODULE_NOT_FOUND') // as a binding that was not built
  if (/\.[cm]?ts$|\.mjs$/.test(filename) || isModulePackage(module.path)) throw unsupported(`loading ${filename} by a name made while the plugin runs`, 'import it by a name that begins with its folder, as in import("./folder/" + name + ".ts"), so that it is bundled')
  // eslint-disable-next-line no-eval -- what require() is: the plugin's own code, in the plugin's own world
  const body = (0, eval)(`(function (exports, require, module, __filename, __dirname) {${code}\n})\n//# sourceURL=${filename}`) as Body
  body.call(module.exports, module.exports, module.require, module, filename, module.path)
}

/** Whether `.js` in this folder means an ES module. */
function isModulePackage (folder: string): boolean {
  const finder: Finder = createFinder(files)
  return finder.manifestOf(folder)?.['type'] === 'module'
}
