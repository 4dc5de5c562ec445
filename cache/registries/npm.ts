/**
 * Any registry that speaks npm's protocol. An artefact is `name@tag` or `name@range`; its package and the production dependencies of it
 * are fetched, checked against their SHA-512 and unpacked side by side. No script of any package is run.
 *
 * The registry is asked on every call with the token of this platform: accounts are not told apart.
 */
import { reason } from '../reasons.ts'
import { CacheError, type AccountRef, type PackageTools, type Part, type Registry, type Resolution, type VersionMemory } from '../types.ts'
import { checkArtefactId } from './artefact-id.ts'
import { RegistryHttp, type HttpOptions } from './http.ts'
import { NpmClient } from './npm-client.ts'
import { fetchParts } from './npm-parts.ts'
import { pick, readPackument, type Dist, type Packument } from './npm-packument.ts'
import { NpmScopes, type NpmSource, type Source } from './npm-scopes.ts'
import { readSpec } from './npm-spec.ts'
import { choose, republished } from './npm-versions.ts'

export interface NpmOptions extends HttpOptions, Partial<NpmSource> {
  /** `@scope` -> the registry that has it. Without `url`, packages of other scopes are unknown. */
  readonly scopes?: Readonly<Record<string, NpmSource>>
  /** Origins from which archives may come beside that of their registry. */
  readonly tarballOrigins?: readonly string[]
  /** Largest description of a package. @default 32 MB */
  readonly packumentBytes?: number
  /** To find out which dependencies a package needs, and to fetch them. @default 120,000 */
  readonly installMs?: number
}

interface Held { readonly etag: string, readonly packument: Packument }

const PACKUMENT_BYTES = 32 * 1024 * 1024
const INSTALL_MS = 120_000
/** Descriptions kept to be asked for conditionally. */
const MAX_HELD = 200

interface Validator extends Dist { readonly version: string }

export class NpmRegistry implements Registry {
  readonly origin: string
  readonly #scopes: NpmScopes
  readonly #http: RegistryHttp
  readonly #client: NpmClient
  readonly #installMs: number
  /** By address of the registry and name, the least recently used first. */
  readonly #held = new Map<string, Held>()
  #memory: VersionMemory | undefined

  /** Throws `TypeError` when an address is not one of http(s). */
  constructor (options: NpmOptions) {
    const { url, token, scopes = {}, tarballOrigins = [], packumentBytes = PACKUMENT_BYTES } = options
    this.#scopes = new NpmScopes(url === undefined ? undefined : { url, token }, scopes)
    this.#http = new RegistryHttp(options)
    this.#client = new NpmClient({ http: this.#http, tarballOrigins, packumentBytes })
    this.#installMs = options.installMs ?? INSTALL_MS
    this.origin = this.#scopes.origin('any') ?? `npm:${Object.keys(scopes).join(',')}`
  }

  originOf (artefact: string): string {
    return this.#scopes.origin(artefact) ?? this.origin
  }

  async resolve (artefact: string, _account: AccountRef, known: string | undefined): Promise<Resolution> {
    checkArtefactId(artefact)
    const spec = readSpec(artefact)
    const source = this.#scopes.of(artefact, spec)
    const packument = await this.#packument(artefact, source, spec.name)
    const offered = pick(packument, spec.wanted)
    if (offered === undefined) throw new CacheError('plugin-not-found', artefact, reason('no-version', { name: spec.name, wanted: spec.wanted }))
    const seen = await this.#memory?.read(this.originOf(artefact), spec.name) ?? { used: [], integrities: [] }
    const { version, dist, ...held } = choose(artefact, spec.name, packument, offered, seen)
    const before = readValidator(known)
    if (before?.version === version) {
      if (before.integrity === dist.integrity) return { kind: 'unchanged', ...held }
      throw republished(artefact, version, before.integrity, dist.integrity)
    }
    const validator = JSON.stringify({ version, ...dist } satisfies Validator)
    const tools = { client: this.#client, scopes: this.#scopes, installMs: this.#installMs }
    return { kind: 'package', validator, ...held, fetch: async (folder: string, fetching: PackageTools): Promise<readonly Part[]> => await fetchParts({ ...tools, ...fetching, artefact, source, dist, folder }) }
  }

  remember (memory: VersionMemory): void {
    this.#memory = memory
  }

  async used (artefact: string, validator: string): Promise<void> {
    const used = readValidator(validator)
    if (used === undefined) return
    await this.#memory?.note({ origin: this.originOf(artefact), name: readSpec(artefact).name, artefact, version: used.version, integrity: used.integrity })
  }

  async close (): Promise<void> {
    await this.#http.close()
  }

  async #packument (artefact: string, source: Source, name: string): Promise<Packument> {
    const key = `${source.address} ${name}`
    const held = this.#held.get(key)
    const described = await this.#client.describe(artefact, source, name, held?.etag)
    if (described.kind === 'unchanged' && held !== undefined) {
      this.#hold(key, held)
      return held.packument
    }
    if (described.kind === 'unchanged') throw new CacheError('registry-misconfigured', artefact, reason('unasked-304'))
    const packument = readPackument(artefact, described.bytes)
    this.#held.delete(key)
    if (described.etag !== undefined) this.#hold(key, { etag: described.etag, packument })
    return packument
  }

  #hold (key: string, held: Held): void {
    this.#held.delete(key)
    this.#held.set(key, held)
    if (this.#held.size > MAX_HELD) this.#held.delete(this.#held.keys().next().value as string) // it is not empty
  }
}

/** Undefined when there is none, or when it is not one of ours: another kind of registry was asked before. */
function readValidator (text: string | undefined): Validator | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return typeof value === 'object' && value !== null && 'version' in value && 'integrity' in value ? value as Validator : undefined // written above
  } catch {
    return undefined
  }
}
