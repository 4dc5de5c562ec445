/**
 * The guest's code as one script, and the V8 snapshot of it. Both are made in a trusted process, never in one that has run a plugin.
 *
 * Facts about snapshots (sandbox.md 0.3 and 2): hardening belongs to a context's birth, since V8 installs some globals anew then; deleting Atomics or
 * freezing JSON, Math, Reflect and Promise inside the snapshot aborts the process; a snapshot is good only for the V8 and flags it was made with.
 * V8's newest functions (Error.isError, Promise.try, Uint8Array.fromBase64 and toBase64, Temporal…) do not exist yet while a snapshot is made: the
 * guest must not capture them at its top level, and a library must not decide at load that they are missing.
 */
import { createHash } from 'node:crypto'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import ivm from 'isolated-vm'
import { warmUpScript } from './warm-up.ts'
import type { Part } from './guest/parts.ts'

const PRELUDE_FILE = 'vivarium:prelude'

/**
 * Parts that are evaluated in the snapshot: each makes every context slower to open, and its own first use faster. Measured (bench/guest-open.ts,
 * ms, medians): nothing warm opens in 2.9 and has its first axios request after 1.9; with axios 3.0 and 1.4; with all nine parts 4.0 and 1.3. The bytecode
 * that warm-up.ts leaves does most of the work: without it the first request of a lazy axios took 5.1, with all parts evaluated 3.2.
 */
export const WARM: readonly Part[] = ['axios']

export interface Prelude {
  readonly code: string
  /** Changes with the code and with the V8 that runs it. */
  readonly key: string
}

/** Throws esbuild's BuildFailure: a fault of ours. `warm` is for measuring. */
export async function buildPrelude (options: { readonly warm?: readonly Part[] } = {}): Promise<Prelude> {
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
    define: facts(options.warm ?? WARM),
    plugins: [withoutNetworkAdapters]
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild wrote no prelude')
  const code = `'use strict';${file.text}`
  return { code, key: createHash('sha256').update(code).update(warmUpScript).update(process.versions.v8).digest('hex') }
}

/** Takes about 50 ms. Throws what the prelude throws while it is evaluated: a fault of ours. */
export function makeSnapshot (code: string): ArrayBuffer {
  return ivm.Isolate.createSnapshot([{ code, filename: PRELUDE_FILE }], warmUpScript).copy()
}

/** What the guest tells plugins about the Node it stands for: the one that builds it. */
function facts (warm: readonly Part[]): Record<string, string> {
  const { node, v8, modules } = process.versions
  return {
    VIVARIUM_WARM: JSON.stringify(warm),
    VIVARIUM_NODE: JSON.stringify({ version: process.version, versions: { node, v8, modules }, arch: process.arch }),
    VIVARIUM_BUILTINS: JSON.stringify(builtinModules)
  }
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
