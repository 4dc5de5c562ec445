/** The public keys of simple-directory: fetched when they are needed, kept while it is away, never asked for more often than stated. */
import { createLocalJWKSet, errors, type CompactVerifyGetKey } from 'jose'

export interface DirectoryKeysOptions {
  /** Of the JSON Web Key Set. */
  readonly url: string
  /** Keys older than this are fetched again, aside: a key that was withdrawn stops being good. @default 600000 */
  readonly freshMs?: number
  /** While the directory is away, keys are used up to this age. @default 3600000 */
  readonly staleMs?: number
  /** A key id that is not known has the keys fetched again so often at most. @default 60000 */
  readonly refetchMs?: number
  /** After a failure, so long without asking. @default 2000 */
  readonly retryMs?: number
  /** @default 5000 */
  readonly timeoutMs?: number
  readonly onError?: (error: unknown) => void
}

/** The directory cannot be asked: whether a token is right is not known. */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
  readonly code = 'directory-unavailable'
}

type FindKey = (...args: Parameters<CompactVerifyGetKey>) => Promise<Awaited<ReturnType<CompactVerifyGetKey>>>

const MAX_BYTES = 256 * 1024

/** Any number of requests share one fetch. It holds nothing that must be closed. */
export class DirectoryKeys {
  readonly #options: Required<DirectoryKeysOptions>
  #keys: { readonly find: ReturnType<typeof createLocalJWKSet>, readonly at: number } | undefined
  #pending: Promise<void> | undefined
  #askedAt = -Infinity
  #failed = false

  constructor (options: DirectoryKeysOptions) {
    this.#options = { freshMs: 600_000, staleMs: 3_600_000, refetchMs: 60_000, retryMs: 2_000, timeoutMs: 5_000, onError: () => {}, ...options }
  }

  /** For jose. Throws `DirectoryUnavailable`, or jose's `JWKSNoMatchingKey` for a key that the directory does not have. */
  readonly find: FindKey = async (header, token) => {
    const keys = await this.#current()
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return await this.#findAgain(header, token, error)
    }
  }

  /** The directory may have a new key. Within a minute of the last look there is none, or nobody can tell. */
  async #findAgain (header: Parameters<FindKey>[0], token: Parameters<FindKey>[1], unknown: Error): Promise<Awaited<ReturnType<FindKey>>> {
    if (this.#pending !== undefined || performance.now() - this.#askedAt >= this.#options.refetchMs) await this.#fetch()
    if (this.#failed) throw new DirectoryUnavailable('the keys of the directory could not be fetched again', { cause: unknown })
    return await (await this.#current())(header, token)
  }

  async #current (): Promise<ReturnType<typeof createLocalJWKSet>> {
    const { freshMs, staleMs, retryMs } = this.#options
    const age = this.#keys === undefined ? Infinity : performance.now() - this.#keys.at
    const mayAsk = !this.#failed || performance.now() - this.#askedAt >= retryMs
    if (age >= freshMs && (mayAsk || this.#pending !== undefined)) {
      const fetched = this.#fetch()
      if (age >= staleMs) await fetched
    }
    if (this.#keys === undefined || performance.now() - this.#keys.at >= staleMs) throw new DirectoryUnavailable('the keys of the directory could not be fetched')
    return this.#keys.find
  }

  /** Never rejects: what went wrong is told to `onError`, and remembered. */
  #fetch (): Promise<void> {
    this.#pending ??= this.#ask().finally(() => { this.#pending = undefined })
    return this.#pending
  }

  async #ask (): Promise<void> {
    this.#askedAt = performance.now()
    try {
      this.#keys = { find: createLocalJWKSet(JSON.parse(await read(this.#options))), at: performance.now() }
      this.#failed = false
    } catch (error) {
      this.#failed = true
      this.#options.onError(error)
    }
  }
}

async function read ({ url, timeoutMs }: Required<DirectoryKeysOptions>): Promise<string> {
  const response = await fetch(url, { redirect: 'error', headers: { accept: 'application/json' }, signal: AbortSignal.timeout(timeoutMs) })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url}: wanted a set of keys, found status ${response.status}`)
  }
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > MAX_BYTES) throw new Error(`${url}: wanted a set of keys of at most ${MAX_BYTES} bytes, found more`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
