/** What `http.request` is asked for, from its many forms: text, URL, options, or a URL and options. */
import { parts } from '../parts.ts'
import { unsupported } from '../unsupported.ts'
import type { HttpAgent } from './http-agent.ts'
import { validateHeaderName } from './http-headers.ts'
import { invalidArgType, nodeError } from './invalid-argument.ts'
import { toBytes } from './to-bytes.ts'

export interface RequestOptions {
  readonly protocol?: string | null
  readonly hostname?: string | null
  readonly host?: string | null
  readonly port?: number | string | null
  readonly defaultPort?: number | string
  readonly path?: string | null
  readonly method?: string
  readonly headers?: unknown
  readonly auth?: string | null
  readonly agent?: unknown
  readonly timeout?: number
  readonly signal?: AbortSignal
  readonly setHost?: boolean
  readonly socketPath?: string
}

/** What a request is, before its headers are final. */
export interface Target {
  readonly method: string
  readonly protocol: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** Without user: absolute. */
  readonly url: string
  readonly options: RequestOptions
}

export function readArguments (input: unknown, options: unknown, callback: unknown): { options: RequestOptions, callback: unknown } {
  if (typeof input === 'string') return readArguments(new URL(input), options, callback)
  if (!isUrl(input)) return typeof input === 'object' && input !== null ? { options: { ...input }, callback: options ?? callback } : { options: {}, callback: options ?? callback }
  if (typeof options === 'function') return { options: fromUrl(input), callback: options }
  return { options: { ...fromUrl(input), ...(options as object | undefined) }, callback }
}

function isUrl (value: unknown): value is URL {
  return typeof value === 'object' && value !== null && 'href' in value && 'searchParams' in value
}

function fromUrl (url: URL): RequestOptions {
  return parts.url().urlToHttpOptions(url) as RequestOptions
}

/** Throws as Node does: ERR_INVALID_PROTOCOL, ERR_UNESCAPED_CHARACTERS, ERR_INVALID_ARG_TYPE, ERR_INVALID_HTTP_TOKEN. */
export function readTarget (options: RequestOptions, defaultProtocol: 'http:' | 'https:'): Target {
  if (options.socketPath !== undefined) throw unsupported('http.request with socketPath', 'only servers of the network can be asked')
  const agent = agentOf(options.agent)
  const expected = agent?.protocol ?? defaultProtocol
  const protocol = options.protocol ?? expected
  if (protocol !== expected) throw nodeError(new TypeError(`Protocol "${protocol}" not supported. Expected "${expected}"`), 'ERR_INVALID_PROTOCOL')
  const path = options.path === undefined || options.path === null || options.path === '' ? '/' : `${options.path}`
  if (/[^\u0021-\u00ff]/.test(path)) throw nodeError(new TypeError('Request path contains unescaped characters'), 'ERR_UNESCAPED_CHARACTERS')
  const host = hostName('hostname', options.hostname) || hostName('host', options.host) || 'localhost'
  const port = Number(options.port || options.defaultPort || agent?.defaultPort || (protocol === 'https:' ? 443 : 80))
  const method = methodOf(options.method)
  return { method, protocol, host, port, path, url: `${protocol}//${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}${path}`, options }
}

function agentOf (agent: unknown): HttpAgent | undefined {
  if (agent === undefined || agent === null || agent === false) return undefined
  if (typeof agent !== 'object' && typeof agent !== 'function') throw invalidArgType('options.agent', 'one of Agent-like Object, undefined, or false', agent)
  const { connect, callback } = agent as { connect?: unknown, callback?: unknown }
  // What packages built on agent-base have: they reach the server through a proxy, or a socket of their own.
  if (typeof connect === 'function' || typeof callback === 'function') throw unsupported('an http agent that opens connections of its own', 'leave the agent out: the platform opens the connections')
  return agent as HttpAgent
}

function hostName (name: string, value: unknown): string {
  if (value !== undefined && value !== null && typeof value !== 'string') throw invalidArgType(`options.${name}`, 'of type string or one of undefined or null', value)
  return value ?? ''
}

function methodOf (method: unknown): string {
  if (method === undefined || method === null || method === '') return 'GET'
  if (typeof method !== 'string') throw invalidArgType('options.method', 'of type string', method)
  validateHeaderName(method, 'Method')
  return method.toUpperCase()
}

/** The value of an Authorization header. */
export function basic (auth: string): string {
  return `Basic ${toBytes(auth).toBase64()}`
}

/** `{ name: value }`, `[name, value, …]` or `[[name, value], …]`. */
export function headerPairs (headers: unknown): [string, unknown][] {
  if (headers === undefined || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers as object)
  if (headers.length > 0 && Array.isArray(headers[0])) return headers as [string, unknown][]
  if (headers.length % 2 !== 0) throw nodeError(new TypeError('The argument \'headers\' is invalid. Received an array of odd length'), 'ERR_INVALID_ARG_VALUE')
  return Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i] as string, headers[2 * i + 1]])
}
