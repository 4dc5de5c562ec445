/** What a package says of itself: name, version, entry, schema. Runs in a build worker; every file is a stranger's. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { BuildError } from './build-tasks.ts'
import type { SourcePlace } from './code-frame.ts'
import { boundPassed, JSON_DEPTH, JSON_VALUES } from './json-bounds.ts'
import { reason, type Reason } from './reasons.ts'

export interface Manifest {
  readonly name: string
  readonly version: string
  /** Relative to the package, with `/`. */
  readonly entry: string
  readonly schema?: Record<string, unknown>
}

/** Throws `BuildError` `plugin-invalid`. `maxBytes`: of package.json, and of the file that holds the schema. */
export function readManifest (dir: string, maxBytes: number): Manifest {
  const manifest = readJson(dir, 'package.json', maxBytes)
  if (manifest === undefined) throw invalid(reason('no-manifest'))
  const { name, version, main } = manifest
  if (typeof name !== 'string' || name === '') throw invalid(reason('no-name'))
  return {
    name,
    version: typeof version === 'string' && version !== '' ? version : '0.0.0',
    entry: entryOf(dir, typeof main === 'string' && main !== '' ? main : 'index.js'),
    schema: schemaOf(dir, maxBytes)
  }
}

/** As Node resolves `main`: the file itself, with an extension, or the index of a folder. */
function entryOf (dir: string, main: string): string {
  const target = resolve(dir, main)
  if (!isInside(dir, target)) throw outside(main)
  const path = [target, `${target}.js`, `${target}.json`, join(target, 'index.js'), join(target, 'index.json')].find(isFile)
  if (path === undefined) throw invalid(reason('missing-entry', { path: relative(dir, target) || '.' }))
  if (!isInside(realpathSync(dir), realpathSync(path))) throw outside(main)
  return relative(dir, path).split(sep).join('/')
}

/** Where a configuration's schema may be; the second place is that of plugins installed by older versions of data-fair. */
function schemaOf (dir: string, maxBytes: number): Record<string, unknown> | undefined {
  const own = readJson(dir, 'processing-config-schema.json', maxBytes)
  if (own !== undefined) return own
  const inner = readJson(dir, 'plugin.json', maxBytes)?.processingConfigSchema
  if (inner === undefined || inner === null) return undefined
  if (!isObject(inner)) throw invalid(reason('schema-not-object'))
  return inner
}

function readJson (dir: string, file: string, maxBytes: number): Record<string, unknown> | undefined {
  const path = join(dir, file)
  if (!isFile(path)) return undefined
  const bytes = statSync(path).size
  if (bytes > maxBytes) throw invalid(reason('file-too-large', { file, limit: maxBytes, found: bytes }))
  const value = parse(file, readFileSync(path, 'utf8'))
  if (!isObject(value)) throw invalid(reason('file-not-object', { file }))
  checkBounds(file, value)
  return value
}

function checkBounds (file: string, value: object): void {
  const passed = boundPassed(value)
  if (passed === 'depth') throw invalid(reason('file-too-deep', { file, limit: JSON_DEPTH }))
  if (passed === 'values') throw invalid(reason('file-too-many-values', { file, limit: JSON_VALUES }))
}

function parse (file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw invalid(reason('file-not-json', { file, text: (cause as SyntaxError).message }), cause)
  }
}

export function isInside (dir: string, path: string): boolean {
  return path === dir || path.startsWith(dir.endsWith(sep) ? dir : dir + sep)
}

export function invalid (why: Reason, cause?: unknown, where?: SourcePlace): BuildError {
  return new BuildError('plugin-invalid', why, { cause, where })
}

function outside (main: string): BuildError {
  return invalid(reason('main-outside', { main }))
}

export function isFile (path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
