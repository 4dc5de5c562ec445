/**
 * One script of a whole package, of the shape that bundle-text.ts describes. Runs in a build worker; every option of esbuild
 * comes from here, none from the package. A change of what is produced takes a new BUNDLE_FORMAT (build-key.ts).
 *
 * A file with a syntax error, with TypeScript that cannot be erased, or one that cannot be linked, is what Node would make of it: when the entry imports it statically
 * the package is refused, else it throws when it is required. esbuild refuses it always, so that it is bundled again without.
 */
import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { build, type BuildOptions, type Message, type Metafile, type OutputFile } from 'esbuild'
import { BuildError } from './build-tasks.ts'
import { clip, toBrokenFile, withOriginals, type BrokenFile } from './broken-file.ts'
import { wrapBundle } from './bundle-text.ts'
import { EsbuildDiedError, EsbuildMemoryError, withEsbuild } from './esbuild-process.ts'
import { invalid, readManifest, type Manifest } from './manifest.ts'
import type { BundleLimits } from './options.ts'
import { PackageLinks } from './package-links.ts'
import { isLeftOut, MODULES, packageModules, type Knowledge, type Refusal } from './package-modules.ts'
import { reason } from './reasons.ts'

const ROUNDS = 8

export interface Bundle {
  readonly manifest: Manifest
  readonly code: string
  /** JSON text; its `sources` are relative to the package, those of our own modules begin with `vivarium-`. */
  readonly map: string
  readonly builtins: readonly string[]
  readonly async: boolean
}

/** `processId`: see `withEsbuild`. Throws `BuildError`, most often `plugin-invalid`. */
export async function bundlePackage (folder: string, limits: BundleLimits, processId: Int32Array, links = new PackageLinks()): Promise<Bundle> {
  const dir = realpathSync.native(folder)
  const found = readManifest(dir, limits.manifestBytes)
  const manifest = { ...found, entry: links.real(found.entry) }
  try {
    const { metafile, code, map, async } = await twice(() => withEsbuild(processId, limits.memoryBytes, () => bundleInRounds(dir, manifest.entry, links, limits)))
    const wrapped = wrapBundle(manifest.entry, code, map, async, links)
    if (wrapped.code.length > limits.outputBytes) throw invalid(reason('bundle-too-large', { limit: limits.outputBytes, found: wrapped.code.length }))
    return { manifest, ...wrapped, builtins: builtinsOf(metafile), async }
  } catch (error) {
    if (error instanceof EsbuildMemoryError) throw new BuildError('plugin-invalid', reason('bundle-memory', { limit: limits.memoryBytes }), { cause: error })
    if (error instanceof EsbuildDiedError) throw new BuildError('plugin-invalid', reason('bundle-broken'), { cause: error, lasting: false }) // not for ever: a system short of memory ends it too
    throw error
  }
}

/** esbuild may die of the system once; when it dies again it is the code that brings it down. */
async function twice<T> (work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof EsbuildDiedError)) throw error
    return await work()
  }
}

interface Round { readonly metafile: Metafile, readonly code: string, readonly map: string, readonly async: boolean }

async function bundleInRounds (dir: string, entry: string, links: PackageLinks, limits: BundleLimits): Promise<Round> {
  const broken = new Map<string, BrokenFile>()
  const knowledge: Knowledge = { broken, packages: new Set(), leftOut: new Set(), resolved: new Map() }
  let async = false
  let contexts = false
  for (let round = 1; round <= ROUNDS; round++) {
    knowledge.leftOut.clear()
    const result = await build(buildOptions(dir, entry, links, { async, contexts }, limits, knowledge)).catch(asFailure)
    if ('failed' in result) {
      async = learn(dir, result.failed, entry, async, broken)
    } else if (![...knowledge.leftOut].some((path) => !isLeftOut(path, knowledge))) {
      checkStaticImports(result.metafile, entry, broken)
      const { code, map } = texts(result.outputFiles)
      if (!contexts && !async && keepsContexts(result.metafile, code)) {
        contexts = true
        continue
      }
      return { metafile: result.metafile, code, map: broken.size === 0 ? map : withOriginals(dir, map, broken), async }
    }
  }
  throw invalid(reason('tangled'), [...broken.values()].map(({ text }) => text))
}

function buildOptions (dir: string, entry: string, links: PackageLinks, { async, contexts }: { async: boolean, contexts: boolean }, limits: BundleLimits, knowledge: Knowledge) {
  const main = JSON.stringify(`./${entry}`)
  return {
    absWorkingDir: dir,
    entryPoints: ['plugin'], // a name of ours: package-modules.ts leads it to the entry
    outdir: dir,
    write: false,
    bundle: true,
    platform: 'node',
    // Scripts only: esbuild knows top-level await in ES modules alone, whose imports and exports are then of our own making.
    format: async ? 'esm' : 'cjs',
    target: 'node26',
    // The conditions and fields that Node itself reads, and its extensions.
    conditions: [],
    mainFields: ['main'],
    resolveExtensions: ['.js', '.json', '.node'],
    nodePaths: [],
    tsconfigRaw: '{}',
    // A native import() would fail in the isolate; require() reaches the builtins there.
    supported: { 'dynamic-import': false, ...(contexts ? { 'async-await': false, 'async-generator': false, 'for-await': false } : {}) },
    define: { 'import.meta': 'vivariumMeta' },
    sourcemap: 'external',
    sourcesContent: true,
    metafile: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    logLimit: 0,
    plugins: [packageModules({
      dir,
      entry,
      limits,
      links,
      knowledge,
      wrapBuiltins: async,
      // A module of its own keeps a "use strict" of the entry from reaching its dependencies.
      entryCode: async ? `import * as plugin from ${main}\nvivariumExports(plugin)` : `module.exports = require(${main})`
    })]
  } satisfies BuildOptions
}

function asFailure (error: unknown): { failed: Message[] } {
  if (error instanceof Error && 'errors' in error && Array.isArray(error.errors)) return { failed: error.errors }
  throw error
}

/** Notes what a failed round teaches, and answers whether the next one is asynchronous. Throws when there is no next one. */
function learn (dir: string, errors: readonly Message[], entry: string, async: boolean, broken: Map<string, BrokenFile>): boolean {
  const refusal = errors.map((error) => (error.detail as Refusal | undefined)?.refusal).find((found) => found !== undefined)
  if (refusal !== undefined) throw invalid(refusal)
  const awaits = errors.filter((error) => error.text.startsWith('Top-level await is currently not supported'))
  const known = broken.size
  for (const error of errors) {
    const file = error.location?.file
    if (file === undefined || awaits.includes(error)) continue
    const fault = toBrokenFile(dir, error)
    if (file === entry || file.startsWith('vivarium-')) throw invalid(reason('code', { text: fault.text }), undefined, fault.where)
    if (!broken.has(file)) broken.set(file, fault)
  }
  if (broken.size === known && (async || awaits.length === 0)) throw invalid(reason('code', { text: toBrokenFile(dir, errors[0]).text }))
  return async || awaits.length > 0
}

/** What Node would find out before it runs the first line: modules that the entry imports statically and that are not there. */
function checkStaticImports (metafile: Metafile, entry: string, broken: ReadonlyMap<string, BrokenFile>): void {
  const pending = [entry]
  const seen = new Set(pending)
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const found of metafile.inputs[file]?.imports ?? []) {
      if (found.kind !== 'import-statement' || found.external || seen.has(found.path)) continue
      if (found.path.startsWith(`${MODULES.missingImport}:`)) throw invalid(reason('missing-module', { module: clip(found.original ?? ''), file }))
      const problem = broken.get(found.path)
      if (problem !== undefined) throw invalid(reason('code', { text: problem.text }), undefined, problem.where)
      seen.add(found.path)
      pending.push(found.path)
    }
  }
}

function texts (files: readonly OutputFile[]): { code: string, map: string } {
  const text = (end: string): string => files.find((file) => file.path.endsWith(end))?.text ?? ''
  return { code: text('.js'), map: text('.js.map') }
}

/**
 * Whether the code asks for the store of an AsyncLocalStorage. V8 keeps none across an `await` that the sandbox could follow: such a package is
 * bundled with generators over promises in place of async functions. Not together with top-level await, which has no such form.
 */
function keepsContexts (metafile: Metafile, code: string): boolean {
  return builtinsOf(metafile).includes('async_hooks') && code.includes('AsyncLocalStorage')
}

function builtinsOf (metafile: Metafile): string[] {
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const builtins = imports.filter((found) => found.external && found.kind !== 'require-resolve' && isBuiltin(found.path))
  return [...new Set(builtins.map((found) => found.path.replace(/^node:/, '')))].sort()
}
