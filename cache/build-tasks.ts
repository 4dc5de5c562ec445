/** What crosses between the service and its build workers: data only, in both directions. */
import type { SourcePlace } from './code-frame.ts'
import type { BundleLimits, PackageLimits } from './options.ts'
import type { PackageLink } from './package-links.ts'
import { renderReason, type Reason } from './reasons.ts'
import type { CacheErrorCode, Part } from './types.ts'

export type BuildTask =
  /** Unpacks gzip tarballs, mostly one, into the new folder `to`. */
  | { readonly job: 'extract', readonly parts: readonly Pick<Part, 'archive' | 'at' | 'stripFirst'>[], readonly to: string, readonly limits: PackageLimits }
  /** Copies a plugin's folder into the new folder `to`. */
  | { readonly job: 'copy', readonly from: string, readonly to: string, readonly limits: PackageLimits }
  /** Bundles the package in `dir` and writes the bundle and its map. */
  | { readonly job: 'bundle', readonly dir: string, readonly links?: readonly PackageLink[], readonly bundle: string, readonly map: string, readonly limits: BundleLimits }
  /** The digest of a published package, to be compared with the one kept. */
  | { readonly job: 'digest', readonly dir: string, readonly limits: PackageLimits }

/** What a thread is handed. */
export interface BuildJob {
  readonly task: BuildTask
  /** One Int32: process id of the esbuild process while there is one, for whoever has to end the thread. */
  readonly processId: SharedArrayBuffer
}

/** A package as it lies on disk. */
export interface Tree {
  /** `sha512-…` of the sorted list of paths, sizes and hashes of the files. */
  readonly digest: string
  readonly entries: number
  readonly bytes: number
  /** Absent when it had none. They are no part of the digest. */
  readonly links?: readonly PackageLink[]
}

/** A bundle as it lies on disk, and what the manifest says. */
export interface Bundled {
  readonly name: string
  readonly version: string
  readonly entry: string
  readonly builtins: readonly string[]
  readonly async: boolean
  readonly schema?: Record<string, unknown>
  /** SHA-256 of the bundle, hexadecimal. */
  readonly sha256: string
  readonly bytes: number
}

export interface TaskValues {
  readonly extract: Tree
  readonly copy: Tree
  readonly digest: Tree
  readonly bundle: Bundled
}

export interface Failure {
  readonly code: CacheErrorCode
  readonly reason: Reason
  readonly detail?: string
  /** Where in the plugin's files. */
  readonly where?: SourcePlace
  /** True when the same bytes fail again: there is no use in trying before they change. */
  readonly lasting: boolean
}

export type Answer<T> =
  | { readonly ok: true, readonly value: T }
  | { readonly ok: false, readonly failure: Failure }

/** Thrown inside a build worker, and turned into an answer at its border. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly failure: Failure
  constructor (code: CacheErrorCode, reason: Reason, options: { detail?: string, where?: SourcePlace, lasting?: boolean, cause?: unknown } = {}) {
    super(`${code}: ${renderReason(reason, 'en')}`, { cause: options.cause })
    // Bytes may have been damaged on their way: the same request can bring others.
    this.failure = { code, reason, detail: options.detail, where: options.where, lasting: options.lasting ?? code !== 'plugin-corrupt' }
  }
}
