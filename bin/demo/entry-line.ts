/** One entry of a log as text. */
import { stripVTControlCharacters, styleText } from 'node:util'
import type { LogEntry } from '../../store/types.ts'

type Style = Parameters<typeof styleText>[0]

const marks: Readonly<Record<LogEntry['type'], readonly [string, Style]>> = {
  step: ['▸', 'bold'],
  info: [' ', 'reset'],
  warning: ['!', 'yellow'],
  error: ['✗', 'red'],
  debug: ['·', 'gray'],
  task: ['▪', 'cyan']
}

/** One entry as a line; further lines of its text are set below the first. */
export function entryLine (source: string, { type, msg }: Pick<LogEntry, 'type' | 'msg'>, sourceWidth: number): string {
  const [mark, style] = marks[type]
  const lines = printable(msg).split('\n')
  const margin = `\n${' '.repeat(sourceWidth)} │   `
  return `${paint('gray', `${source.padEnd(sourceWidth)} │`)} ${paint(style, `${mark} ${lines.join(margin)}`)}\n`
}

/** Colours in a terminal, unless NO_COLOR is set. */
export function paint (style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** What a plugin wrote, without codes that would move the cursor or change colours. */
function printable (text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, ' ')
}
