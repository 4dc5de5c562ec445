/**
 * A registry of data-fair (github.com/data-fair/registry), generation of the conditional download: one request,
 * `GET /api/v1/artefacts/:id/download`, checks the access of the account, and answers 304 or the current tarball.
 */
import { Agent, type Dispatcher } from 'undici'
import { CacheError, type AccountRef, type Registry, type Resolution } from '../types.ts'
import { checkArtefactId } from './artefact-id.ts'
import { refusalOf, unavailable } from './datafair-answers.ts'
import { archiveBody } from './datafair-body.ts'
import { readValidator, validatorOf, writeValidator } from './datafair-validator.ts'
import { RETRY, Retryable, withRetries, type RetryOptions } from './retry.ts'

export interface DatafairOptions {
  /** Base address, for example `http://registry:8080` or `https://host/registry`; reached as it is, private or not. */
  readonly url: string
  /** `x-secret-key`: sent to the registry alone, never to a storage that it redirects to. */
  readonly secret: string
  readonly retry?: Partial<RetryOptions>
  /** @default 5,000 */
  readonly connectMs?: number
  /** Until the head of an answer. @default 10,000 */
  readonly headersMs?: number
  /** Without a byte of the body. @default 10,000 */
  readonly idleMs?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: () => number
}

type Head = Dispatcher.ResponseData

export class DatafairRegistry implements Registry {
  readonly origin: string
  readonly #options: DatafairOptions
  readonly #clock: () => number
  readonly #agent: Agent
  readonly #closed = new AbortController()

  /** Throws `TypeError` when `url` is not an http(s) address. */
  constructor (options: DatafairOptions) {
    const url = new URL(options.url)
    if (!/^https?:$/.test(url.protocol)) throw new TypeError(`the registry's address must begin with http: or https:, found ${url.protocol}`)
    this.origin = `${url.origin}${url.pathname}`.replace(/\/+$/, '')
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#agent = new Agent({
      connect: { timeout: options.connectMs ?? 5000 },
      headersTimeout: options.headersMs ?? 10_000,
      bodyTimeout: options.idleMs ?? 10_000,
      connections: 32,
      maxHeaderSize: 32 * 1024
    })
  }

  async resolve (artefact: string, account: AccountRef, known: string | undefined): Promise<Resolution> {
    checkArtefactId(artefact)
    const retry = { ...RETRY, ...this.#options.retry }
    return await withRetries(retry, this.#closed.signal, () => this.#attempt(artefact, account, known))
  }

  async close (): Promise<void> {
    this.#closed.abort()
    await this.#agent.destroy()
  }

  async #attempt (artefact: string, account: AccountRef, known: string | undefined): Promise<Resolution> {
    const held = readValidator(known)
    const url = `${this.origin}/api/v1/artefacts/${encodeURIComponent(artefact)}/download`
    const head = await this.#get(artefact, url, this.#headers(account, held?.since))
    if (head.statusCode === 304) {
      await head.body.dump()
      if (held?.since === undefined) throw new CacheError('registry-misconfigured', artefact, 'the registry answers 304 to a request without condition')
      const version = header(head, 'x-artefact-version')
      // Another upload within the second that the condition names.
      if (version !== undefined && held.version !== undefined && version !== held.version) return await this.#attempt(artefact, account, undefined)
      return { kind: 'unchanged' }
    }
    if (isRedirect(head)) return await this.#follow(artefact, url, head)
    if (head.statusCode !== 200) throw await refusalOf(artefact, head, this.#clock())
    return this.#tarball(artefact, head, head)
  }

  /** Once, to the storage that the registry names; a second redirect is refused. */
  async #follow (artefact: string, from: string, redirect: Head): Promise<Resolution> {
    await redirect.body.dump()
    const location = header(redirect, 'location')
    const url = location === undefined ? null : URL.parse(location, from)
    if (url === null || !/^https?:$/.test(url.protocol)) throw new CacheError('registry-misconfigured', artefact, 'the registry redirects to nowhere', { detail: `location: ${location}` })
    const head = await this.#get(artefact, url.href, { accept: '*/*' })
    if (head.statusCode === 200) return this.#tarball(artefact, redirect, head)
    await head.body.dump()
    if (isRedirect(head)) throw new CacheError('registry-misconfigured', artefact, 'the storage of the registry redirects again', { detail: url.host })
    // The signed address may have expired meanwhile: the whole is asked again.
    throw new Retryable(unavailable(artefact, `the storage of the registry answers ${head.statusCode}`, url.host))
  }

  #tarball (artefact: string, registry: Head, storage: Head): Resolution {
    const announced = header(storage, 'content-length')
    const bytes = announced === undefined ? undefined : Number(announced)
    const dated = header(registry, 'last-modified') === undefined ? storage : registry
    const validator = validatorOf({
      lastModified: header(dated, 'last-modified'),
      date: header(dated, 'date'),
      version: header(registry, 'x-artefact-version'),
      now: this.#clock()
    })
    return { kind: 'tarball', stream: archiveBody(artefact, storage.body, bytes), bytes, validator: writeValidator(validator) }
  }

  async #get (artefact: string, url: string, headers: Record<string, string>): Promise<Head> {
    const { origin, pathname, search } = new URL(url)
    try {
      return await this.#agent.request({ origin, path: pathname + search, method: 'GET', headers: { ...headers, 'accept-encoding': 'identity' }, signal: this.#closed.signal })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? (error as Error).name
      const failure = unavailable(artefact, 'the registry cannot be reached', `${code}: ${(error as Error).message} (${origin})`, error)
      throw this.#closed.signal.aborted ? failure : new Retryable(failure)
    }
  }

  #headers (account: AccountRef, since: string | undefined): Record<string, string> {
    const { type, id, department } = account
    const headers = { 'x-secret-key': this.#options.secret, 'x-account': asciiJson({ type, id, department }) }
    return since === undefined ? headers : { ...headers, 'if-modified-since': since }
  }
}

function isRedirect (head: Head): boolean {
  return [301, 302, 303, 307, 308].includes(head.statusCode)
}

function header (head: Head, name: string): string | undefined {
  const value = head.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** A header holds no character beyond ASCII: JSON may escape them. */
function asciiJson (value: object): string {
  return JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
