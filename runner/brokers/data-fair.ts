/** What is particular to data-fair: whose requests carry its API key, which headers, by which way. Pure. */
import type { Processing } from '../../store/types.ts'
import type { Header } from './http-request.ts'

export interface DataFairOptions {
  /** Public base URL (DATA_FAIR_URL). */
  readonly url: string
  /** Base URL inside the platform's network (PRIVATE_DATA_FAIR_URL). */
  readonly privateUrl?: string
  /** Reads take the private way too, not only writes: they then no longer appear in the metrics of the public one. */
  readonly getFromPrivate?: boolean
  readonly apiKey?: string
  /** The key is a super-admin's: each request names the account it is made for. */
  readonly adminMode?: boolean
}

export type DataFairCaller = Pick<Processing, '_id' | 'title' | 'owner' | 'plugin'>

export interface DataFair {
  /** Whether a URL lies under the public base: same origin, and the path on the boundary of a segment. */
  owns(url: URL): boolean
  /** Headers of a request with our credentials, in place of those that the guest has given. */
  sign(headers: readonly Header[]): Header[]
  /** Where a request of `owns` really goes; `host` is to be sent as the Host header. */
  route(url: URL, method: string): { readonly url: URL, readonly host?: string }
  /** A private URL as the guest knows it; any other URL as it is. */
  toPublic(url: URL): URL
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const OURS = new Set(['x-apikey', 'x-account', 'x-processing', 'user-agent'])

/** Header names and texts are those of data-fair/processings v6 (worker/src/task/axios.ts). */
export function createDataFair (options: DataFairOptions, caller: DataFairCaller): DataFair {
  const base = readBase(options.url)
  const inner = options.privateUrl === undefined ? undefined : readBase(options.privateUrl)
  const headers = signature(options, caller)
  return {
    owns: (url) => isUnder(url, base),
    sign: (given) => [...given.filter(([name]) => !OURS.has(name.toLowerCase())), ...headers],
    route: (url, method) => {
      if (inner === undefined || !(options.getFromPrivate === true || WRITES.has(method))) return { url }
      return { url: moved(url, base, inner), host: base.url.host }
    },
    toPublic: (url) => inner !== undefined && isUnder(url, inner) ? moved(url, inner, base) : url
  }
}

/** The account as data-fair reads it from a header: names are URI-encoded. */
function accountHeader (owner: Processing['owner']): string {
  return ascii(JSON.stringify({
    ...owner,
    name: encoded(owner.name),
    ...(owner.departmentName === undefined ? {} : { departmentName: encoded(owner.departmentName) })
  }))
}

/** Half of a surrogate pair, which texts stored by older versions may have, would throw. */
function encoded (text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

interface Base { readonly url: URL, readonly path: string }

function readBase (text: string): Base {
  const url = new URL(text)
  return { url, path: url.pathname.replace(/\/+$/, '') }
}

function isUnder (url: URL, base: Base): boolean {
  if (url.origin !== base.url.origin) return false
  return (url.pathname === base.path || url.pathname.startsWith(`${base.path}/`)) && !climbs(url.pathname)
}

/** An encoded `/../` that a proxy on the way could undo, and so leave the base path with our key. */
function climbs (path: string): boolean {
  return /%2f|%5c/i.test(path) && path.replace(/%2e/gi, '.').split(/\/|%2f|%5c/i).includes('..')
}

function moved (url: URL, from: Base, to: Base): URL {
  return new URL(to.url.origin + to.path + url.pathname.slice(from.path.length) + url.search)
}

function signature (options: DataFairOptions, { _id, title, owner, plugin }: DataFairCaller): Header[] {
  return [
    ...(options.apiKey === undefined ? [] : [['x-apikey', options.apiKey] as const]),
    ['user-agent', `@data-fair/processings (${plugin.replace(/[^\x20-\x7e]/g, '_')})`],
    ['x-processing', ascii(JSON.stringify({ _id, title: encoded(title) }))],
    ...(options.adminMode === true ? [['x-account', accountHeader(owner)] as const] : [])
  ]
}

/** JSON stays JSON, and fits a header. */
function ascii (json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
