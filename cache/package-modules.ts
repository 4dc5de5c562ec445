/**
 * How a package's imports are found: as Node would, and never outside the package. An esbuild plugin; runs in a build worker.
 *
 * - A builtin of Node wins over an npm package of its name, with or without `node:`.
 * - A path that leaves the package is an escape and refuses it, whether the target exists or not: the answer may not depend
 *   on the files of the host. A package that only a folder above would provide is simply not there.
 * - What cannot be found, and every native addon, becomes a module that throws what Node would throw, when it is required.
 *   bundle.ts refuses the package if such a module is part of the static imports of the entry.
 * - A computed import (esbuild's glob) does not pass through `onResolve`: its files are judged when they are loaded.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, extname, join, relative, resolve as resolvePath, sep } from 'node:path'
import type { Loader, OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild, ResolveResult } from 'esbuild'
import { brokenModule, type BrokenFile } from './broken-file.ts'
import { metaModule, virtualPath } from './bundle-text.ts'
import { notErasable } from './erasable.ts'
import type { BundleLimits } from './options.ts'
import { isFile, isInside } from './manifest.ts'
import type { PackageLinks } from './package-links.ts'
import { reason, type Reason } from './reasons.ts'

/** Namespaces of the modules that we write; they show in the metafile as `<namespace>:<name>`. */
export const MODULES = { entry: 'vivarium-entry', builtin: 'vivarium-builtin', missing: 'vivarium-missing', missingImport: 'vivarium-missing-import', meta: 'vivarium-meta' } as const

const LOADERS: Readonly<Record<string, Loader>> = { '.js': 'js', '.cjs': 'js', '.mjs': 'js', '.ts': 'ts', '.cts': 'ts', '.mts': 'ts', '.json': 'json' }

/** What is known from an earlier round of the same bundle (bundle.ts). */
export interface Knowledge {
  /** By relative path: files that cannot be parsed or linked, which throw when they are required. */
  readonly broken: ReadonlyMap<string, BrokenFile>
  /** Folders of packages below node_modules that an import names. */
  readonly packages: Set<string>
  /** Relative paths that a computed import met and that were left out. */
  readonly leftOut: Set<string>
  /** What `build.resolve` answered, by all that it was asked with: files do not change meanwhile. */
  readonly resolved: Map<string, Promise<ResolveResult>>
}

export interface PackageModulesOptions {
  /** Real path of the package. */
  readonly dir: string
  readonly entry: string
  readonly limits: BundleLimits
  /** Every module is found at its real place. */
  readonly links: PackageLinks
  readonly knowledge: Knowledge
  /** Code of the module that hands the entry's exports over. */
  readonly entryCode: string
  /** In an ES module bundle a builtin that is imported must be required by a module of its own: no import statement may be left. */
  readonly wrapBuiltins: boolean
}

/** `detail` of an error of ours in esbuild's list. */
export interface Refusal { readonly refusal: Reason }

const OURS = Symbol('resolved by us')

export function packageModules (options: PackageModulesOptions): Plugin {
  return {
    name: 'package-modules',
    setup (build) {
      const found = new FoundModules(build, options)
      build.onResolve({ filter: /.*/ }, (args) => found.resolve(args))
      build.onLoad({ filter: /.*/, namespace: MODULES.entry }, () => ({ contents: options.entryCode, loader: 'js', resolveDir: options.dir }))
      build.onLoad({ filter: /.*/, namespace: MODULES.builtin }, (args) => ({ contents: `module.exports = require(${JSON.stringify(args.path)})`, loader: 'js' }))
      build.onLoad({ filter: /.*/, namespace: MODULES.meta }, (args) => ({ contents: metaModule(args.path), loader: 'js' }))
      build.onLoad({ filter: /.*/, namespace: MODULES.missing }, (args) => ({ contents: missingCode(args.path, 'MODULE_NOT_FOUND'), loader: 'js' }))
      build.onLoad({ filter: /.*/, namespace: MODULES.missingImport }, (args) => ({ contents: missingCode(args.path, 'ERR_MODULE_NOT_FOUND'), loader: 'js' }))
      build.onLoad({ filter: /.*/ }, (args) => found.load(args))
    }
  }
}

class FoundModules {
  readonly #build: PluginBuild
  readonly #options: PackageModulesOptions
  /** Relative paths that an import named, as opposed to those that a computed import met. */
  readonly #named = new Set<string>()
  #modules = 0
  #bytes = 0

  constructor (build: PluginBuild, options: PackageModulesOptions) {
    this.#build = build
    this.#options = options
  }

  async resolve (args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (args.pluginData === OURS) return undefined
    if (args.kind === 'entry-point') return { path: this.#options.entry, namespace: MODULES.entry }
    if (isBuiltin(args.path)) return this.#builtin(args)
    if (args.path.startsWith(`${MODULES.meta}:`)) return { path: args.path.slice(MODULES.meta.length + 1), namespace: MODULES.meta, sideEffects: false }
    if (args.kind === 'require-resolve') return await this.#resolveOnly(args)
    if (/^[a-z][a-z0-9+.-]*:/i.test(args.path)) return missing(args) // a URL
    if (/^(\.{0,2}\/|\.{1,2}$)/.test(args.path) && !isInside(this.#options.dir, resolvePath(args.resolveDir, args.path))) return this.#escape(args)
    return this.#plainFile(args) ? undefined : await this.#inPackage(args)
  }

  /**
   * Whether a relative path leads to a file without doubt: esbuild then finds it by itself. To ask it costs a new look at the whole folder
   * for each import (`build.resolve` keeps nothing): 8,000 files in one folder took two minutes.
   */
  #plainFile (args: OnResolveArgs): boolean {
    if (!/^\.{1,2}\//.test(args.path) || /[?#\\]|\/$/.test(args.path)) return false
    const target = resolvePath(args.resolveDir, args.path)
    const found = ['', '.js', '.json'].map((end) => target + end).find(isFile)
    if (found === undefined || extname(found) === '.node') return false
    const real = realpathSync.native(found)
    const path = this.#relative(real)
    if (!isInside(this.#options.dir, real) || this.#options.links.real(path) !== path) return false
    this.#name(path)
    return true
  }

  #name (path: string): void {
    this.#named.add(path)
    this.#options.knowledge.packages.add(packageOf(path))
  }

  async #inPackage (args: OnResolveArgs): Promise<OnResolveResult> {
    const found = await this.#ask(args)
    if (args.path.startsWith('#') && found.external && isBuiltin(found.path)) return this.#builtin({ ...args, path: found.path })
    if (found.errors.length > 0 || found.namespace !== 'file' || found.external) return missing(args)
    if (!isInside(this.#options.dir, realpathSync.native(found.path))) return this.#isProvided(args) ? this.#escape(args) : missing(args)
    if (extname(found.path) === '.node') return missing(args)
    const path = this.#real(found.path)
    this.#name(path)
    return { path: join(this.#options.dir, path), suffix: found.suffix, sideEffects: found.sideEffects }
  }

  /** How esbuild resolves it, files that import the same from the same folder together. */
  async #ask ({ path, kind, importer, resolveDir, with: attributes }: OnResolveArgs): Promise<ResolveResult> {
    const { resolved } = this.#options.knowledge
    const key = JSON.stringify([path, kind, resolveDir, attributes])
    const answer = resolved.get(key) ?? this.#build.resolve(path, { kind, importer, resolveDir, namespace: 'file', with: attributes, pluginData: OURS })
    resolved.set(key, answer)
    return await answer
  }

  /** `require.resolve`: the path that the plugin sees; what is not found here throws there. */
  async #resolveOnly (args: OnResolveArgs): Promise<OnResolveResult> {
    const { path } = args
    const found = await this.#ask(args)
    const isOurs = found.errors.length === 0 && found.namespace === 'file' && !found.external && isInside(this.#options.dir, realpathSync.native(found.path))
    return { path: isOurs ? virtualPath(this.#real(found.path)) : path, external: true }
  }

  async load (args: OnLoadArgs): Promise<OnLoadResult | undefined> {
    const path = this.#relative(args.path)
    if (!isInside(this.#options.dir, realpathSync.native(args.path))) return refusal(reason('import-computed'))
    const real = this.#real(args.path)
    const broken = this.#options.knowledge.broken.get(path)
    if (broken !== undefined) return { contents: brokenModule(broken), loader: 'js' }
    if (!this.#named.has(path) && isLeftOut(real, this.#options.knowledge)) {
      this.#options.knowledge.leftOut.add(real)
      return { contents: missingCode(`./${path}`, 'MODULE_NOT_FOUND'), loader: 'js' }
    }
    if (real !== path) return { contents: `module.exports = require(${JSON.stringify(`./${real}`)})`, loader: 'js', resolveDir: this.#options.dir } // of a computed import
    return this.#count(args.path) ?? await this.#read(args)
  }

  /** Counts a file against the limits. */
  #count (path: string): OnLoadResult | undefined {
    const { limits } = this.#options
    this.#modules++
    this.#bytes += statSync(path).size
    if (this.#modules > limits.modules) return refusal(reason('too-many-modules', { limit: limits.modules }))
    if (this.#bytes > limits.inputBytes) return refusal(reason('modules-too-large', { limit: limits.inputBytes }))
  }

  async #read (args: OnLoadArgs): Promise<OnLoadResult> {
    const type = args.with.type
    const loader = type === 'text' ? 'text' : type === 'bytes' ? 'binary' : LOADERS[extname(args.path)] ?? 'js' // Node: an unknown extension is JavaScript
    const contents = readFileSync(args.path)
    const refused = loader === 'ts' ? this.#notErasable(args.path, contents.toString('utf8')) : undefined
    if (refused !== undefined) return refused
    if (loader !== 'js' && loader !== 'ts') return { contents, loader, resolveDir: dirname(args.path) }
    const code = withoutSourceMap(contents.toString('utf8'))
    return { contents: await this.#withMeta(code, loader, this.#relative(args.path)), loader, resolveDir: dirname(args.path) }
  }

  /** Gives a file that asks for `import.meta` its own, at its end, where an import is as good as at the start and moves no line. */
  async #withMeta (code: string, loader: Loader, path: string): Promise<string> {
    if (!code.includes('import.meta')) return code
    const probe = 'vivariumMetaProbe'
    const probed = await this.#build.esbuild.transform(code, { loader, define: { 'import.meta': probe }, logLevel: 'silent', tsconfigRaw: '{}' }).catch(() => undefined) // esbuild tells its errors when it bundles
    return probed?.code.includes(probe) === true ? `${code}\nimport vivariumMeta from ${JSON.stringify(`${MODULES.meta}:${path}`)}` : code
  }

  /** Of dependencies whatever esbuild compiles is welcome: Node would load no TypeScript of theirs. */
  #notErasable (path: string, code: string): OnLoadResult | undefined {
    const file = this.#relative(path)
    const found = file.includes('node_modules/') ? undefined : notErasable(code)
    if (found === undefined) return undefined
    const { text, line, column, lineText } = found
    return { errors: [{ text, location: { file, line, column: Buffer.byteLength(lineText.slice(0, column)), lineText } }] }
  }

  #builtin (args: OnResolveArgs): OnResolveResult {
    const wrap = this.#options.wrapBuiltins && args.namespace !== MODULES.builtin && args.kind !== 'require-resolve' && args.kind !== 'require-call'
    return wrap ? { path: args.path, namespace: MODULES.builtin } : { path: args.path, external: true }
  }

  /** Whether the package itself, and not a folder above it, has what an import names. */
  #isProvided (args: OnResolveArgs): boolean {
    if (/^[#./]/.test(args.path)) return true
    const name = args.path.split('/').slice(0, args.path.startsWith('@') ? 2 : 1).join('/')
    for (let dir = args.resolveDir; isInside(this.#options.dir, dir); dir = dirname(dir)) {
      if (statSync(join(dir, 'node_modules', name), { throwIfNoEntry: false }) !== undefined) return true
    }
    return false
  }

  #escape (args: OnResolveArgs): OnResolveResult {
    return refusal(reason('import-outside', { name: args.path, file: this.#relative(args.importer) }))
  }

  /** In the package. */
  #real (path: string): string {
    return this.#options.links.real(this.#relative(path))
  }

  #relative (path: string): string {
    return relative(this.#options.dir, path).split(sep).join('/')
  }
}

/** A computed import such as `require('./' + name)` meets every file below: only those that Node could load, of packages in use. */
export function isLeftOut (path: string, knowledge: Pick<Knowledge, 'packages'>): boolean {
  if (LOADERS[extname(path)] === undefined || /\.d\.[cm]?ts$/.test(path)) return true
  return path.includes('node_modules/') && !knowledge.packages.has(packageOf(path))
}

function refusal (why: Reason): { errors: [{ text: string, detail: Refusal }] } {
  return { errors: [{ text: why.code, detail: { refusal: why } }] }
}

function missing (args: OnResolveArgs): OnResolveResult {
  if (args.kind === 'require-resolve') return { path: args.path, external: true }
  return { path: args.path, namespace: args.kind === 'require-call' ? MODULES.missing : MODULES.missingImport }
}

/** Node's own error: a plugin may look at its code and go on without an optional dependency. */
function missingCode (specifier: string, notFound: 'MODULE_NOT_FOUND' | 'ERR_MODULE_NOT_FOUND'): string {
  const isScheme = specifier.startsWith('node:')
  const message = isScheme ? `No such built-in module: ${specifier}` : `Cannot find module '${specifier}'`
  return `module.exports = {}\nthrow Object.assign(new Error(${JSON.stringify(message)}), { code: '${isScheme ? 'ERR_UNKNOWN_BUILTIN_MODULE' : notFound}' })`
}

/** `node_modules/a/node_modules/b` of `node_modules/a/node_modules/b/lib/x.js`; empty for the plugin itself. */
function packageOf (path: string): string {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? ''
}

/**
 * esbuild would read the file that `//# sourceMappingURL=` names, anywhere on this machine, into the map of the bundle.
 * The comment loses its mark; columns stay.
 */
function withoutSourceMap (code: string): string {
  return code.replaceAll(/(\/[/*])[#@](?= sourceMappingURL=)/g, '$1 ')
}
