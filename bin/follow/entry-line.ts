/** One entry of a log as text. */
import { stripVTControlCharacters, styleText } from 'node:util'
import type { LogEntry } from '../../store/types.ts'

/** Longest JSON that is not spread over lines. */
const oneLine = 120

type Style = Parameters<typeof styleText>[0]

const marks: Readonly<Record<LogEntry['type'], readonly [string, Style]>> = {
  step: ['▸', 'bold'],
  info: [' ', 'reset'],
  warning: ['!', 'yellow'],
  error: ['✗', 'red'],
  debug: ['·', 'gray'],
  task: ['▪', 'cyan']
}

/** One entry as a line; further lines of its text, and of its extra if there is one, are set below the first. `sourceWidth` 0: it names no source. */
export function entryLine (source: string, { type, msg, extra }: Pick<LogEntry, 'type' | 'msg' | 'extra'>, sourceWidth: number): string {
  const [mark, style] = marks[type]
  const margin = `${gutter('', sourceWidth)}   `
  const text = paint(style, `${mark} ${printable(msg).split('\n').join(`\n${margin}`)}`)
  const below = extra === undefined || extra === '' ? '' : extraText(extra).split('\n').map(line => `${margin}${paint('gray', line)}\n`).join('')
  return `${gutter(source, sourceWidth)} ${text}\n${below}`
}

export function gutter (source: string, sourceWidth: number): string {
  return sourceWidth === 0 ? '' : paint('gray', `${source.padEnd(sourceWidth)} │`)
}

/** A text as it is, an error as its stack, anything else as JSON. */
function extraText (extra: unknown): string {
  if (typeof extra === 'string') return printable(extra)
  if (typeof extra === 'object' && extra !== null && 'stack' in extra && typeof extra.stack === 'string') return printable(extra.stack)
  const line = JSON.stringify(extra)
  return printable(line.length <= oneLine ? line : JSON.stringify(extra, null, 2))
}

/** Colours in a terminal, unless NO_COLOR is set. */
export function paint (style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** What a plugin wrote, without codes that would move the cursor or change colours. */
function printable (text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, ' ')
}
