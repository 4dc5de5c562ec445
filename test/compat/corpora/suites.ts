/** Which packages' own tests are run, and how. The versions are those of package.json here. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Suite {
  readonly name: string
  readonly version: string
  /** What the tests are written with. `assert`: plain scripts. */
  readonly kind: 'tape' | 'mocha' | 'assert'
  /** Name -> path of the script. */
  readonly files: Readonly<Record<string, string>>
  /** Path -> its place beside the bundle. */
  readonly data: Readonly<Record<string, string>>
  /** For how long assertions of plain scripts may come, in milliseconds. */
  readonly waitMs: number
  readonly differs: Differs | undefined
}

/** How the sandbox differs, and a pattern that each result which is not the same has. The test fails when none differs. */
interface Differs { readonly how: string, readonly shows: RegExp }

interface Special {
  readonly kind?: Suite['kind']
  /** Instead of the files that are found. */
  readonly only?: readonly string[]
  /** Files left out, each with the reason. */
  readonly without?: Readonly<Record<string, string>>
  /** Instead of files: a script of `plugin/entries`. */
  readonly entry?: string
  /** Files and folders that the tests read -> where they are found beside the bundle. */
  readonly data?: Readonly<Record<string, string>>
  readonly waitMs?: number
  readonly differs?: Differs
}

const here = fileURLToPath(new URL('.', import.meta.url))
const root = path.join(here, 'node_modules')
/** Needed by the tests of others; they have none that are run (readable-stream, for one, publishes none). */
const HELPERS = new Set([
  'available-regexp-flags', 'chai', 'concat-stream', 'define-properties', 'es5-shim', 'es6-shim', 'event-stream', 'foreach', 'from', 'garbage', 'get-own-property-symbols', 'has', 'has-override-mistake', 'has-typed-arrays', 'hash-test-vectors', 'hasown', 'iconv-lite', 'intl-fallback-symbol', 'isarray', 'make-async-generator-function',
  'object.getownpropertydescriptors', 'process', 'readable-stream', 'reflect.ownkeys', 'safe-buffer', 'semver', 'stream-spec', 'string-to-stream', 'symbol.prototype.description',
  'tape', 'through2', 'well-known-symbols'
])

const UNSHARED: Differs = { how: 'SharedArrayBuffer is not there', shows: /SharedArrayBuffer/ }
const SHIMMED = 'replaces globals by a shim of a whole language version'
const LISTENS = 'listens on a port, which no plugin can'
const UGLY = 'minifies its own functions first'

const SPECIAL: Readonly<Record<string, Special>> = {
  JSONStream: { kind: 'assert', without: { 'test/browser.js': 'is for browsers', 'test/run.js': 'starts processes', 'test/test2.js': 'reads a file above the bundle', 'test/destroy_missing.js': LISTENS, 'test/multiple_objects.js': LISTENS, 'test/multiple_objects_error.js': LISTENS }, data: { 'test/fixtures': 'fixtures' }, waitMs: 4_000 },
  'arraybuffer.prototype.slice': { differs: UNSHARED },
  bl: { only: ['test/test.js'], data: { 'test/test.js': 'test.js' } },
  'deep-equal': { only: ['test/cmp.js'], differs: UNSHARED },
  'des.js': { kind: 'mocha', without: { 'test/fixtures.js': 'holds data' } },
  duplexify: { differs: { how: 'a socket of net cannot be opened', shows: /\(net\)|node:net|stopped by/ } },
  'es-get-iterator': { only: ['test/index.js'] },
  events: { entry: 'events.js' },
  'function.prototype.name': { without: { 'test/uglified.js': UGLY } },
  'hash.js': { kind: 'mocha' },
  'is-array-buffer': { differs: UNSHARED },
  'is-async-function': { without: { 'test/uglified.js': UGLY } },
  'is-generator-function': { without: { 'test/uglified.js': UGLY, 'test/corejs.js': SHIMMED } },
  'is-nan': { without: { 'test/shimmed.js': SHIMMED } },
  'is-shared-array-buffer': { differs: UNSHARED },
  'object.assign': { without: { 'test/ses-compat.js': 'locks the whole realm down' } },
  papaparse: { kind: 'mocha', only: ['tests/test-cases.js'] },
  pend: { kind: 'assert', waitMs: 2_000 },
  'promise.allsettled': { without: { 'test/promise-shimmed.js': SHIMMED } },
  streamsearch: { kind: 'assert' },
  pump: { without: { 'test-node.js': 'reads /dev/random and writes /dev/null, which no run has', 'test-browser.js': 'is for browsers' } },
  'string.prototype.matchall': { without: { 'test/shimmed.js': SHIMMED } },
  url: { kind: 'mocha' }
}

export function suites (): Suite[] {
  const { dependencies } = manifestOf(here)
  return Object.keys(dependencies ?? {}).filter(name => !HELPERS.has(name)).map(name => {
    const { kind = 'tape', only, without = {}, entry, data = {}, waitMs = 1_000, differs } = SPECIAL[name] ?? {}
    const folder = path.join(root, name)
    const found = only ?? testFilesOf(folder).filter(file => !(file in without))
    const files = entry === undefined ? Object.fromEntries(found.map(file => [file, path.join(folder, file)])) : { [entry]: path.join(here, 'plugin/entries', entry) }
    return { name, version: manifestOf(folder).version ?? '', kind, files, data: Object.fromEntries(Object.entries(data).map(([file, place]) => [path.join(folder, file), place])), waitMs, differs }
  })
}

/** `test.js` and `tests.js`, and the scripts that lie in `test` and `tests`. */
function testFilesOf (folder: string): string[] {
  const entries = readdirSync(folder)
  const below = entries.filter(name => name === 'test' || name === 'tests').flatMap(name => readdirSync(path.join(folder, name)).map(file => `${name}/${file}`))
  return [...entries.filter(name => /^tests?\.js$/.test(name)), ...below.filter(file => file.endsWith('.js'))].sort()
}

function manifestOf (folder: string): { readonly version?: string, readonly dependencies?: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version?: string, dependencies?: Record<string, string> } // npm wrote it
}
