/** A file of a package that cannot be read as code: what is wrong, where, and the module that takes its place. Runs in a build worker. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Message } from 'esbuild'
import { codeFrame, type SourcePlace } from './code-frame.ts'

export interface BrokenFile {
  /** `file:line:column: what is wrong`, one line. */
  readonly text: string
  readonly where?: SourcePlace
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** What esbuild says about a file below `dir`. */
export function toBrokenFile (dir: string, { location, text }: Message): BrokenFile {
  if (location === null) return { text: clip(text), line: 1, column: 1 }
  const { file, line, lineText } = location
  const column = Buffer.from(lineText).subarray(0, location.column).toString().length + 1 // esbuild counts bytes
  const position = `${clip(file)}:${line}:${column}`
  const frame = codeFrame(sourceOf(dir, file).split('\n'), line, column)
  return { text: clip(`${file}:${line}:${column}: ${inOurWords(text)}`), where: { position, ...(frame === undefined ? {} : { frame }) }, line, column }
}

/** What esbuild says of a format that the author has not chosen. */
function inOurWords (text: string): string {
  return text.replace(/^With statements cannot be used with the "esm" output format due to strict mode$/, 'with (…) cannot be used in a plugin of which a module awaits at its top level: its bundle is strict')
}

/** Throws when it is required, as Node would, and from the very place: a stack then shows it. */
export function brokenModule ({ text, line, column }: BrokenFile): string {
  const error = `new SyntaxError(${JSON.stringify(text)})`
  if (line === 1) return `${'var error ='.padEnd(column - 1)}${error}; module.exports = {}; throw error`
  return `${'\n'.repeat(line - 2)}module.exports = {}; var error =\n${' '.repeat(column - 1)}${error}\nthrow error`
}

/** The map of a bundle (JSON text) with the files themselves, not what takes their place. */
export function withOriginals (dir: string, map: string, broken: ReadonlyMap<string, BrokenFile>): string {
  const content = JSON.parse(map) as { sources: string[], sourcesContent: (string | null)[] } // esbuild's own
  content.sources.forEach((file, index) => { if (broken.has(file)) content.sourcesContent[index] = sourceOf(dir, file) })
  return JSON.stringify(content, null, 2)
}

/** Texts of a stranger, for a log line. */
export function clip (text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`
}

function sourceOf (dir: string, file: string): string {
  try {
    return readFileSync(join(dir, file), 'utf8')
  } catch {
    return '' // a module of our own making: there is nothing to show
  }
}
