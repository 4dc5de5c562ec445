/**
 * `require` for each file of the plugin. What the bundle has (cache/bundle-text.ts) comes from there, so that a module exists once. A
 * name that is only known while the plugin runs may also lead to a file of the package that the bundle does not have: CommonJS and JSON
 * are read from the package's folder and evaluated; what would have to be transformed first is refused.
 */
import { isBuiltin, load } from './builtins.ts'
import { isOfUndici } from './node/undici-files.ts'
import { createFinder, foldersAbove, type Finder, type How } from './find-module.ts'
import { withCode } from './turns.ts'
import { unsupported } from './unsupported.ts'

/** By path in the package: answers the exports of a CommonJS file of the bundle. */
export type BundledModules = Readonly<Record<string, () => unknown>>
interface Module { exports: unknown, readonly id: string, readonly filename: string, readonly path: string, loaded: boolean, readonly children: unknown[], readonly paths: unknown[], readonly require: Require }
export interface Require {
  (request: unknown): unknown
  readonly resolve: Resolve
  /** `import.meta.resolve` of the same file. */
  resolveUrl (request: unknown): string
  readonly cache: Record<string, Module>
  readonly main: undefined
  readonly extensions: object
}

interface Resolve {
  /** `paths`: the folders to look from, instead of that of the file. */
  (request: unknown, options?: { readonly paths?: readonly string[] }): string
  /** Where Node would look for a name; null for a builtin. */
  paths (request: unknown): string[] | null
}

export const PACKAGE_DIR = '/plugin'

/** In the package: what was a symbolic link, and the real place that it named (cache/package-links.ts). */
type Link = readonly [link: string, target: string]

const cache: Record<string, Module> = Object.create(null)
const extensions: object = Object.create(null)
let bundled: BundledModules = Object.create(null)
let links: ReadonlyMap<string, string> = new Map()

/** The `require` that the bundle is called with: that of its entry, and the way to those of all its files. */
export function createBundleRequire (entry: string): Require & { links (all: readonly Link[]): void, from (filename: string, modules: BundledModules): Require } {
  return Object.assign(requireOf(entry), {
    links (all: readonly Link[]): void {
      links = new Map(all)
    },
    from (filename: string, modules: BundledModules): Require {
      bundled = modules
      return requireOf(filename)
    }
  })
}

/** Of the file `filename`, below the package's folder. */
export function requireOf (filename: string): Require {
  const from = filename.slice(0, filename.lastIndexOf('/'))
  const resolve = (request: unknown, options?: { readonly paths?: readonly string[] }): string => resolveFrom(request, options?.paths?.map(String) ?? [from])
  const require = (request: unknown): unknown => {
    const found = resolve(request)
    return isBuiltin(found) ? loadFor(filename, found) : evaluate(found)
  }
  return Object.assign(require, {
    resolve: Object.assign(resolve, { paths: (request: unknown) => pathsOf(checked(request), from) }),
    resolveUrl: (request: unknown) => {
      const found = resolveFrom(request, [from], 'import')
      return isBuiltin(found) ? `node:${found.replace(/^node:/, '')}` : encodeURI(`file://${found}`)
    },
    cache,
    main: undefined,
    extensions
  })
}

/** The files of undici have connections that speak HTTP. */
function loadFor (filename: string, name: string): object {
  const bare = name.replace('node:', '')
  if ((bare !== 'net' && bare !== 'tls') || !isOfUndici(filename)) return load(name)
  return (require('./node/undici-net.ts') as typeof import('./node/undici-net.ts')).undiciBuiltin(bare)
}

/** The path, or the name of a builtin, that a name means to `require` or to `import`. */
function resolveFrom (name: unknown, folders: readonly string[], how: How = 'require'): string {
  const request = checked(name)
  if (isBuiltin(request)) return request
  if (request.startsWith('node:')) throw withCode(new Error(`No such built-in module: ${request}`), 'ERR_UNKNOWN_BUILTIN_MODULE')
  const finder = createFinder(files, how)
  const found = folders.map(folder => finder.find(withoutScheme(request), folder)).find(path => path !== undefined)
  if (found === undefined) throw withCode(new Error(`Cannot find module '${request}'`), how === 'require' ? 'MODULE_NOT_FOUND' : 'ERR_MODULE_NOT_FOUND')
  return isBuiltin(found) ? found : realOf(found)
}

/** As Node has it: a module is its real file, and what it requires is looked for from there. */
function realOf (path: string): string {
  const parts = path.startsWith(`${PACKAGE_DIR}/`) ? inPackage(path).split('/') : []
  for (let length = 1; links.size > 0 && length <= parts.length; length++) {
    const target = links.get(parts.slice(0, length).join('/'))
    if (target !== undefined) return realOf([PACKAGE_DIR, target, ...parts.slice(length)].join('/'))
  }
  return path
}

function checked (request: unknown): string {
  if (typeof request !== 'string' || request === '') throw withCode(new TypeError(`The "id" argument must be of type string. Received ${request === '' ? "type string ('')" : typeof request}`), 'ERR_INVALID_ARG_TYPE')
  return request
}

/** A computed import() takes URLs of files; in the bundle it is a require(). */
function withoutScheme (request: string): string {
  return request.startsWith('file:///') ? decodeURIComponent(request.slice('file://'.length).replace(/[?#].*$/, '')) : request
}

function pathsOf (request: string, from: string): string[] | null {
  if (isBuiltin(request)) return null
  return /^\.{1,2}(\/|$)/.test(request) ? [from] : foldersAbove(from).filter(folder => !folder.endsWith('/node_modules')).map(folder => `${folder}/node_modules`)
}

/** The files of the bundle, then those of the folder. */
const files: Parameters<typeof createFinder>[0] = {
  isFile: path => Object.hasOwn(bundled, inPackage(path)) || attempt(() => disk().statSync(path).isFile()) === true,
  read: path => attempt(() => disk().readFileSync(path, 'utf8')),
  isBuiltin
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
  if (/\.[cm]?ts$|\.mjs$/.test(filename) || (!filename.endsWith('.cjs') && isModulePackage(module.path))) throw unsupported(`loading ${filename} by a name made while the plugin runs`, 'import it by a name that begins with its folder, as in import("./folder/" + name + ".ts"), so that it is bundled')
  // eslint-disable-next-line no-eval -- what require() is: the plugin's own code, in the plugin's own world
  const body = (0, eval)(`(function (exports, require, module, __filename, __dirname) {${code}\n})\n//# sourceURL=${filename}`) as Body
  body.call(module.exports, module.exports, module.require, module, filename, module.path)
}

/** Whether `.js` in this folder means an ES module. */
function isModulePackage (folder: string): boolean {
  const finder: Finder = createFinder(files)
  return finder.manifestOf(folder)?.['type'] === 'module'
}
