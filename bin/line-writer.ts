/** The service's own log for a person in a terminal: one line for an entry, its fields behind the message, a stack below. */
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const levels: Readonly<Record<number, readonly [string, Style]>> = {
  10: ['trace', 'gray'],
  20: ['debug', 'gray'],
  30: ['info', 'green'],
  40: ['warn', 'yellow'],
  50: ['error', 'red'],
  60: ['fatal', 'red']
}

/** A destination for pino that writes text lines to `out`. What is no JSON line goes through as it is. */
export function lineWriter (out: NodeJS.WritableStream): { write(line: string): void } {
  return { write: line => { out.write(readable(line)) } }
}

function readable (line: string): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) // pino writes one object a line
  } catch {
    return line
  }
  const { level, time, pid: _pid, hostname: _hostname, msg, err, ...fields } = entry
  const [name, style] = levels[Number(level)] ?? [String(level), 'gray']
  const details = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ')
  const head = `${styleText('gray', new Date(Number(time)).toTimeString().slice(0, 8))} ${styleText(style, name.padEnd(5))} ${String(msg ?? '')}`
  return `${head}${details === '' ? '' : ` ${styleText('gray', details)}`}\n${stackOf(err)}`
}

function stackOf (error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return ''
  return `${styleText('gray', String(error.stack))}\n`
}
