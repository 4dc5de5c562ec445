/** FormData, and its two encodings as a body: multipart/form-data out (`encodeForm`) and in (`decodeForm`). */
import { Blob, blobBytes, File } from './blob.ts'
import { encodeUtf8 } from './utf8.ts'

type Value = string | File

export class FormData {
  #entries: (readonly [name: string, value: Value])[] = []

  constructor (form?: unknown) {
    if (form !== undefined) throw new TypeError("Failed to construct 'FormData': Argument 1 could not be converted to: undefined")
  }

  append (name: string, value: unknown, filename?: string): void { this.#entries.push(entry(name, value, filename, arguments.length)) }

  /** Takes the place of the first of its name; the others go. */
  set (name: string, value: unknown, filename?: string): void {
    const made = entry(name, value, filename, arguments.length)
    const at = this.#entries.findIndex(([key]) => key === made[0])
    if (at < 0) this.#entries.push(made)
    else this.#entries = this.#entries.flatMap((other, i) => i === at ? [made] : other[0] === made[0] ? [] : [other])
  }

  delete (name: string): void { this.#entries = this.#entries.filter(([key]) => key !== `${name}`) }
  get (name: string): Value | null { return this.#entries.find(([key]) => key === `${name}`)?.[1] ?? null }
  getAll (name: string): Value[] { return this.#entries.flatMap(([key, value]) => key === `${name}` ? [value] : []) }
  has (name: string): boolean { return this.#entries.some(([key]) => key === `${name}`) }
  forEach (callback: (value: Value, name: string, form: FormData) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this)
  }

  * entries (): Generator<[string, Value]> { for (const [name, value] of this.#entries) yield [name, value] }
  * keys (): Generator<string> { for (const [name] of this.#entries) yield name }
  * values (): Generator<Value> { for (const [, value] of this.#entries) yield value }
  [Symbol.iterator] (): Generator<[string, Value]> { return this.entries() }
  get [Symbol.toStringTag] (): string { return 'FormData' }
}

function entry (name: unknown, value: unknown, filename: string | undefined, given: number): readonly [string, Value] {
  const key = `${name as string}`.toWellFormed()
  if (!(value instanceof Blob)) {
    if (given > 2) throw new TypeError("Failed to execute 'append' on 'FormData': parameter 2 is not of type 'Blob'")
    return [key, `${value as string}`.toWellFormed()]
  }
  if (value instanceof File && filename === undefined) return [key, value]
  return [key, new File([value], filename ?? 'blob', { type: value.type })]
}

/** The form as bytes, and the content type that names their boundary. */
export function encodeForm (form: FormData): { readonly type: string, readonly bytes: Uint8Array<ArrayBuffer> } {
  const boundary = `----formdata-${crypto.randomUUID()}`
  const pieces: unknown[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name.replaceAll(/\r?\n|\r/g, '\r\n'))}"`
    if (typeof value === 'string') pieces.push(`${head}\r\n\r\n${value.replaceAll(/\r?\n|\r/g, '\r\n')}\r\n`)
    else pieces.push(`${head}; filename="${escapeName(value.name)}"\r\nContent-Type: ${value.type === '' ? 'application/octet-stream' : value.type}\r\n\r\n`, value, '\r\n')
  }
  pieces.push(`--${boundary}--\r\n`)
  return { type: `multipart/form-data; boundary=${boundary}`, bytes: blobBytes(new Blob(pieces)) }
}

function escapeName (name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

/** Reads a body of the content type `type`. Throws a TypeError when it is no form. */
export function decodeForm (bytes: Uint8Array, type: string): FormData {
  const form = new FormData()
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) form.append(name, value)
    return form
  }
  const boundary = /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type)
  if (boundary === null) throw new TypeError('Failed to parse body as FormData.')
  const mark = encodeUtf8(`--${boundary[1] ?? boundary[2]}`)
  let at = indexOf(bytes, mark, 0)
  for (;;) {
    if (at < 0) throw new TypeError('Failed to parse body as FormData.')
    const start = at + mark.length
    if (bytes[start] === 0x2d && bytes[start + 1] === 0x2d) return form
    const next = indexOf(bytes, mark, start)
    if (next < 0) throw new TypeError('Failed to parse body as FormData.')
    appendPart(form, bytes.subarray(start + 2, next - 2))
    at = next
  }
}

function appendPart (form: FormData, part: Uint8Array): void {
  const end = indexOf(part, encodeUtf8('\r\n\r\n'), 0)
  if (end < 0) throw new TypeError('Failed to parse body as FormData.')
  const head = new TextDecoder().decode(part.subarray(0, end))
  const body = part.subarray(end + 4)
  const unescape = (text: string): string => text.replaceAll(/%(0A|0D|22)/gi, code => decodeURIComponent(code))
  const name = /;\s*name="([^"]*)"/i.exec(head)?.[1]
  const filename = /;\s*filename="([^"]*)"/i.exec(head)?.[1]
  if (name === undefined) throw new TypeError('Failed to parse body as FormData.')
  if (filename === undefined) form.append(unescape(name), new TextDecoder('utf-8', { ignoreBOM: true }).decode(body))
  else form.append(unescape(name), new File([body], unescape(filename), { type: /^content-type:\s*(.*)$/im.exec(head)?.[1]?.trim() ?? 'text/plain' }))
}

function indexOf (bytes: Uint8Array, needle: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(needle[0] ?? 0, from); at >= 0; at = bytes.indexOf(needle[0] ?? 0, at + 1)) {
    if (needle.every((byte, i) => bytes[at + i] === byte)) return at
  }
  return -1
}
