/** How large a value would be as JSON, without making the text: a result of 100 MB must not become 200. */
import { getOwnPropertyDescriptor, hasOwn, isArray, isView, min, ownKeys, viewByteLength } from './primordials.ts'

const MAX_DEPTH = 200

/**
 * UTF-16 units of the JSON text, at least (escapes and accessors are not counted). Stops counting soon after `cap`.
 * Undefined for what cannot be JSON: too deep or cyclic, or a Proxy that throws.
 */
export function jsonSize (value: unknown, cap: number): number | undefined {
  try {
    return count(value, cap, 0)
  } catch {
    return undefined
  }
}

function count (value: unknown, cap: number, depth: number): number {
  switch (typeof value) {
    case 'string': return value.length + 2
    case 'number': return 1
    case 'boolean': return 4
    case 'object': return value === null ? 4 : countObject(value, cap, depth)
    default: return 0
  }
}

function countObject (value: object, cap: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new RangeError('too deep')
  if (isView(value)) return viewByteLength(value) * 4
  return isArray(value) ? countArray(value, cap, depth) : countFields(value, cap, depth)
}

function countArray (value: readonly unknown[], cap: number, depth: number): number {
  // holes count as well: an array may have four thousand million of them
  let size = 2 + min(value.length, cap + 1)
  for (let i = 0; i < value.length && size <= cap; i++) size += countProperty(value, i, cap - size, depth)
  return size
}

function countFields (value: object, cap: number, depth: number): number {
  const keys = ownKeys(value)
  let size = 2
  for (let i = 0; i < keys.length && size <= cap; i++) {
    const key = keys[i]
    if (typeof key === 'string') size += key.length + 4 + countProperty(value, key, cap - size, depth)
  }
  return size
}

function countProperty (value: object, key: PropertyKey, cap: number, depth: number): number {
  const descriptor = getOwnPropertyDescriptor(value, key)
  if (descriptor === undefined || descriptor.enumerable !== true || !hasOwn(descriptor, 'value')) return 0
  return count(descriptor.value, cap, depth + 1)
}
