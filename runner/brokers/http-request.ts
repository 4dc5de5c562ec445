/** Reads a request written by a plugin: nothing of it is trusted. Pure. */
import type { GuestHttpRequest } from '../../sandbox/protocol.ts'
import { BrokerError, isRecord, refuse } from './guest-error.ts'

export type Header = readonly [name: string, value: string]

/** One request to one URL; a redirect makes another. Header names are lower case. */
export interface Hop {
  readonly method: string
  /** Without user, password and fragment. */
  readonly url: URL
  readonly headers: readonly Header[]
  readonly body?: Buffer
  /** The body comes in pieces, and once. */
  readonly stream?: boolean
}

export interface HttpCall extends Pick<GuestHttpRequest, 'redirects' | 'timeoutMs' | 'context'> {
  readonly first: Hop
  readonly raw: boolean
  readonly bodyLength?: number
}

const MAX_URL = 16_384
const MAX_HEADERS = 200
const MAX_HEADER_BYTES = 65_536
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** What Node allows in a header: no control characters but the tab, Latin-1 at most. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const METHODS_REFUSED = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** They belong to the connection, which is the broker's. A client library sets some of them as a habit: they are left out in silence. */
const STRIPPED = new Set([
  'host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te', 'trailer', 'expect', 'http2-settings'
])

/**
 * Answers the call; throws a `BrokerError` with Node's code where Node has one: ERR_INVALID_ARG_TYPE, ERR_INVALID_URL,
 * ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR, ERR_METHOD_NOT_SUPPORTED; or `data-fair-unavailable`.
 */
export function readRequest (value: unknown, body: Buffer | undefined, stream = false): HttpCall {
  if (!isRecord(value)) throw wrongType('request', 'an object')
  const method = readMethod(value.method)
  const { url, authorization } = readUrl(value.url, value.context === true)
  const headers = readHeaders(value.headers)
  const named = headers.some(([name]) => name === 'authorization')
  return {
    first: { method, url, headers: authorization === undefined || named ? headers : [...headers, ['authorization', authorization]], ...(stream ? { stream } : { body }) },
    redirects: readCount(value.redirects, 'redirects'),
    timeoutMs: readCount(value.timeoutMs, 'timeoutMs'),
    context: value.context === true,
    raw: value.raw === true,
    ...(value.bodyLength === undefined ? {} : { bodyLength: readCount(value.bodyLength, 'bodyLength') })
  }
}

function readMethod (value: unknown): string {
  if (typeof value !== 'string' || value.length > 32) throw wrongType('method', 'a short text')
  if (!TOKEN.test(value)) throw new BrokerError('ERR_INVALID_HTTP_TOKEN', 'The method of the request must be a valid HTTP token.')
  const method = value.toUpperCase()
  if (METHODS_REFUSED.has(method)) throw new BrokerError('ERR_METHOD_NOT_SUPPORTED', `The method ${method} is not offered to plugins.`)
  return method
}

/**
 * A user and password in the URL become an Authorization header, as Node's http does. `context`: of `context.axios`, which makes relative
 * URLs absolute when there is a data-fair.
 */
function readUrl (value: unknown, context: boolean): { url: URL, authorization: string | undefined } {
  if (typeof value !== 'string') throw wrongType('url', 'a text')
  if (value.length > MAX_URL) throw new BrokerError('ERR_INVALID_URL', `The URL has ${value.length} characters, at most ${MAX_URL} are allowed.`)
  if (!URL.canParse(value) && context && isRelative(value)) throw refuse('data-fair-unavailable', { variant: 'relative', url: value.slice(0, 500) })
  if (!URL.canParse(value)) throw new BrokerError('ERR_INVALID_URL', 'The URL of the request must be absolute and well-formed.')
  const url = new URL(value)
  const authorization = url.username === '' && url.password === '' ? undefined : basic(url)
  return { url: bare(url), authorization }
}

function isRelative (url: string): boolean {
  return url !== '' && !/^[a-z][a-z\d+.-]*:/i.test(url)
}

/** The same URL without user, password and fragment. */
export function bare (url: URL): URL {
  const copy = new URL(url)
  copy.username = ''
  copy.password = ''
  copy.hash = ''
  return copy
}

function basic (url: URL): string {
  return `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')}`
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone % stands for itself
  }
}

function readHeaders (value: unknown): Header[] {
  if (!Array.isArray(value)) throw wrongType('headers', 'a list of [name, value]')
  if (value.length > MAX_HEADERS) throw new BrokerError('ERR_INVALID_ARG_VALUE', `The request has ${value.length} headers, at most ${MAX_HEADERS} are allowed.`)
  const headers = value.map(readHeader).filter(([name]) => !STRIPPED.has(name) && !name.startsWith('proxy-'))
  const bytes = headers.reduce((sum, [name, text]) => sum + name.length + text.length, 0)
  if (bytes > MAX_HEADER_BYTES) throw new BrokerError('ERR_INVALID_ARG_VALUE', `The headers of the request have ${bytes} bytes, at most ${MAX_HEADER_BYTES} are allowed.`)
  return headers
}

function readHeader (value: unknown): Header {
  const [name, text]: unknown[] = Array.isArray(value) ? value : []
  if (typeof name !== 'string' || typeof text !== 'string') throw wrongType('header', '[name, value], both texts')
  if (!TOKEN.test(name)) throw new BrokerError('ERR_INVALID_HTTP_TOKEN', `Header name must be a valid HTTP token [${JSON.stringify(name.slice(0, 60))}]`)
  if (!HEADER_VALUE.test(text)) throw new BrokerError('ERR_INVALID_CHAR', `Invalid character in header content [${JSON.stringify(name.slice(0, 60))}]`)
  return [name.toLowerCase(), text]
}

function readCount (value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw wrongType(name, 'a number of 0 or more')
  return Math.floor(value)
}

function wrongType (name: string, wanted: string): BrokerError {
  return new BrokerError('ERR_INVALID_ARG_TYPE', `The ${name} of a request must be ${wanted}.`)
}
