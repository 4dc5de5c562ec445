/** Requests to a registry: bounded in time, asked again while it stumbles, and with a sentence for what no second attempt changes. */
import { Agent, type Dispatcher, type FormData } from 'undici'
import { originOf } from '../../cache/registries/http.ts'
import { attempts, Passing } from './attempts.ts'
import { UpgradeError, type RegistryAddress } from './types.ts'

interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** Behind `/api/v1`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Made anew for each attempt. */
  readonly body?: () => Promise<string | FormData>
}

/** The text of an archive is not read: it is empty. */
export interface Answer { readonly status: number, readonly text: string }

const CONNECT_MS = 10_000
/** A registry reads the whole archive before it answers. */
const ANSWER_MS = 15 * 60_000
const IDLE_MS = 60_000
const PAUSES_MS = [500, 3_000]
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

export class RegistryHttp {
  readonly origin: string
  readonly #secret: string
  readonly #pausesMs: readonly number[]
  readonly #agent = new Agent({ connect: { timeout: CONNECT_MS }, headersTimeout: ANSWER_MS, bodyTimeout: IDLE_MS, connections: 4 })

  /** Throws `TypeError` for an address that is none. */
  constructor ({ url, secret, pausesMs = PAUSES_MS }: RegistryAddress & { readonly pausesMs?: readonly number[] }) {
    this.origin = originOf(url)
    this.#secret = secret
    this.#pausesMs = pausesMs
  }

  /** Throws `UpgradeError`: `registry-unavailable` when no attempt was answered, `registry-refused` for a wrong secret. */
  async ask (ask: Ask): Promise<Answer> {
    return await attempts(this.#pausesMs, () => this.#once(ask))
  }

  async #once ({ method, path, headers, body }: Ask): Promise<Answer> {
    const { origin, pathname } = new URL(this.origin)
    const address = `${pathname.replace(/\/$/, '')}/api/v1${path}`
    let found: Dispatcher.ResponseData
    try {
      found = await this.#agent.request({ origin, path: address, method, headers: { 'x-secret-key': this.#secret, ...headers }, body: await body?.() })
      const status = found.statusCode
      const text = status === 200 && /\/(download|tarball)(\?|$)/.test(path) ? await leave(found) : await textIn(found)
      if (status === 429 || status === 408 || status >= 500) throw new Passing(new UpgradeError('registry-unavailable', `${this.origin} answers ${status} to ${method} ${path}: ${text}`))
      if (status === 401) throw new UpgradeError('registry-refused', `${this.origin} refuses the secret (401): SECRET_REGISTRY has to be its SECRET_INTERNAL_SERVICES, and PRIVATE_REGISTRY_URL its address inside the platform`)
      return { status, text }
    } catch (error) {
      if (error instanceof Passing || error instanceof UpgradeError) throw error
      throw new Passing(new UpgradeError('registry-unavailable', `${this.origin} cannot be reached: ${error instanceof Error ? error.message : String(error)}`, { cause: error }))
    }
  }

  async close (): Promise<void> {
    await this.#agent.destroy()
  }
}

/** The connection is given up: an archive may be large. */
async function leave ({ body }: Dispatcher.ResponseData): Promise<string> {
  body.on('error', () => {}) // of the giving up
  body.destroy()
  return ''
}

async function textIn ({ body, statusCode }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) { // undici types its chunks as any
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) break
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return statusCode < 300 ? text : text.slice(0, 300).replaceAll(/\s+/g, ' ').trim()
}
