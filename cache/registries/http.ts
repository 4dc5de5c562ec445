/** How the registries over HTTP are asked: bounded in time and size, and with errors that are translated once. */
import { Agent, type Dispatcher } from 'undici'
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import { unavailable } from './answers.ts'
import { Breaker, type BreakerOptions } from './breaker.ts'
import { RETRY, Retryable, withRetries, type RetryOptions } from './retry.ts'

export interface HttpOptions {
  readonly retry?: Partial<RetryOptions>
  readonly breaker?: Partial<BreakerOptions>
  /** @default 5,000 */
  readonly connectMs?: number
  /** Until the head of an answer. @default 10,000 */
  readonly headersMs?: number
  /** Without a byte of the body. @default 10,000 */
  readonly idleMs?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: () => number
}

export type Head = Dispatcher.ResponseData

/** Proxies of the environment are not used, certificates are checked, and no redirect is followed: each driver decides on its own. */
export class RegistryHttp {
  readonly clock: () => number
  readonly #agent: Agent
  readonly #closed = new AbortController()
  readonly #retry: RetryOptions
  readonly #breakerOptions: Partial<BreakerOptions>
  /** One for each registry that this driver speaks to. */
  readonly #breakers = new Map<string, Breaker>()

  constructor (options: HttpOptions) {
    this.clock = options.clock ?? Date.now
    this.#retry = { ...RETRY, ...options.retry }
    this.#breakerOptions = options.breaker ?? {}
    this.#agent = new Agent({
      connect: { timeout: options.connectMs ?? 5000 },
      headersTimeout: options.headersMs ?? 10_000,
      bodyTimeout: options.idleMs ?? 10_000,
      connections: 32,
      maxHeaderSize: 32 * 1024
    })
  }

  /** Repeats `attempt`, which asks the registry at `origin`, while it throws `Retryable`. */
  async ask<T> (artefact: string, origin: string, attempt: () => Promise<T>): Promise<T> {
    let breaker = this.#breakers.get(origin)
    if (breaker === undefined) this.#breakers.set(origin, breaker = new Breaker(this.#breakerOptions))
    return await withRetries({ artefact, options: this.#retry, breaker, signal: this.#closed.signal }, attempt)
  }

  /** The head of the answer, whatever its status; its body must be read or dumped. Throws `Retryable`, or `CacheError` once closed. */
  async send (method: 'GET' | 'HEAD', artefact: string, url: string, headers: Record<string, string>): Promise<Head> {
    const { origin, pathname, search } = new URL(url)
    try {
      return await this.#agent.request({ origin, path: pathname + search, method, headers: { ...headers, 'accept-encoding': 'identity' }, signal: this.#closed.signal })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? (error as Error).name
      const failure = unavailable(artefact, reason('unreachable'), `${code}: ${(error as Error).message} (${origin})`, error)
      throw this.#closed.signal.aborted ? failure : new Retryable(failure)
    }
  }

  async close (): Promise<void> {
    this.#closed.abort()
    await this.#agent.destroy()
  }
}

/** The whole body, up to `maxBytes`. Throws `Retryable` when it breaks off, `CacheError` `registry-misconfigured` when it is larger. */
export async function readBody (artefact: string, head: Head, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of head.body as AsyncIterable<Buffer>) { // undici types its chunks as any
      bytes += chunk.length
      if (bytes > maxBytes) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw new Retryable(unavailable(artefact, reason('answer-interrupted'), String(error), error))
  }
  if (bytes > maxBytes) throw new CacheError('registry-misconfigured', artefact, reason('description-too-large', { limit: maxBytes }))
  return Buffer.concat(chunks)
}

/** An object of JSON. Throws `CacheError` `registry-misconfigured` when the bytes are none: an error page with status 200, mostly. */
export function readObject (artefact: string, bytes: Buffer): Record<string, unknown> {
  const text = bytes.toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown> // checked in the same line
  } catch {
    // Said below.
  }
  throw new CacheError('registry-misconfigured', artefact, reason('not-json'), { detail: text.slice(0, 100) })
}

export function isRedirect (head: Head): boolean {
  return [301, 302, 303, 307, 308].includes(head.statusCode)
}

export function header (head: Head, name: string): string | undefined {
  const value = head.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Undefined when the header is absent. */
export function contentLength (head: Head): number | undefined {
  const announced = header(head, 'content-length')
  return announced === undefined ? undefined : Number(announced)
}

/** Printable, without credentials nor a slash at its end. Throws `TypeError` when `address` is not an http(s) address. */
export function originOf (address: string): string {
  const url = new URL(address)
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`the registry's address must begin with http: or https:, found ${url.protocol}`)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
