/** Small readers that the kinds of configuration values need. */
import { isIPv6 } from 'node:net'

export function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // the caller says what was wanted
  }
}

/** Undefined when the text is not the JSON of an object. */
export function parseJsonObject (text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined // the caller says what was wanted
  }
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A host name, an IPv4 address, or an IPv6 address in brackets. */
export function isHost (text: string): boolean {
  if (text.startsWith('[')) return text.endsWith(']') && isIPv6(text.slice(1, -1))
  return text.length <= 253 && text.split('.').every(label => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
}
