/** From a stack of the bundle to the plugin's own files. The stack is the plugin's text: it may say anything. */
import { SourceMap, type SourceMapPayload } from 'node:module'
import { codeFrame } from '../cache/code-frame.ts'
import { cleanText, cutText } from './clean-text.ts'

export interface PositionOptions {
  /** File name of the bundle's script in a stack: `/plugin/<entry>`. */
  readonly script: string
  /** The bundle's source map; its `sources` are relative to the package. Without it positions are those of the bundle. */
  readonly sourceMap?: string | Sources
}

export interface SourcePosition {
  /** `file:line:column` of the innermost frame that lies in the plugin's own files; if there is none, in its dependencies. */
  readonly position?: string
  /** The stack in the plugin's files, without frames of the platform. */
  readonly stack: string
  /** Up to three lines of source around the position, numbered, with a caret. */
  readonly frame?: string
}

const STACK_CHARS = 65_536
const STACK_LINES = 100
const STACK_BYTES = 16_384
const MAP_CHARS = 16_777_216
/** Where a plugin believes that it lies. */
const PACKAGE = '/plugin/'
/** File names of the platform's own guest code. */
const OURS = 'vivarium:'

interface Frame { readonly call: string, readonly file: string, readonly line: number, readonly column: number }
/** A source map that has been read. */
export class Sources {
  readonly map: SourceMap
  readonly #names: readonly unknown[]
  readonly #contents: readonly unknown[]
  readonly #lines = new Map<unknown, readonly string[] | undefined>()

  constructor (payload: SourceMapPayload) {
    const { sources, sourcesContent = [] } = payload
    if (!Array.isArray(sources) || !Array.isArray(sourcesContent)) throw new TypeError('a source map has lists of its sources')
    this.map = new SourceMap(payload)
    this.#names = sources
    this.#contents = sourcesContent
  }

  /** Of a source, split once: a stack leads to the same files again and again. */
  lines (name: unknown): readonly string[] | undefined {
    if (this.#lines.has(name)) return this.#lines.get(name)
    const content = this.#contents[this.#names.indexOf(name)]
    const lines = typeof content === 'string' ? content.split('\n') : undefined
    this.#lines.set(name, lines)
    return lines
  }
}
interface Place { readonly file: string, readonly line: number, readonly column: number, readonly mapped: boolean, readonly lines?: readonly string[] }

/** Never throws. Linear in the length of the stack, of which at most 64 Ki characters and 100 lines are read. */
export function locate (stack: string, options: PositionOptions): SourcePosition {
  const sources = typeof options.sourceMap === 'string' ? readSourceMap(options.sourceMap) : options.sourceMap
  const lines: (string | { readonly call: string, readonly place: Place })[] = []
  for (const line of stack.slice(0, STACK_CHARS).split('\n', STACK_LINES)) {
    const frame = parseFrame(line)
    if (frame === undefined) {
      if (!isNamelessFrame(line)) lines.push(line)
      continue
    }
    if (!frame.file.startsWith(PACKAGE)) continue // the platform's, or no file of the plugin
    const place = frame.file === options.script ? original(frame, sources) : ownPlace(frame)
    lines.push({ call: frame.call.replace(/\b(exports|module)\d+\./, '$1.'), place })
  }
  const places = lines.flatMap(line => typeof line === 'string' ? [] : [line.place])
  // What the bundler wrote has no place in the plugin: it is shown only when nothing else is known.
  const known = places.filter(place => place.mapped && !place.file.startsWith('vivarium-'))
  const shown = known.length > 0 ? known : places
  const text = cutText(cleanText(lines.flatMap(line => textOf(line, shown)).join('\n')), STACK_BYTES)
  const place = shown.find(({ file }) => !file.includes('node_modules/')) ?? shown[0]
  if (place === undefined) return { stack: text }
  const frame = place.lines === undefined ? undefined : codeFrame(place.lines, place.line, place.column)
  return { position: cleanText(show(place)), stack: text, ...(frame === undefined ? {} : { frame: cleanText(frame) }) }
}

function textOf (line: string | { readonly call: string, readonly place: Place }, shown: readonly Place[]): string[] {
  if (typeof line === 'string') return [line]
  const { call, place } = line
  if (!shown.includes(place)) return []
  return [call === '' ? `    at ${show(place)}` : `    at ${call} (${show(place)})`]
}

/** V8's frames: `at call (file:line:column)` or `at file:line:column`. Undefined: the line is none. */
function parseFrame (line: string): Frame | undefined {
  const text = line.trim()
  if (!text.startsWith('at ')) return
  const open = text.endsWith(')') ? text.lastIndexOf(' (') : -1
  const call = open === -1 ? '' : text.slice(3, open)
  const where = open === -1 ? text.slice(text.startsWith('at async ') ? 9 : 3) : text.slice(open + 2, -1)
  const columnAt = where.lastIndexOf(':')
  const lineAt = where.lastIndexOf(':', columnAt - 1)
  if (lineAt < 1) return
  const position = { line: toCount(where.slice(lineAt + 1, columnAt)), column: toCount(where.slice(columnAt + 1)) }
  if (position.line === undefined || position.column === undefined) return
  return { call, file: where.slice(0, lineAt), line: position.line, column: position.column }
}

/** `at Array.map (<anonymous>)`, `at native`: they tell nothing. */
function isNamelessFrame (line: string): boolean {
  const text = line.trim()
  return text.startsWith('at ') && (text.endsWith('(<anonymous>)') || text.endsWith('(native)') || text.includes(OURS))
}

function toCount (text: string): number | undefined {
  if (text.length === 0 || text.length > 9) return
  const value = Number(text)
  return Number.isInteger(value) && value >= 1 ? value : undefined
}

function original ({ file, line, column }: Frame, sources: Sources | undefined): Place {
  // The entries of a source map count from 0, stacks from 1.
  const entry = sources?.map.findEntry(line - 1, column - 1)
  if (sources === undefined || entry === undefined || !('originalSource' in entry) || typeof entry.originalSource !== 'string') {
    return { file: withoutFolder(file), line, column, mapped: false }
  }
  const lines = sources.lines(entry.originalSource)
  return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1, mapped: true, ...(lines === undefined ? {} : { lines }) }
}

/** Undefined when it cannot be read, or is too large. It takes some 10 ms per MB. */
export function readSourceMap (json: string): Sources | undefined {
  if (json.length > MAP_CHARS) return
  try {
    return new Sources(JSON.parse(json) as SourceMapPayload) // checked there
  } catch {
    return undefined // without a readable map the bundle's own positions remain
  }
}

/** Of a file that was loaded beside the bundle (sandbox/guest/require.ts). */
function ownPlace ({ file, line, column }: Frame): Place {
  return { file: withoutFolder(file), line, column, mapped: true }
}

function withoutFolder (file: string): string {
  return file.startsWith(PACKAGE) ? file.slice(PACKAGE.length) : file
}

function show ({ file, line, column }: Place): string {
  return `${file.slice(0, 500)}:${line}:${column}`
}
