/** Which registry has a package: decided by its scope alone. There is no second choice, so that nobody can put himself in between. */
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import { originOf } from './http.ts'
import { readSpec, type NpmSpec } from './npm-spec.ts'

export interface NpmSource {
  /** Base address of a registry; reached as it is, private or not. */
  readonly url: string
  /** Sent as `Authorization: Bearer`, to this registry alone. */
  readonly token?: string
}

export interface Source {
  /** Printable, without a slash at its end. */
  readonly address: string
  readonly token: string | undefined
}

export class NpmScopes {
  readonly #fallback: Source | undefined
  readonly #scopes: ReadonlyMap<string, Source>

  /** `fallback`: of all packages whose scope is not in `scopes`; without it these are unknown. Throws `TypeError` for an address that is none. */
  constructor (fallback: NpmSource | undefined, scopes: Readonly<Record<string, NpmSource>>) {
    this.#fallback = fallback === undefined ? undefined : toSource(fallback)
    this.#scopes = new Map(Object.entries(scopes).map(([scope, source]) => [scope, toSource(source)]))
  }

  /** Throws `CacheError` `plugin-not-found`. */
  of (artefact: string, { name, scope }: NpmSpec): Source {
    const source = (scope === undefined ? undefined : this.#scopes.get(scope)) ?? this.#fallback
    if (source === undefined) throw new CacheError('plugin-not-found', artefact, reason('no-registry', { name }))
    return source
  }

  /** Where an artefact comes from; undefined for an id that is none. */
  origin (artefact: string): string | undefined {
    try {
      return this.of(artefact, readSpec(artefact)).address
    } catch (error) {
      if (error instanceof CacheError) return undefined
      throw error
    }
  }
}

function toSource ({ url, token }: NpmSource): Source {
  return { address: originOf(url), token }
}
