/**
 * Between the contract's documents and those of the database. What BSON can hold is stored as it is, as data-fair/processings stores it.
 * What it cannot hold, or what a server could take for an operator or a path, is stored as JSON text in its place: `{ "~json": "…" }`.
 * Pure.
 */
import { StoreError } from '../types.ts'

const JSON_KEY = '~json'
/** A server refuses documents nested deeper than 100. */
const MAX_DEPTH = 60

/** A value of JSON as the database can hold it. Like JSON, it drops undefined members and makes null of numbers that are not finite. */
export function toStored (value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string': return value.isWellFormed() ? value : asText(value)
    case 'number': return Number.isFinite(value) ? value + 0 : null // -0 becomes 0
    case 'boolean': return value
    case 'object': return value === null ? null : storedObject(value, depth)
    default: return null
  }
}

/** The members of an object whose names are ours, undefined ones left out: for `$set` and for new documents. */
export function storedFields (fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => [name, toStored(value)]))
}

/** A text from outside, as a filter compares it. Throws `StoreError` `invalid` for what is no text: an object would be an operator. */
export function text (value: string): unknown {
  if (typeof value === 'string') return toStored(value)
  throw new StoreError('invalid', `a text is wanted, found ${JSON.stringify(value)}`)
}

/** The inverse of `toStored`; dates and ObjectIds, which no document of ours holds, become texts. Changes `value`, which has just been read. */
export function fromStored (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = fromStored(item)
    return value
  }
  if ('_bsontype' in value) return String(value) // an ObjectId, which only other programs write
  const object = value as Record<string, unknown> // what a document is made of
  const held = object[JSON_KEY]
  if (typeof held === 'string') return JSON.parse(held)
  for (const name of Object.keys(object)) object[name] = fromStored(object[name])
  return object
}

/** The members that are neither undefined nor null: other programs write null for what is not there. Members of members are left as they are. */
export function present<T> (value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined && member !== null)) as T // what was optional is absent
}

function storedObject (value: object, depth: number): unknown {
  if (depth > MAX_DEPTH) return asText(value)
  if (Array.isArray(value)) return value.map(item => toStored(item, depth + 1))
  if ('toJSON' in value && typeof value.toJSON === 'function') return toStored(value.toJSON(), depth)
  const members = Object.entries(value).filter(([, member]) => member !== undefined && typeof member !== 'function')
  if (!members.every(([name]) => isPlain(name))) return asText(value)
  return Object.fromEntries(members.map(([name, member]) => [name, toStored(member, depth + 1)]))
}

/** No name that ends early (NUL), is an operator or a path, is followed by JavaScript or by the driver, or is the mark of this file. */
function isPlain (name: string): boolean {
  return name !== '' && !name.startsWith('$') && !/[.\0]/.test(name) && name.isWellFormed() && !FOLLOWED.has(name)
}

const FOLLOWED = new Set(['__proto__', 'toJSON', 'toBSON', '_bsontype', JSON_KEY])

function asText (value: unknown): { readonly [JSON_KEY]: string } {
  return { [JSON_KEY]: JSON.stringify(value) }
}
