/** The contract of the plugin cache and of the registries behind it. */
import type { SourcePlace } from './code-frame.ts'
import type { PackageLimits } from './options.ts'
import { renderReason, type Reason } from './reasons.ts'

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

export interface EnsureOptions {
  /** The only content that is accepted, `sha512-…`: another one is refused with a sentence that says both. */
  readonly integrity?: string
  /** Keeps the content on disk, against all processes that prune the cache, until `release()` of the answer is called. */
  readonly hold?: boolean
}

export interface Ensured {
  readonly plugin: CachedPlugin
  /** `hit`: nothing was fetched nor built. */
  readonly from: 'hit' | 'download'
  readonly ms: { readonly resolve: number, readonly download: number, readonly bundle: number }
  /** The registry does not answer: this is the content that it gave the account at `confirmedAt` (ISO). See `CacheOptions.staleIfErrorMs`. */
  readonly stale?: { readonly confirmedAt: string, readonly reason: Reason }
  readonly heldBack?: HeldBack
  /** With `hold`. Calling it twice is harmless. */
  readonly release?: () => void
}

/** The registry offers a lower version than the one used before, as after a tag was moved back: `kept` is used on. */
export interface HeldBack {
  readonly name: string
  readonly kept: string
  readonly offered: string
}

export interface Cache {
  /**
   * The registry is asked on every call with the account, also on a hit: access may have been revoked.
   * Concurrent calls for the same content share one job, also those of other processes. Throws `CacheError` only.
   */
  ensure(artefact: string, account: AccountRef, options?: EnsureOptions): Promise<Ensured>
  /** Deletes contents that were not used lately. Never one in use. */
  prune(): Promise<{ readonly removed: number, readonly bytes: number }>
  close(): Promise<void>
}

/** What the cache did since it was opened, and what it holds. */
export interface CacheUsage {
  /** Calls of `ensure` that ended so. `stale` ones are counted there alone. */
  readonly hits: number
  readonly downloads: number
  readonly stale: number
  readonly failures: number
  /** Bytes of archives that were fetched. */
  readonly downloadedBytes: number
  /** On disk, of all processes; looked at once a minute at most. */
  readonly contents: number
  readonly bytes: number
  /** Since the content that was used least lately was used; 0 when there is none. */
  readonly oldestUseMs: number
}

/** A cache that tells what it does. */
export interface MeasuredCache extends Cache {
  usage(): Promise<CacheUsage>
}

/** These are also codes of an outcome (runner/outcome.ts). `internal`: this machine's fault (its disk, a build worker), or ours. */
export type CacheErrorCode =
  | 'plugin-not-found' | 'plugin-forbidden' | 'registry-unavailable' | 'registry-misconfigured'
  | 'plugin-corrupt' | 'plugin-refused' | 'plugin-invalid' | 'internal'

export class CacheError extends Error {
  readonly code: CacheErrorCode
  readonly artefact: string
  /** Without a path of the host: it is shown to the person, in his language (reasons.ts). */
  readonly reason: Reason
  /** For operators: status, address, system error. */
  readonly detail?: string
  /** Where in the plugin's files, for a file that cannot be read as code. Not cleaned. */
  readonly where?: SourcePlace
  constructor (code: CacheErrorCode, artefact: string, reason: Reason, options: { detail?: string, where?: SourcePlace, cause?: unknown } = {}) {
    super(`${code}: plugin ${artefact}: ${renderReason(reason, 'en')}`, { cause: options.cause })
    this.name = 'CacheError'
    this.code = code
    this.artefact = artefact
    this.reason = reason
    this.detail = options.detail
    this.where = options.where
  }
}

/** What a registry knows of an artefact before any byte is fetched. */
export type Resolution =
  /** The content last seen under this validator is still the current one. */
  | { readonly kind: 'unchanged', readonly heldBack?: HeldBack }
  /** A gzip tarball to read to its end. `validator` is handed back at the next resolve. */
  | { readonly kind: 'tarball', readonly stream: AsyncIterable<Uint8Array>, readonly bytes?: number, readonly validator: string }
  /** Several archives that make one package together; `fetch` puts them into a folder. */
  | { readonly kind: 'package', readonly validator: string, readonly heldBack?: HeldBack, readonly fetch: (folder: string, tools: PackageTools) => Promise<readonly Part[]> }
  /** A folder on this machine, already unpacked. `validator` changes when any file does. */
  | { readonly kind: 'folder', readonly dir: string, readonly validator: string }

export interface Part {
  /** File that holds a gzip tarball. */
  readonly archive: string
  /** Folder of the package into which it is unpacked, with `/`; empty for the package itself. */
  readonly at: string
  /** `sha512-…` of the archive. */
  readonly integrity: string
  /** The first segment of each path is left out, whatever it is called; else only when it is `package`. */
  readonly stripFirst?: boolean
}

/** What a registry that makes a package of several archives is given for it. */
export interface PackageTools {
  readonly limits: PackageLimits
  /** Reads an archive into the new file `to`, and answers `sha512-…` of it. */
  download(tarball: Extract<Resolution, { kind: 'tarball' }>, to: string): Promise<string>
  /** Unpacks into the new folder `to`, under the limits. */
  unpack(parts: readonly Part[], to: string): Promise<void>
}

/** What was used of one package. */
export interface VersionsSeen {
  /** Artefact and the version that was used last, which is the highest: see registries/npm-versions.ts. */
  readonly used: readonly (readonly [artefact: string, version: string])[]
  /** Version and `sha512-…` of its archive, as it was first used. */
  readonly integrities: readonly (readonly [version: string, integrity: string])[]
}

export interface SeenVersion {
  readonly origin: string
  readonly name: string
  readonly artefact: string
  readonly version: string
  readonly integrity: string
}

export interface VersionMemory {
  read(origin: string, name: string): Promise<VersionsSeen>
  note(seen: SeenVersion): Promise<void>
}

export interface Registry {
  /** Printable, without credentials: part of the cache key. */
  readonly origin: string
  /** Of one artefact, for a registry that is several. @default origin */
  originOf?(artefact: string): string
  /** `known`: validator of the content held, if any. Checks the account's access before anything else. Throws `CacheError`. */
  resolve(artefact: string, account: AccountRef, known: string | undefined): Promise<Resolution>
  /** Of a registry of versions: what was used before is remembered there. Called once, by the cache that is opened over it. */
  remember?(memory: VersionMemory): void
  /** The content of `validator` could be loaded. Called at every `ensure` that succeeds. */
  used?(artefact: string, validator: string): Promise<void>
  close(): Promise<void>
}
