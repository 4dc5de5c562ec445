/** The contract of the plugin cache and of the registries behind it. */

/** On whose behalf a plugin is asked for: always the owner of the processing, never the person who looks. */
export interface AccountRef {
  readonly type: 'user' | 'organization'
  readonly id: string
  readonly department?: string
}

export interface CachedPlugin {
  readonly artefact: string
  /** `name` and `version` of the package's manifest. */
  readonly name: string
  readonly version: string
  /** `sha512-…` of the archive, or of the folder's listing and contents for a plugin that is a folder. */
  readonly integrity: string
  /** Registry that served it, without credentials. */
  readonly origin: string
  /** The unpacked package. It never changes once published. */
  readonly dir: string
  /** One CommonJS script: see cache/bundle.ts for its shape. */
  readonly bundle: Buffer
  /** Where the source map of the bundle lies (JSON); its `sources` are paths inside the package. */
  readonly sourceMapPath: string
  /** Entry of the package, relative to it: what a person recognises in a message. */
  readonly entry: string
  /** Node builtins that the bundle requires, without `node:`. */
  readonly builtins: readonly string[]
  /** True when the entry uses top-level await: the bundle's function is then asynchronous. */
  readonly async: boolean
  /** `processing-config-schema.json`, or `plugin.json#processingConfigSchema`; undefined when the package has none. */
  readonly schema?: Record<string, unknown>
}

export interface Ensured {
  readonly plugin: CachedPlugin
  /** `hit`: nothing was fetched nor built. */
  readonly from: 'hit' | 'download'
  readonly ms: { readonly resolve: number, readonly download: number, readonly bundle: number }
}

export interface Cache {
  /**
   * The registry is asked on every call with the account, also on a hit: access may have been revoked.
   * Concurrent calls for the same content share one job. Throws `CacheError` only.
   */
  ensure(artefact: string, account: AccountRef): Promise<Ensured>
  /** Deletes contents that were not used lately. Never one in use. */
  prune(): Promise<{ readonly removed: number, readonly bytes: number }>
  close(): Promise<void>
}

/** These are also codes of an outcome (runner/outcome.ts). */
export type CacheErrorCode =
  | 'plugin-not-found' | 'plugin-forbidden' | 'registry-unavailable' | 'registry-misconfigured'
  | 'plugin-corrupt' | 'plugin-refused' | 'plugin-invalid'

export class CacheError extends Error {
  readonly code: CacheErrorCode
  readonly artefact: string
  /** Short, in English, without a path of the host: it is shown to the person. */
  readonly reason: string
  /** For operators: status, address, system error. */
  readonly detail?: string
  constructor (code: CacheErrorCode, artefact: string, reason: string, options: { detail?: string, cause?: unknown } = {}) {
    super(`${code}: plugin ${artefact}: ${reason}`, { cause: options.cause })
    this.name = 'CacheError'
    this.code = code
    this.artefact = artefact
    this.reason = reason
    this.detail = options.detail
  }
}

/** What a registry knows of an artefact before any byte is fetched. */
export type Resolution =
  /** The content last seen under this validator is still the current one. */
  | { readonly kind: 'unchanged' }
  /** A gzip tarball to read to its end. `validator` is handed back at the next resolve. */
  | { readonly kind: 'tarball', readonly stream: AsyncIterable<Uint8Array>, readonly bytes?: number, readonly validator: string }
  /** A folder on this machine, already unpacked. `validator` changes when any file does. */
  | { readonly kind: 'folder', readonly dir: string, readonly validator: string }

export interface Registry {
  /** Printable, without credentials: part of the cache key. */
  readonly origin: string
  /** `known`: validator of the content held, if any. Checks the account's access before anything else. Throws `CacheError`. */
  resolve(artefact: string, account: AccountRef, known: string | undefined): Promise<Resolution>
  close(): Promise<void>
}
