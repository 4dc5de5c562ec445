/** What the move asks of a registry of data-fair (github.com/data-fair/registry), with the secret that services of the platform share. */
import { openAsBlob } from 'node:fs'
import { FormData } from 'undici'
import type { AccountRef } from '../../cache/types.ts'
import { readArtefact, type Artefact } from './artefact.ts'
import { isObject } from './read-json.ts'
import { RegistryHttp, type Answer } from './registry-http.ts'
import { UpgradeError, type RegistryAddress } from './types.ts'

export interface ClientOptions extends RegistryAddress {
  readonly architecture: string
  /** Before the second and the third attempt. @default 500 and 3,000 */
  readonly pausesMs?: readonly number[]
}

/** Throws `UpgradeError`: `registry-unavailable` after three attempts, `registry-refused` for an answer that no attempt will change. */
export class RegistryClient {
  readonly origin: string
  readonly #architecture: string
  readonly #http: RegistryHttp

  /** Throws `TypeError` for an address that is none. */
  constructor (options: ClientOptions) {
    this.#architecture = options.architecture
    this.#http = new RegistryHttp(options)
    this.origin = this.#http.origin
  }

  /** Undefined: the registry does not know it. */
  async find (id: string): Promise<Artefact | undefined> {
    const answer = await this.#http.ask({ method: 'GET', path: artefactPath(id) })
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refused(`what it knows of ${id} is wanted`, answer)
    return readArtefact(this.#read(answer.text), this.#architecture)
  }

  /** Sends an archive as the content of an artefact. `architecture`: for which alone it is; registries that know none leave it aside. */
  async publish (id: string, { archive, architecture }: { readonly archive: string, readonly architecture: string }): Promise<void> {
    const answer = await this.#http.ask({
      method: 'POST',
      path: `/artefacts/npm/${encodeURIComponent(id)}`,
      body: async () => form([['architecture', architecture], ['category', 'processing'], ['file', await openAsBlob(archive, { type: 'application/gzip' }), 'package.tgz']])
    })
    if (answer.status === 201) return
    if (answer.status === 409) throw new UpgradeError('registry-refused', `the registry holds ${id} as a copy of another registry's, or for another package (409: ${answer.text}): settle there which of the two it is to be, then run the upgrade again`)
    if (answer.status === 413) throw new UpgradeError('registry-refused', `the archive of ${id} is larger than the registry takes (413: ${answer.text}): raise its MAX_UPLOAD_BYTES`)
    throw refused(`the archive of ${id} is to be taken`, answer)
  }

  /** Answers whether the artefact was there. */
  async patch (id: string, fields: Readonly<Record<string, unknown>>): Promise<boolean> {
    const answer = await this.#http.ask({ method: 'PATCH', path: artefactPath(id), headers: { 'content-type': 'application/json' }, body: async () => JSON.stringify(fields) })
    if (answer.status === 404) return false
    if (answer.status !== 200) throw refused(`the texts and the access of ${id} are to be taken`, answer)
    return true
  }

  async addThumbnail (id: string, svg: string): Promise<void> {
    const answer = await this.#http.ask({
      method: 'POST',
      path: `${artefactPath(id)}/thumbnail`,
      body: async () => form([['file', new Blob([svg], { type: 'image/svg+xml' }), 'icon.svg']])
    })
    if (answer.status < 200 || answer.status > 299) throw refused(`a thumbnail of ${id} is to be taken`, answer)
  }

  /** Whether the registry gives the archive to this account. Nothing of the archive is read. */
  async gives (id: string, account: AccountRef): Promise<boolean> {
    const { type, id: accountId, department } = account
    const headers = { 'x-account': asciiJson({ type, id: accountId, ...(department === undefined ? {} : { department }) }) }
    // Registries that know no `/download` for plugins answer 404, or 400.
    const newer = await this.#http.ask({ method: 'GET', path: `${artefactPath(id)}/download`, headers })
    const answer = newer.status === 404 || newer.status === 400
      ? await this.#http.ask({ method: 'GET', path: `${artefactPath(id)}/tarball?architecture=${encodeURIComponent(this.#architecture)}`, headers })
      : newer
    if (answer.status === 403 || answer.status === 404) return false
    if (answer.status === 200 || (answer.status > 300 && answer.status < 304)) return true
    throw refused(`the archive of ${id} is wanted for ${type}:${accountId}`, answer)
  }

  /** Lets an account download. Undefined: this registry knows no such thing. */
  async grant ({ type, id }: Pick<AccountRef, 'type' | 'id'>): Promise<'granted' | 'had-it' | undefined> {
    const answer = await this.#http.ask({ method: 'POST', path: '/access-grants', headers: { 'content-type': 'application/json' }, body: async () => JSON.stringify({ account: { type, id } }) })
    if (answer.status === 201 || answer.status === 200) return 'granted'
    if (answer.status === 409) return 'had-it'
    if (answer.status === 404 || answer.status === 405) return undefined
    throw refused(`an access grant for ${type}:${id} is to be taken`, answer)
  }

  async close (): Promise<void> {
    await this.#http.close()
  }

  #read (text: string): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(text)
      if (isObject(value)) return value
    } catch {
      // Said below.
    }
    throw new UpgradeError('registry-refused', `${this.origin} is not a registry of data-fair: the description of an artefact is wanted, found ${JSON.stringify(text.slice(0, 100))}`)
  }
}

function artefactPath (id: string): string {
  return `/artefacts/${encodeURIComponent(id)}`
}

/** The file comes last: a registry that reads the form as it arrives knows by then what the file is. */
function form (parts: readonly (readonly [string, string] | readonly [string, Blob, string])[]): FormData {
  const data = new FormData()
  for (const [name, value, fileName] of parts) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, value, fileName)
  }
  return data
}

function refused (wanted: string, { status, text }: Answer): UpgradeError {
  return new UpgradeError('registry-refused', `${wanted}, the registry answers ${status}: ${text}`)
}

/** A header holds no character beyond ASCII: JSON may escape them. */
function asciiJson (value: object): string {
  return JSON.stringify(value).replaceAll(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
