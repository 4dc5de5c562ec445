/** `console`, written to the run's log: log and debug as debug, info as info, warn as warning, error and failed assertions as error. */
import type { GuestLogType } from '../protocol.ts'
import { lazily } from './globals/lazily.ts'
import { debugging } from './job.ts'
import { writeLine } from './log.ts'
import { parts } from './parts.ts'
import { define, now, SafeMap } from './primordials.ts'
import { printable } from './printable.ts'
import { withoutOurFrames } from './stack.ts'

const MAX_CHARS = 16_384
let indent = ''
const counts = new SafeMap<string, number>()
const timers = new SafeMap<string, number>()

function write (type: GuestLogType, args: readonly unknown[]): void {
  if (type === 'debug' && !debugging()) return
  writeLine(type, indent + format(args))
}

function format (args: readonly unknown[]): string {
  const first = args[0]
  if (args.length === 0) return ''
  if (args.length === 1 && typeof first === 'string') return first
  try {
    return parts.inspect().formatWithOptions({ maxStringLength: MAX_CHARS }, ...args)
  } catch { // a Proxy or a getter that throws
    return printable(args, MAX_CHARS) ?? ''
  }
}

function tryText (value: unknown): string {
  try {
    return `${value as string}` // whatever it is, a template makes it a string or throws
  } catch {
    return 'default'
  }
}

function elapsed (label: unknown, args: readonly unknown[]): boolean {
  const name = tryText(label)
  const started = timers.get(name)
  if (started === undefined) return false
  write('debug', [`${name}: ${now() - started}ms`, ...args])
  return true
}

const methods: Readonly<Record<string, (...args: unknown[]) => void>> = {
  log: (...args) => write('debug', args),
  debug: (...args) => write('debug', args),
  info: (...args) => write('info', args),
  warn: (...args) => write('warning', args),
  error: (...args) => write('error', args),
  trace: (...args) => write('debug', [`Trace: ${format(args)}${callers()}`]),
  dir: (value, options) => write('debug', [parts.inspect().inspect(value, { customInspect: false, ...(isRow(options) ? options : {}) })]),
  dirxml: (...args) => write('debug', args),
  table: (rows, columns) => write('debug', [table(rows, columns)]),
  assert: (condition, ...args) => { if (!condition) write('error', args.length === 0 ? ['Assertion failed'] : ['Assertion failed:', ...args]) },
  count: (label = 'default') => {
    const name = tryText(label)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    write('debug', [`${name}: ${count}`])
  },
  countReset: (label = 'default') => { counts.delete(tryText(label)) },
  time: (label = 'default') => { timers.set(tryText(label), now()) },
  timeLog: (label = 'default', ...args) => { elapsed(label, args) },
  timeEnd: (label = 'default') => { if (elapsed(label, [])) timers.delete(tryText(label)) },
  group: (...args) => {
    if (args.length > 0) write('debug', args)
    if (indent.length < 40) indent += '  '
  },
  groupCollapsed: (...args) => methods['group']?.(...args),
  groupEnd: () => { indent = indent.slice(2) },
  clear: () => {},
  profile: () => {},
  profileEnd: () => {},
  timeStamp: () => {}
}

/** The frames of the plugin that lead here. */
function callers (): string {
  const stack = withoutOurFrames(new Error('trace').stack ?? '')
  return stack.slice(stack.indexOf('\n') < 0 ? stack.length : stack.indexOf('\n'))
}

/** Lines of `key: cells`, the columns lined up. */
function table (rows: unknown, wanted: unknown): string {
  if (typeof rows !== 'object' || rows === null) return format([rows])
  const entries = Object.entries(rows).slice(0, 200)
  const columns = Array.isArray(wanted) ? wanted.map(String) : [...new Set(entries.flatMap(([, row]) => isRow(row) ? Object.keys(row) : []))].slice(0, 30)
  const lines = [['(index)', ...columns], ...entries.map(([key, row]) => [key, ...columns.map(column => cell(row, column)), ...(isRow(row) ? [] : [format([row])])])]
  const widths = lines.reduce<number[]>((all, line) => line.map((text, i) => Math.max(all[i] ?? 0, text.length)), [])
  return lines.map(line => line.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' │ ').trimEnd()).join('\n')
}

function isRow (row: unknown): row is Record<string, unknown> {
  return typeof row === 'object' && row !== null
}

function cell (row: unknown, column: string): string {
  return isRow(row) && Object.hasOwn(row, column) ? format(['%o', row[column]]) : ''
}

/** Never throws: what goes wrong while a line is made is not the plugin's business. */
export function createConsole (): object {
  const made = {}
  for (const name of Object.keys(methods)) {
    const method = methods[name]
    define(made, name, (...args: unknown[]) => {
      try {
        method?.(...args)
      } catch {}
    }, true)
  }
  lazily(made, 'Console', () => parts.consoleClass().Console, true)
  define(made, Symbol.toStringTag, 'console')
  return made
}
