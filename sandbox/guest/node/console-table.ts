/** The box that `console.table` draws. */
import { parts } from '../parts.ts'

const INDEX = '(index)'
const VALUES = 'Values'

export function table (rows: object, wanted?: readonly string[]): string {
  const show = (value: unknown): string => parts.inspect().inspect(value, { depth: typeof value === 'object' && value !== null ? -1 : 0, maxArrayLength: 3, breakLength: Infinity })
  const entries: [string, unknown][] = rows instanceof Map ? [...rows].map(([, value], i) => [`${i}`, value]) : rows instanceof Set ? [...rows].map((value, i) => [`${i}`, value]) : Object.entries(rows)
  const isRow = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
  const columns = wanted ?? [...new Set(entries.flatMap(([, row]) => isRow(row) ? Object.keys(row) : []))]
  const hasValues = entries.some(([, row]) => !isRow(row))
  const head = [INDEX, ...columns, ...(hasValues ? [VALUES] : [])]
  const body = entries.map(([key, row]) => [key, ...columns.map(column => isRow(row) && Object.hasOwn(row, column) ? show(row[column]) : ''), ...(hasValues ? [isRow(row) ? '' : show(row)] : [])])
  return draw(head, body)
}

function draw (head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(width(title), ...body.map(row => width(row[i] ?? ''))) + 2)
  const line = (row: readonly string[]): string => `\u2502${row.map((cell, i) => ` ${cell}${' '.repeat((widths[i] ?? 0) - width(cell) - 1)}`).join('\u2502')}\u2502`
  const rule = (left: string, middle: string, right: string): string => left + widths.map(count => '\u2500'.repeat(count)).join(middle) + right
  return [rule('\u250c', '\u252c', '\u2510'), line(head), rule('\u251c', '\u253c', '\u2524'), ...body.map(line), rule('\u2514', '\u2534', '\u2518')].join('\n')
}

function width (text: string): number {
  return [...text].length
}
