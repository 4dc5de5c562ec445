/** `Headers`. */
type Init = Headers | Iterable<readonly [string, string]> | Record<string, string>

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

export class Headers {
  /** By lower-case name; several values only for set-cookie, the others are joined. */
  readonly #values = new Map<string, string[]>()

  constructor (init?: Init) {
    if (init === undefined || init === null) return
    if (typeof init !== 'object') throw new TypeError('Headers: wanted an object or a list of pairs')
    const pairs = Symbol.iterator in init ? init : Object.entries(init)
    for (const [name, value] of pairs) this.append(name, value)
  }

  append (name: string, value: string): void {
    const key = checkName(name)
    const text = checkValue(value)
    const before = this.#values.get(key)
    if (before === undefined) this.#values.set(key, [text])
    else if (key === 'set-cookie') before.push(text)
    else this.#values.set(key, [`${before[0] ?? ''}, ${text}`])
  }

  set (name: string, value: string): void { this.#values.set(checkName(name), [checkValue(value)]) }
  delete (name: string): void { this.#values.delete(checkName(name)) }
  has (name: string): boolean { return this.#values.has(checkName(name)) }
  get (name: string): string | null { return this.#values.get(checkName(name))?.join(', ') ?? null }
  getSetCookie (): string[] { return [...this.#values.get('set-cookie') ?? []] }

  forEach (callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this)
  }

  /** Sorted by name; each cookie on its own. */
  * entries (): Generator<[string, string]> {
    for (const [name, values] of [...this.#values].sort(([a], [b]) => a < b ? -1 : 1)) {
      for (const value of values) yield [name, value]
    }
  }

  * keys (): Generator<string> { for (const [name] of this) yield name }
  * values (): Generator<string> { for (const [, value] of this) yield value }
  [Symbol.iterator] (): Generator<[string, string]> { return this.entries() }
  get [Symbol.toStringTag] (): string { return 'Headers' }
}

function checkName (name: unknown): string {
  const text = `${name}`
  if (!NAME.test(text)) throw new TypeError(`Headers: "${text}" is an invalid header name.`)
  return text.toLowerCase()
}

function checkValue (value: unknown): string {
  const text = `${value}`.trim()
  if (/[\0\r\n]/.test(text)) throw new TypeError(`Headers: ${text} is an invalid header value.`)
  return text
}
