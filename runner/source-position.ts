/** From a stack of the bundle to the plugin's own files. The stack is the plugin's text: it may say anything. */
import { SourceMap, type SourceMapPayload } from 'node:module'
import { cleanText, cutText } from './clean-text.ts'

export interface PositionOptions {
  /** File name of the bundle's script in a stack: `/plugin/<entry>`. */
  readonly script: string
  /** The bundle's source map (JSON); its `sources` are relative to the package. Without it positions are those of the bundle. */
  readonly sourceMap?: string
}

export interface SourcePosition {
  /** `file:line:column` of the innermost frame that lies in the plugin. */
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
const FRAME_COLUMNS = 120
/** File names of the platform's own guest code. */
const OURS = 'vivarium:'

interface Frame { readonly call: string, readonly file: string, readonly line: number, readonly column: number }
interface Sources { readonly map: SourceMap, readonly names: readonly unknown[], readonly contents: readonly unknown[] }
interface Place { readonly file: string, readonly line: number, readonly column: number, readonly source?: string }

/** Never throws. Linear in the length of the stack, of which at most 64 Ki characters and 100 lines are read. */
export function locate (stack: string, options: PositionOptions): SourcePosition {
  const sources = parseMap(options.sourceMap)
  const lines: string[] = []
  let first: Place | undefined
  for (const line of stack.slice(0, STACK_CHARS).split('\n', STACK_LINES)) {
    const frame = parseFrame(line)
    if (frame === undefined) {
      if (!isNamelessFrame(line)) lines.push(line)
      continue
    }
    if (frame.file !== options.script) continue // the platform's, or no file of the plugin
    const place = original(frame, sources)
    first ??= place
    lines.push(`    at ${frame.call === '' ? '' : `${frame.call} (`}${show(place)}${frame.call === '' ? '' : ')'}`)
  }
  const text = cutText(cleanText(lines.join('\n')), STACK_BYTES)
  if (first === undefined) return { stack: text }
  const code = codeFrame(first)
  return { position: cleanText(show(first)), stack: text, ...(code === undefined ? {} : { frame: code }) }
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
    return { file: withoutFolder(file), line, column }
  }
  const source = sources.contents[sources.names.indexOf(entry.originalSource)]
  return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1, ...(typeof source === 'string' ? { source } : {}) }
}

function parseMap (json: string | undefined): Sources | undefined {
  if (json === undefined || json.length > MAP_CHARS) return
  try {
    const payload = JSON.parse(json) as SourceMapPayload // SourceMap checks it
    const { sources: names, sourcesContent: contents = [] } = payload
    return Array.isArray(names) && Array.isArray(contents) ? { map: new SourceMap(payload), names, contents } : undefined
  } catch {
    return undefined // without a readable map the bundle's own positions remain
  }
}

function withoutFolder (file: string): string {
  return file.startsWith('/plugin/') ? file.slice('/plugin/'.length) : file
}

function show ({ file, line, column }: Place): string {
  return `${file.slice(0, 500)}:${line}:${column}`
}

function codeFrame ({ source, line, column }: Place): string | undefined {
  if (source === undefined) return
  const all = source.split('\n', line + 1)
  const width = String(line + 1).length
  const from = Math.max(0, column - 1 - FRAME_COLUMNS / 2) // a minified line is shown around the position only
  const rows: string[] = []
  for (let n = Math.max(1, line - 1); n <= Math.min(line + 1, all.length); n++) {
    const text = cleanText((all[n - 1] ?? '').slice(from, from + FRAME_COLUMNS)).replaceAll('\t', ' ')
    rows.push(`${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${text}`.trimEnd())
    if (n === line) rows.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1 - from)}^`)
  }
  return rows.length === 0 ? undefined : rows.join('\n')
}
