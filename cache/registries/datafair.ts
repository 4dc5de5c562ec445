/**
 * A registry of data-fair (github.com/data-fair/registry). It has spoken two protocols for the artefacts of plugins: the conditional
 * download (datafair-download.ts), and before it a description with one archive for each architecture (datafair-slots.ts). Which one
 * is found out with the first artefact, remembered, and found out again when an answer contradicts it.
 */
import { reason } from '../reasons.ts'
import { CacheError, type AccountRef, type Registry, type Resolution } from '../types.ts'
import { checkArtefactId } from './artefact-id.ts'
import { askDownload } from './datafair-download.ts'
import { askSlots } from './datafair-slots.ts'
import type { DatafairCall, OtherProtocol } from './datafair-call.ts'
import { readValidator } from './datafair-validator.ts'
import { originOf, RegistryHttp, type HttpOptions } from './http.ts'

export interface DatafairOptions extends HttpOptions {
  /** Base address, for example `http://registry:8080` or `https://host/registry`; reached as it is, private or not. */
  readonly url: string
  /** `x-secret-key`: sent to the registry alone, never to a storage that it redirects to. */
  readonly secret: string
  /** Which archive an older registry is asked for; it answers with the one of no architecture when it has none. @default process.arch */
  readonly architecture?: string
}

type Protocol = 'download' | 'slots'

const ask: Readonly<Record<Protocol, (call: DatafairCall) => Promise<Resolution | OtherProtocol>>> = { download: askDownload, slots: askSlots }

export class DatafairRegistry implements Registry {
  readonly origin: string
  readonly #secret: string
  readonly #architecture: string
  readonly #http: RegistryHttp
  #protocol: Protocol | undefined

  /** Throws `TypeError` when `url` is not an http(s) address. */
  constructor (options: DatafairOptions) {
    this.origin = originOf(options.url)
    this.#secret = options.secret
    this.#architecture = options.architecture ?? process.arch
    this.#http = new RegistryHttp(options)
  }

  async resolve (artefact: string, account: AccountRef, known: string | undefined): Promise<Resolution> {
    checkArtefactId(artefact)
    const { type, id, department } = account
    const call: DatafairCall = {
      http: this.#http,
      artefact,
      address: `${this.origin}/api/v1/artefacts/${encodeURIComponent(artefact)}`,
      headers: { 'x-secret-key': this.#secret, 'x-account': asciiJson({ type, id, department }) },
      architecture: this.#architecture,
      held: readValidator(known)
    }
    return await this.#http.ask(artefact, this.origin, () => this.#attempt(call))
  }

  async close (): Promise<void> {
    await this.#http.close()
  }

  async #attempt (call: DatafairCall): Promise<Resolution> {
    // What was held tells the protocol too: a service that starts again does not ask twice.
    const first: Protocol = this.#protocol ?? (call.held?.dataUpdatedAt === undefined ? 'download' : 'slots')
    for (const protocol of [first, first === 'slots' ? 'download' : 'slots'] as const) {
      const found = await ask[protocol](call)
      if (found === 'other-protocol') continue
      this.#protocol = protocol
      return found
    }
    throw new CacheError('registry-misconfigured', call.artefact, reason('unknown-protocol'))
  }
}

/** A header holds no character beyond ASCII: JSON may escape them. */
function asciiJson (value: object): string {
  return JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
