/** `util.MIMEType` and `util.MIMEParams` (WHATWG MIME Sniffing, section 4). */
import { nodeError } from './invalid-argument.ts'

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
const QUOTABLE = /^[\t\x20-\x7e\x80-\xff]*$/

export class MIMEParams {
  readonly #values = new Map<string, string>()

  delete (name: string): void { this.#values.delete(`${name}`) }
  get (name: string): string | null { return this.#values.get(`${name}`) ?? null }
  has (name: string): boolean { return this.#values.has(`${name}`) }
  set (name: string, value: string): void {
    if (!TOKEN.test(`${name}`)) throw invalidSyntax('parameter name', name)
    if (!QUOTABLE.test(`${value}`)) throw invalidSyntax('parameter value', value)
    this.#values.set(`${name}`, `${value}`)
  }

  entries (): MapIterator<[string, string]> { return this.#values.entries() }
  keys (): MapIterator<string> { return this.#values.keys() }
  values (): MapIterator<string> { return this.#values.values() }
  [Symbol.iterator] (): MapIterator<[string, string]> { return this.entries() }
  toJSON (): string { return this.toString() }
  toString (): string {
    return [...this.#values].map(([name, value]) => `${name}=${TOKEN.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`}`).join(';')
  }
}

export class MIMEType {
  #type: string
  #subtype: string
  readonly #params = new MIMEParams()

  /** Throws ERR_INVALID_MIME_SYNTAX. */
  constructor (input: string) {
    const text = `${input}`.trim()
    const [, type = '', subtype = '', rest = ''] = /^([^/;]*)\/([^;]*)([^]*)$/.exec(text) ?? []
    if (!TOKEN.test(type)) throw invalidSyntax('type', text)
    if (!TOKEN.test(subtype.trimEnd())) throw invalidSyntax('subtype', text)
    this.#type = type.toLowerCase()
    this.#subtype = subtype.trimEnd().toLowerCase()
    for (const [, name = '', quoted, plain = ''] of rest.matchAll(/;\s*([^;=\s]+)=(?:"((?:[^"\\]|\\.)*)"[^;]*|([^;]*))/g)) {
      const value = quoted === undefined ? plain.trimEnd() : quoted.replaceAll(/\\(.)/g, '$1')
      const known = this.#params.has(name.toLowerCase())
      if (!known && TOKEN.test(name) && QUOTABLE.test(value) && (quoted !== undefined || value !== '')) this.#params.set(name.toLowerCase(), value)
    }
  }

  get type (): string { return this.#type }
  set type (value: string) {
    if (!TOKEN.test(`${value}`)) throw invalidSyntax('type', value)
    this.#type = `${value}`.toLowerCase()
  }

  get subtype (): string { return this.#subtype }
  set subtype (value: string) {
    if (!TOKEN.test(`${value}`)) throw invalidSyntax('subtype', value)
    this.#subtype = `${value}`.toLowerCase()
  }

  get essence (): string { return `${this.#type}/${this.#subtype}` }
  get params (): MIMEParams { return this.#params }
  toJSON (): string { return this.toString() }
  toString (): string {
    const params = this.#params.toString()
    return params === '' ? this.essence : `${this.essence};${params}`
  }
}

function invalidSyntax (production: string, text: string): Error {
  return nodeError(new TypeError(`The MIME syntax for a ${production} in ${JSON.stringify(`${text}`)} is invalid`), 'ERR_INVALID_MIME_SYNTAX')
}
