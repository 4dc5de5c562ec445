/** The kinds of values that a configuration key may have: how each is read from a text, and what it wants, in words. */
import ipaddr from 'ipaddr.js'
import { parseJsonObject, isHost } from './read.ts'

type Parsed<T> = { readonly ok: true, readonly value: T } | { readonly ok: false }

/** One line of the table (config/table.ts). */
export interface Key<T> {
  /** What a value must look like; it completes the sentence "wanted …". */
  readonly wanted: string
  readonly fallback: T
  /** The default, as the documentation prints it. */
  readonly fallbackText: string
  readonly meaning: string
  /** The value is printed nowhere, not even when it is wrong. */
  readonly secret: boolean
  readonly parse: (text: string) => Parsed<T>
  /** Computed from the other values when the key is absent. */
  readonly derive?: (values: Readonly<Record<string, unknown>>) => T
}

export type ValueOf<K> = K extends Key<infer T> ? T : never

const no = { ok: false } as const

export const wantedJson = 'a JSON object'

export function integer (fallback: number, options: { readonly min: number, readonly max: number }, meaning: string): Key<number> {
  return {
    ...described(`an integer from ${options.min} to ${options.max}`, meaning),
    fallback,
    fallbackText: String(fallback),
    parse: text => readInteger(text, options.min, options.max)
  }
}

export function optionalInteger (options: { readonly min: number, readonly max: number }, meaning: string): Key<number | undefined> {
  return { ...integer(0, options, meaning), fallback: undefined, fallbackText: '' }
}

export function boolean (fallback: boolean, meaning: string): Key<boolean> {
  return {
    ...described('true or false', meaning),
    fallback,
    fallbackText: String(fallback),
    parse: text => text === 'true' || text === '1' ? { ok: true, value: true } : text === 'false' || text === '0' ? { ok: true, value: false } : no
  }
}

export function oneOf<const T extends string> (values: readonly T[], fallback: T, meaning: string): Key<T> {
  return {
    ...described(`one of ${values.join(', ')}`, meaning),
    fallback,
    fallbackText: fallback,
    parse: text => {
      const value = values.find(candidate => candidate === text)
      return value === undefined ? no : { ok: true, value }
    }
  }
}

export function text (fallback: string, meaning: string, pattern?: { readonly regexp: RegExp, readonly wanted: string }): Key<string> {
  return {
    ...described(pattern?.wanted ?? 'a text', meaning),
    fallback,
    fallbackText: fallback,
    parse: value => pattern === undefined || pattern.regexp.test(value) ? { ok: true, value } : no
  }
}

/** A folder whose default follows another key. */
export function derivedPath (fallbackText: string, derive: (values: Readonly<Record<string, unknown>>) => string, meaning: string): Key<string> {
  return { ...text('', meaning), wanted: 'a path', fallbackText, derive }
}

/** A number whose default follows another key. */
export function derivedInteger (fallbackText: string, options: { readonly min: number, readonly max: number }, derive: (values: Readonly<Record<string, unknown>>) => number, meaning: string): Key<number> {
  return { ...integer(0, options, meaning), fallbackText, derive }
}

export function optionalText (meaning: string): Key<string | undefined> {
  return { ...text('', meaning), fallback: undefined }
}

export function secret (minLength: number, meaning: string): Key<string | undefined> {
  return {
    ...described(minLength === 1 ? 'a text that is not empty' : `a text of at least ${minLength} characters`, meaning),
    secret: true,
    fallback: undefined,
    fallbackText: '',
    parse: value => value.length >= minLength ? { ok: true, value } : no
  }
}

/** An http(s) address without credentials, query or fragment; a slash at its end is dropped. */
export function optionalUrl (meaning: string): Key<string | undefined> {
  return {
    ...described('an http or https address without credentials, query or fragment', meaning),
    fallback: undefined,
    fallbackText: '',
    parse: readUrl
  }
}

/** An address of MongoDB, which may hold a password. */
export function mongoUrl (meaning: string): Key<string | undefined> {
  return {
    ...described('mongodb:// or mongodb+srv://, one or more hosts, and the name of a database (mongodb://host:27017/name)', meaning),
    secret: true,
    fallback: undefined,
    fallbackText: '',
    parse: value => /^mongodb(\+srv)?:\/\/[^/]+\/[^?/]+/.test(value) ? { ok: true, value } : no
  }
}

/** `host:port`, separated by commas; IPv6 addresses in brackets. Hosts are kept in lower case. */
export function hostPorts (meaning: string): Key<readonly string[]> {
  return {
    ...described('host:port, several separated by commas', meaning),
    fallback: Object.freeze([]),
    fallbackText: '',
    parse: readHostPorts
  }
}

/** Origins such as `https://files.example.org`, separated by commas. */
export function origins (meaning: string): Key<readonly string[]> {
  return {
    ...described('http or https origins without a path, several separated by commas', meaning),
    fallback: Object.freeze([]),
    fallbackText: '',
    parse: readOrigins
  }
}

/** Addresses, ranges (`10.0.0.0/8`), and the words `loopback` and `private`, separated by commas. */
export function proxies (meaning: string): Key<readonly string[]> {
  return {
    ...described('IP addresses, ranges such as 10.0.0.0/8, loopback or private, several separated by commas', meaning),
    fallback: Object.freeze([]),
    fallbackText: '',
    parse: readProxies
  }
}

export function secretJson (meaning: string): Key<Readonly<Record<string, unknown>> | undefined> {
  return {
    ...described(wantedJson, meaning),
    secret: true,
    fallback: undefined,
    fallbackText: '',
    parse: value => {
      const object = parseJsonObject(value)
      return object === undefined ? no : { ok: true, value: Object.freeze(object) }
    }
  }
}

function described (wanted: string, meaning: string) {
  return { wanted, meaning, secret: false }
}

function readInteger (value: string, min: number, max: number): Parsed<number> {
  if (!/^-?\d{1,16}$/.test(value)) return no
  const number = Number(value)
  return number >= min && number <= max ? { ok: true, value: number } : no
}

function readUrl (value: string): Parsed<string> {
  if (!URL.canParse(value)) return no
  const url = new URL(value)
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return no
  return { ok: true, value: url.href.replace(/\/+$/, '') }
}

function readOrigins (value: string): Parsed<readonly string[]> {
  const list = value.split(',').map(part => part.trim().replace(/\/$/, '')).filter(part => part !== '')
  return list.every(part => /^https?:/.test(part) && URL.parse(part)?.origin === part) ? { ok: true, value: Object.freeze(list) } : no
}

function readHostPorts (value: string): Parsed<readonly string[]> {
  const list = value.split(',').map(part => part.trim().toLowerCase()).filter(part => part !== '')
  const right = list.every(part => {
    const match = /^(.+):(\d{1,5})$/.exec(part)
    return match !== null && isHost(match[1] ?? '') && Number(match[2]) >= 1 && Number(match[2]) <= 65535
  })
  return right ? { ok: true, value: Object.freeze(list) } : no
}

function readProxies (value: string): Parsed<readonly string[]> {
  const list = value.split(',').map(part => part.trim().toLowerCase()).filter(part => part !== '')
  const right = list.every(part => part === 'loopback' || part === 'private' || (part.includes('/') ? ipaddr.isValidCIDR(part) : ipaddr.isValid(part)))
  return right ? { ok: true, value: Object.freeze(list) } : no
}
