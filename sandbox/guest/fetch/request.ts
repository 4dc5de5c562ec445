/** `Request`. */
import { URL } from '../globals/url.ts'
import { Body, readBodyInit, sourceOf, take, type BodyInit, type Source } from './body.ts'
import { Headers } from './headers.ts'
import type { Signal } from './signal.ts'

export interface RequestInit {
  readonly method?: string
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: unknown
  readonly redirect?: 'follow' | 'manual' | 'error'
  readonly signal?: Signal | null
  /** Wanted with a body that is a stream. */
  readonly duplex?: 'half'
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
    const { bytes, source, type } = init.body === undefined && from !== undefined ? bodyOf(from) : readBodyInit(init.body)
    super(bytes === undefined ? source : sourceOf(bytes))
    this.#bytes = bytes
    this.url = from?.url ?? parseUrl(input)
    this.method = normalize(init.method ?? from?.method ?? 'GET')
    if ((bytes !== undefined || source !== undefined) && (this.method === 'GET' || this.method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body.')
    if (source !== undefined && from === undefined && init.duplex === undefined) throw new TypeError('RequestInit: duplex option is required when sending a body.')
    this.headers = new Headers(init.headers ?? from?.headers)
    if (type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', type)
    this.redirect = init.redirect ?? from?.redirect ?? 'follow'
    this.signal = init.signal === null ? undefined : init.signal ?? from?.signal
  }

  get duplex (): 'half' { return 'half' }
  get mode (): 'cors' { return 'cors' }
  get credentials (): 'same-origin' { return 'same-origin' }
  get cache (): 'default' { return 'default' }
  get referrer (): string { return 'about:client' }
  get referrerPolicy (): string { return '' }
  get integrity (): string { return '' }
  get keepalive (): boolean { return false }
  get destination (): string { return '' }
  clone (): Request {
    if (this.bodyUsed) throw new TypeError('unusable')
    return this.#bytes === undefined && this.body !== null ? new Request(this, { body: streamOf(this.split()), duplex: 'half' }) : new Request(this)
  }

  get [Symbol.toStringTag] (): string { return 'Request' }
  static bytes (request: Request): BodyInit {
    return request.#bytes === undefined ? takeSource(request) : { bytes: request.#bytes }
  }
}
/** The body, for whoever sends it: a stream can be had once. */
export const bodyOf = Request.bytes
Reflect.deleteProperty(Request, 'bytes') // not for plugins

function takeSource (request: Request): BodyInit {
  const source = take(request)
  return source === undefined ? {} : { source }
}

async function * streamOf (source: Source | undefined): AsyncGenerator<Uint8Array> {
  for (let chunk = await source?.read(); chunk !== undefined; chunk = await source?.read()) yield chunk
}

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
