/**
 * Takes the secrets of a processing out of texts that people read. Pure.
 *
 * A value is found as it is, and as it is written in JSON, in a URL, in a form, in Base64 (of both alphabets, also within something longer, such as
 * `Authorization: Basic`). It protects from accidents: a plugin that wants to show a secret can write it in a way of its own.
 */
export interface Mask {
  text (text: string): string
  /** A copy of a JSON value: texts, names and numbers in it. */
  value (value: unknown): unknown
}

const STARS = '********'
/** Shorter values are in every other word. */
const MIN_LENGTH = 4
/** Of Base64 letters that are wholly of the value. */
const MIN_BASE64 = 6

export const noMask: Mask = { text: text => text, value: value => value }

export function createMask (secrets: Iterable<string>): Mask {
  const spellings = new Set([...secrets].flatMap(secret => secret.length < MIN_LENGTH ? [] : spellingsOf(secret)))
  if (spellings.size === 0) return noMask
  // The longest first: a value that begins with another one goes as a whole.
  const pattern = new RegExp([...spellings].sort((a, b) => b.length - a.length).map(text => RegExp.escape(text)).join('|'), 'g')
  const mask = (text: string): string => text.replace(pattern, STARS)
  return { text: mask, value: value => masked(value, mask) }
}

function spellingsOf (secret: string): string[] {
  const bytes = Buffer.from(secret)
  const url = encodeURIComponent(secret.toWellFormed())
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, secret.trim(), secret.replaceAll('\r\n', '\n'), json, ...[url, form].flatMap(text => [text, lowerHex(text)]), ...[0, 1, 2].flatMap(before => base64Within(bytes, before))]
    .filter(text => text.length >= MIN_LENGTH)
}

/** `%2F` -> `%2f` */
function lowerHex (text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, code => code.toLowerCase())
}

/** The letters that the bytes alone decide where `before` bytes (of 3) come before them; and all of them where the value is the whole. */
function base64Within (bytes: Buffer, before: number): string[] {
  const first = Math.ceil(before * 8 / 6)
  const end = Math.floor((before + bytes.length) * 8 / 6)
  const padded = Buffer.concat([Buffer.alloc(before), bytes])
  return [padded.toString('base64'), padded.toString('base64url')]
    .flatMap(text => before === 0 ? [text, text.replaceAll('=', ''), text.slice(first, end)] : [text.slice(first, end)])
    .filter(text => text.length >= MIN_BASE64)
}

function masked (value: unknown, mask: Mask['text']): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number') {
    const text = String(value)
    return mask(text) === text ? value : STARS
  }
  if (Array.isArray(value)) return value.map(item => masked(item, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [mask(name), masked(item, mask)]))
}
