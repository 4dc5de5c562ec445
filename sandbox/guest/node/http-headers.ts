/** Headers of requests and responses as Node keeps them. */
import { invalidArgType, nodeError } from './invalid-argument.ts'

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const INVALID_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/

export type HeaderValue = string | number | readonly string[]

/** Throws ERR_INVALID_HTTP_TOKEN. */
export function validateHeaderName (name: unknown, label = 'Header name'): asserts name is string {
  if (typeof name !== 'string' || !TOKEN.test(name)) throw nodeError(new TypeError(`${label} must be a valid HTTP token ["${name as string}"]`), 'ERR_INVALID_HTTP_TOKEN')
}

/** Throws ERR_HTTP_INVALID_HEADER_VALUE or ERR_INVALID_CHAR. */
export function validateHeaderValue (name: string, value: unknown): void {
  if (value === undefined) throw nodeError(new TypeError(`Invalid value "${value}" for header "${name}"`), 'ERR_HTTP_INVALID_HEADER_VALUE')
  for (const text of Array.isArray(value) ? value : [value]) {
    if (INVALID_CHARACTER.test(`${text as string}`)) throw nodeError(new TypeError(`Invalid character in header content ["${name}"]`), 'ERR_INVALID_CHAR')
  }
}

/** Of a request, by lower-case name, with the name as it was written. */
export class OutgoingHeaders {
  readonly #entries = new Map<string, { readonly name: string, value: HeaderValue }>()

  set (name: unknown, value: unknown): void {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    this.#entries.set(name.toLowerCase(), { name, value: value as HeaderValue })
  }

  append (name: string, value: HeaderValue): void {
    const before = this.get(name)
    this.set(name, before === undefined ? value : [...(Array.isArray(before) ? before : [`${before as string}`]), ...(Array.isArray(value) ? value : [`${value as string}`])])
  }

  get (name: unknown): HeaderValue | undefined {
    if (typeof name !== 'string') throw invalidArgType('name', 'of type string', name)
    return this.#entries.get(name.toLowerCase())?.value
  }

  has (name: unknown): boolean { return this.get(name) !== undefined }
  delete (name: unknown): void {
    if (typeof name !== 'string') throw invalidArgType('name', 'of type string', name)
    this.#entries.delete(name.toLowerCase())
  }

  names (): string[] { return [...this.#entries.keys()] }
  rawNames (): string[] { return [...this.#entries.values()].map(({ name }) => name) }
  toObject (): Record<string, HeaderValue> {
    const headers: Record<string, HeaderValue> = Object.create(null)
    for (const [key, { value }] of this.#entries) headers[key] = value
    return headers
  }

  /** As they are sent: one pair for each value. */
  toList (): [string, string][] {
    return [...this.#entries.values()].flatMap(({ name, value }) => (Array.isArray(value) ? value : [value]).map(text => [name, `${text as string}`] satisfies [string, string]))
  }
}

/** Of these only the first counts. */
const ONCE = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since', 'if-unmodified-since',
  'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'
])

/** Of a response: lower case, repeated ones joined, cookies in a list. */
export function mergedHeaders (list: readonly (readonly [string, string])[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of list) {
    const key = name.toLowerCase()
    const before = Object.hasOwn(headers, key) ? headers[key] : undefined
    if (key === 'set-cookie') headers[key] = Array.isArray(before) ? [...before, value] : [value]
    else if (before === undefined) Object.defineProperty(headers, key, { value, writable: true, enumerable: true, configurable: true }) // `__proto__` is a name like any other
    else if (!ONCE.has(key)) headers[key] = `${before as string}${key === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}

/** Every value in a list. */
export function distinctHeaders (list: readonly (readonly [string, string])[]): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  for (const [name, value] of list) (headers[name.toLowerCase()] ??= []).push(value)
  return headers
}
