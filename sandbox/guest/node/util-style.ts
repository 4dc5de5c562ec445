/** `util.styleText`. */
import { parts } from '../parts.ts'
import { checkString, invalidArgValue } from './invalid-argument.ts'

/** Text between the escape sequences of its formats: `red`, `bold`, `#ffcc00`… A log shows them as text of their own; nothing here is a terminal. */
export function styleText (format: string | readonly string[], text: string, options: { validateStream?: boolean, stream?: { isTTY?: boolean } } = {}): string {
  checkString('text', text)
  const formats = Array.isArray(format) ? format as readonly string[] : [format as string]
  const pairs = formats.map(codesOf)
  if (options.validateStream !== false && (options.stream ?? process.stdout).isTTY !== true) return text
  return pairs.reduceRight((styled, [open, close]) => `\u001B[${open}m${styled.replaceAll(`\u001B[${close}m`, `\u001B[${close}m\u001B[${open}m`)}\u001B[${close}m`, text)
}

function codesOf (name: string): readonly [number | string, number] {
  if (name === 'none') return [0, 0]
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(name)?.[1]
  if (hex !== undefined) {
    const digits = hex.length === 3 ? [...hex].map(digit => digit + digit) : hex.match(/../g) ?? []
    return [`38;2;${digits.map(pair => parseInt(pair, 16)).join(';')}`, 39]
  }
  const { colors } = parts.inspect().inspect as unknown as { colors: Record<string, readonly [number, number]> } // Node's own table
  const found = Object.hasOwn(colors, name) ? colors[name] : undefined
  if (found === undefined) throw invalidArgValue('format', name, `must be one of: ${Object.keys(colors).map(key => `'${key}'`).join(', ')}`)
  return found
}
