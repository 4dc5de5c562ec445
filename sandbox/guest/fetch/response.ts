/** `Response`. */
import { Body, readBodyInit, sourceOf, type Source } from './body.ts'
import { Headers } from './headers.ts'
import { parseUrl } from './request.ts'

interface ResponseInit { readonly status?: number, readonly statusText?: string, readonly headers?: ConstructorParameters<typeof Headers>[0] }
type ResponseType = 'basic' | 'default' | 'error'
interface Received { readonly source: Source | undefined, readonly url: string, readonly redirected: boolean }

const received = new WeakMap<object, Received>()

export class Response extends Body {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly url: string
  readonly redirected: boolean
  readonly type: ResponseType

  constructor (body?: unknown, init: ResponseInit = {}) {
    const from = typeof body === 'object' && body !== null ? received.get(body) : undefined
    const { bytes, source, type } = from === undefined ? readBodyInit(body) : { source: from.source }
    super(bytes === undefined ? source : sourceOf(bytes))
    this.status = init.status ?? 200
    if (from === undefined && (this.status < 200 || this.status > 599)) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.')
    this.statusText = init.statusText ?? ''
    this.headers = new Headers(init.headers)
    if (type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', type)
    this.url = from?.url ?? ''
    this.redirected = from?.redirected ?? false
    this.type = from === undefined ? 'default' : this.status === 0 ? 'error' : 'basic'
  }

  get ok (): boolean { return this.status >= 200 && this.status <= 299 }

  /** The body is read whole as soon as either copy is. */
  clone (): Response {
    if (this.bodyUsed) throw new TypeError('Response.clone: Body has already been consumed.')
    return createResponse({ source: this.split(), url: this.url, redirected: this.redirected }, this)
  }

  get [Symbol.toStringTag] (): string { return 'Response' }

  static json (data: unknown, init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new Response(JSON.stringify(data), { ...init, headers })
  }

  static error (): Response { return createResponse({ source: undefined, url: '', redirected: false }, { status: 0 }) }
  static redirect (url: string, status = 302): Response { return new Response(null, { status, headers: { location: parseUrl(url) } }) }
}

/** A response of the network. */
export function createResponse (from: Received, init: ResponseInit): Response {
  const proof = {}
  received.set(proof, from)
  return new Response(proof, init)
}
