/** Asks the registries for descriptions and archives of packages. */
import { reason } from '../reasons.ts'
import { CacheError, type Resolution } from '../types.ts'
import { refusalOf } from './answers.ts'
import { archiveBody } from './archive-body.ts'
import { contentLength, header, isRedirect, readBody, type Head, type RegistryHttp } from './http.ts'
import { escapedName } from './npm-spec.ts'
import type { Dist } from './npm-packument.ts'
import type { Source } from './npm-scopes.ts'

/** The description that only holds what an installation needs; a registry that has none answers with the whole. */
const ACCEPT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8'

export interface NpmClientOptions {
  readonly http: RegistryHttp
  /** Origins from which archives may come beside that of their registry, such as `https://files.example.com`. */
  readonly tarballOrigins: readonly string[]
  /** Largest description of a package, in bytes. */
  readonly packumentBytes: number
}

export type Described =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'packument', readonly bytes: Buffer, readonly etag: string | undefined }

export class NpmClient {
  readonly #options: NpmClientOptions

  constructor (options: NpmClientOptions) {
    this.#options = options
  }

  /** `etag`: of the description held, if any. Throws `CacheError`. */
  async describe (artefact: string, source: Source, name: string, etag?: string): Promise<Described> {
    const { http, packumentBytes } = this.#options
    const headers = { accept: ACCEPT, ...authorization(source), ...(etag === undefined ? {} : { 'if-none-match': etag }) }
    return await http.ask(artefact, source.address, async () => {
      const head = await this.#get(artefact, source, `${source.address}/${escapedName(name)}`, headers)
      if (head.statusCode === 304) {
        await head.body.dump()
        if (etag === undefined) throw new CacheError('registry-misconfigured', artefact, reason('unasked-304'))
        return { kind: 'unchanged' }
      }
      if (head.statusCode !== 200) throw await refusalOf(artefact, head, http.clock())
      return { kind: 'packument', bytes: await readBody(artefact, head, packumentBytes), etag: header(head, 'etag') }
    })
  }

  /** Throws `CacheError`: `plugin-refused` for an archive that lies elsewhere. */
  async archive (artefact: string, source: Source, dist: Dist, validator: string): Promise<Extract<Resolution, { kind: 'tarball' }>> {
    this.#checkPlace(artefact, source, dist.tarball)
    const { http } = this.#options
    return await http.ask(artefact, source.address, async () => {
      const head = await this.#get(artefact, source, dist.tarball, authorization(source))
      if (head.statusCode !== 200) throw await refusalOf(artefact, head, http.clock())
      const bytes = contentLength(head)
      return { kind: 'tarball', stream: archiveBody(artefact, head.body, bytes), bytes, validator }
    })
  }

  /** One redirect is followed, to a place where archives may lie; the token goes to the registry alone. */
  async #get (artefact: string, source: Source, url: string, headers: Record<string, string>): Promise<Head> {
    const { http } = this.#options
    const { authorization: token, ...open } = headers
    const sent = (to: string): Record<string, string> => token === undefined || new URL(to).origin !== new URL(source.address).origin ? open : { ...open, authorization: token }
    const head = await http.send('GET', artefact, url, sent(url))
    if (!isRedirect(head)) return head
    await head.body.dump()
    const target = URL.parse(header(head, 'location') ?? '', url)
    if (target === null) throw new CacheError('registry-misconfigured', artefact, reason('redirect-nowhere'))
    this.#checkPlace(artefact, source, target.href)
    const followed = await http.send('GET', artefact, target.href, sent(target.href))
    if (!isRedirect(followed)) return followed
    await followed.body.dump()
    throw new CacheError('registry-misconfigured', artefact, reason('redirect-again'), { detail: target.host })
  }

  #checkPlace (artefact: string, source: Source, address: string): void {
    const registry = new URL(source.address).origin
    const url = URL.parse(address)
    const isAllowed = url !== null && /^https?:$/.test(url.protocol) && (url.origin === registry || this.#options.tarballOrigins.includes(url.origin))
    if (isAllowed && url.username === '' && url.password === '') return
    throw new CacheError('plugin-refused', artefact, reason('archive-elsewhere'), { detail: `wanted ${[registry, ...this.#options.tarballOrigins].join(' or ')}, found ${url === null ? 'no address' : `${url.protocol}//${url.host}`}` })
  }
}

function authorization ({ token }: Source): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}
