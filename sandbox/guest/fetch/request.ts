/** `Request`. */
import { URL } from '../globals/url.ts'
import { Body, readBodyInit, sourceOf } from './body.ts'
import { Headers } from './headers.ts'
import type { Signal } from './signal.ts'

export interface RequestInit {
  readonly method?: string
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: unknown
  readonly redirect?: 'follow' | 'manual' | 'error'
  readonly signal?: Signal | null
}

const NORMALIZED = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

export class Request extends Body {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly redirect: 'follow' | 'manual' | 'error'
  readonly signal: Signal | undefined
  readonly #bytes: Uint8Array | undefined

  constructor (input: unknown, init: RequestInit = {}) {
    const from = input instanceof Request ? input : undefined
    const { bytes, type } = init.body === undefined && from !== undefined ? { bytes: from.#bytes, type: undefined } : readBodyInit(init.body)
    super(bytes === undefined ? undefined : sourceOf(bytes))
    this.#bytes = bytes
    this.url = from?.url ?? parseUrl(input)
    this.method = normalize(init.method ?? from?.method ?? 'GET')
    if (bytes !== undefined && (this.method === 'GET' || this.method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body.')
    this.headers = new Headers(init.headers ?? from?.headers)
    if (type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', type)
    this.redirect = init.redirect ?? from?.redirect ?? 'follow'
    this.signal = init.signal === null ? undefined : init.signal ?? from?.signal
  }

  clone (): Request { return new Request(this) }
  get [Symbol.toStringTag] (): string { return 'Request' }
  static bytes (request: Request): Uint8Array | undefined { return request.#bytes }
}
/** The bytes of the body, for fetch. */
export const bytesOf = Request.bytes
Reflect.deleteProperty(Request, 'bytes') // not for plugins

export function parseUrl (input: unknown): string {
  try {
    const url = new URL(`${input as string}`)
    url.hash = ''
    return url.href
  } catch (cause) {
    throw new TypeError(`Failed to parse URL from ${input as string}`, { cause })
  }
}

function normalize (method: string): string {
  const upper = `${method}`.toUpperCase()
  return NORMALIZED.has(upper) ? upper : `${method}`
}
