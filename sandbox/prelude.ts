/**
 * The guest's code as one script, and the V8 snapshot of it. Both are made in a trusted process, never in one that has run a plugin.
 *
 * Facts about snapshots (sandbox.md 0.3 and 2): hardening belongs to a context's birth, since V8 installs some globals anew then; deleting Atomics or
 * freezing JSON, Math, Reflect and Promise inside the snapshot aborts the process; a snapshot is good only for the V8 and flags it was made with.
 * V8's newest functions (Error.isError, Promise.try, Uint8Array.fromBase64 and toBase64, Temporal…) do not exist yet while a snapshot is made: the
 * guest must not capture them at its top level, and a library must not decide at load that they are missing.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { builtinModules, isBuiltin } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { getSystemErrorMap } from 'node:util'
import { build, type Plugin } from 'esbuild'
import ivm from 'isolated-vm'
import { nodeMembers } from './node-members.ts'
import { warmUpScript } from './warm-up.ts'
import type { Part } from './guest/parts.ts'
import type { SnapshotSize } from './snapshot-size.ts'

const PRELUDE_FILE = 'vivarium:prelude'

/** What is evaluated in a snapshot: parts of the guest (guest/parts.ts) and builtins (guest/node/index.ts). */
export interface Warm { readonly parts: readonly Part[], readonly builtins: readonly string[] }

/**
 * Each makes every context slower to open, and its own first use faster. Measured (bench/guest-open.ts, ms, medians of a busy machine with two
 * cores): core opens in 3.4, files in 4.3, net in 4.9; a first pipeline of streams takes 5.0 in core and 1.3 in files, a first
 * request by axios 1.4 everywhere; fs-extra, form-data and csv load in 21 in core and in 12 in net. The bytecode that warm-up.ts leaves
 * does much of the work: without it the first pipeline in files took 2.6.
 */
export const WARM: Readonly<Record<SnapshotSize, Warm>> = {
  core: { parts: ['axios'], builtins: [] },
  files: { parts: ['axios'], builtins: ['buffer', 'events', 'path', 'util', 'stream', 'fs', 'constants'] },
  net: { parts: ['axios'], builtins: ['buffer', 'events', 'path', 'util', 'stream', 'fs', 'constants', 'crypto', 'http', 'https', 'url'] }
}

export interface Prelude {
  readonly code: string
  /** Played once while the snapshot is made (warm-up.ts). */
  readonly warmUp: string
  /** Changes with the code and with the V8 that runs it. */
  readonly key: string
}

/** Throws esbuild's BuildFailure: a fault of ours. `warm` is for measuring. */
export async function buildPrelude (options: { readonly size?: SnapshotSize, readonly warm?: Warm } = {}): Promise<Prelude> {
  const warm = options.warm ?? WARM[options.size ?? 'core']
  const result = await build({
    entryPoints: [fileURLToPath(new URL('guest/index.ts', import.meta.url))],
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)), // else the script would change with the folder one starts from
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser', // packages' builds without Node builtins
    target: 'esnext',
    charset: 'ascii', // one character above U+00FF would double the script in memory
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
    define: facts(warm),
    plugins: [withoutNetworkAdapters, builtinsOfTheGuest, factsOfNode, patchedPackages]
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild wrote no prelude')
  const code = `'use strict';${file.text}`
  const warmUp = warmUpScript(warm.builtins.includes('stream'))
  return { code, warmUp, key: createHash('sha256').update(code).update(warmUp).update(process.versions.v8).digest('hex') }
}

/** Takes about 50 ms. Throws what the prelude throws while it is evaluated: a fault of ours. */
export function makeSnapshot ({ code, warmUp }: Pick<Prelude, 'code' | 'warmUp'>): ArrayBuffer {
  return ivm.Isolate.createSnapshot([{ code, filename: PRELUDE_FILE }], warmUp).copy()
}

/** What the guest tells plugins about the Node it stands for: the one that builds it. */
function facts (warm: Warm): Record<string, string> {
  const { node, v8, modules } = process.versions
  return {
    VIVARIUM_WARM: JSON.stringify(warm),
    VIVARIUM_NODE: JSON.stringify({ version: process.version, versions: { node, v8, modules }, arch: process.arch }),
    VIVARIUM_BUILTINS: JSON.stringify(builtinModules)
  }
}

const guestNode = fileURLToPath(new URL('guest/node/', import.meta.url))

/** A package that requires a builtin of Node gets the guest's (guest/node/<name>.ts), as a plugin does. */
const builtinsOfTheGuest: Plugin = {
  name: 'builtins-of-the-guest',
  setup (builder) {
    builder.onResolve({ filter: /^(node:)?[a-z_0-9]+(\/[a-z]*)?$/ }, ({ path: request, importer }) => {
      const name = request.replace('node:', '').replace(/\/$/, '')
      const isOurs = importer.includes('node_modules') && isBuiltin(name) && existsSync(path.join(guestNode, fileOf(name)))
      return isOurs ? { path: name, namespace: 'builtin' } : undefined
    })
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => ({ contents: `module.exports = require('./${fileOf(name)}').default`, resolveDir: guestNode }))
  }
}

/** What packages do otherwise than Node. Their warnings are no lines of a run's log: they go where Node's own go, or nowhere. */
const patchedPackages: Plugin = {
  name: 'patched-packages',
  setup (builder) {
    const replaced = (filter: RegExp, from: RegExp, to: string): void => {
      builder.onLoad({ filter }, async ({ path: file }) => ({ contents: (await readFile(file, 'utf8')).replaceAll(from, to) }))
    }
    replaced(/[\\/]unenv[\\/]dist[\\/]runtime[\\/]node[\\/]url\.mjs$/, /console\.warn\(/g, 'void (')
    // as Node 26: one piece at a time, not all that is there as one
    replaced(/[\\/]readable-stream[\\/]lib[\\/]internal[\\/]streams[\\/]readable\.js$/, /if \(state\.flowing && state\.length\)/g, 'if (state.length)')
    replaced(/[\\/]events[\\/]events\.js$/, /if \(console && console\.warn\) console\.warn\(warning\)/g, 'process.emitWarning(warning)')
  }
}

/** More that the guest tells: see guest/node/members.ts. */
const factsOfNode: Plugin = {
  name: 'facts-of-node',
  setup (builder) {
    builder.onResolve({ filter: /^vivarium:node-facts$/ }, ({ path: name }) => ({ path: name, namespace: 'facts' }))
    builder.onLoad({ filter: /.*/, namespace: 'facts' }, () => {
      const systemErrors = Object.fromEntries([...getSystemErrorMap()].map(([errno, [code, message]]) => [code, [errno, message]]))
      const members = Object.fromEntries(Object.entries(nodeMembers()).map(([name, found]) => [name, JSON.stringify(found)]))
      return { contents: `module.exports = ${JSON.stringify({ members, systemErrors: JSON.stringify(systemErrors) })}` }
    })
  }
}

function fileOf (builtin: string): string {
  return `${builtin.replace('/', '-')}.ts`
}

/** axios has adapters for browsers and for Node: the guest has neither, and brings its own (guest/axios-adapter.ts). */
const withoutNetworkAdapters: Plugin = {
  name: 'without-network-adapters',
  setup (builder) {
    builder.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]adapters[\\/](http|xhr|fetch)\.js$/ }, () => ({ contents: 'export default null; export const getFetch = () => null' }))
    // the global would be made, 50 KB of it, only to be looked at
    builder.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]platform[\\/]browser[\\/]classes[\\/]URLSearchParams\.js$/ }, () => ({
      contents: 'export { default } from \'../../../helpers/AxiosURLSearchParams.js\''
    }))
  }
}
