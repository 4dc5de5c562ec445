/** What the cache may be told, with the defaults of each setting. */
import type { HeldBack, Registry } from './types.ts'
import type { DatafairOptions } from './registries/datafair.ts'
import type { DirOptions } from './registries/dir.ts'
import type { NpmOptions } from './registries/npm.ts'

const MB = 1024 * 1024

/** Limits of a package while it is fetched and unpacked. Published plugins reach 10 MB, 98 MB unpacked and 5,322 files. */
export interface PackageLimits {
  /** Size of the gzip archive. @default 100 MB */
  readonly archiveBytes: number
  /** Size of the tar inside it, or of a folder's files. @default 400 MB */
  readonly unpackedBytes: number
  /** Files and folders. @default 60,000 */
  readonly entries: number
  /** Segments of a path. @default 32 */
  readonly depth: number
  /** Unpacked bytes per byte of archive; the first MB is free. @default 100 */
  readonly ratio: number
  /** Time to read the archive from the registry. @default 120,000 */
  readonly downloadMs: number
  /** Time to unpack. @default 60,000 */
  readonly unpackMs: number
}

export interface BundleLimits {
  /** Source files that the entry reaches, together. @default 64 MB */
  readonly inputBytes: number
  /** @default 20,000 */
  readonly modules: number
  /** The bundle. @default 32 MB */
  readonly outputBytes: number
  /** `package.json`, and the file that holds the schema. @default 1 MB */
  readonly manifestBytes: number
  /** Resident memory of the esbuild process (watched where /proc exists). @default 1,500 MB */
  readonly memoryBytes: number
  /** @default 30,000 */
  readonly ms: number
}

export interface PruneLimits {
  /** A content not used for so long is removed. @default 30 days */
  readonly ageMs: number
  /** Contents kept on disk, together; the least recently used go first. @default 5 GB */
  readonly bytes: number
  /** A content used so recently is never removed. @default 10 minutes */
  readonly inUseMs: number
}

export type RegistryOptions =
  | ({ readonly kind: 'dir' } & DirOptions)
  | ({ readonly kind: 'datafair' } & DatafairOptions)
  | ({ readonly kind: 'npm' } & NpmOptions)

/** Moments at which a crash would leave something behind. */
export type Step = 'locked' | 'download' | 'downloaded' | 'unpacked' | 'sealed' | 'published' | 'pointed' | 'bundle' | 'bundled' | 'built'

export interface CacheOptions {
  /** Folder of the cache; made when absent. Several processes of one machine may share it. */
  readonly dir: string
  readonly registry: RegistryOptions | Registry
  readonly limits?: Partial<PackageLimits>
  readonly bundle?: Partial<BundleLimits>
  readonly prune?: Partial<PruneLimits>
  /** Threads that unpack and bundle. With one, whatever is slow to build holds up all owners. @default 2 */
  readonly buildWorkers?: number
  /** Bundles kept in memory, together. @default 256 MB */
  readonly memoryBytes?: number
  /**
   * While the registry is unavailable, a content is used for which it confirmed the account's access no longer ago than this.
   * @default 0: never
   */
  readonly staleIfErrorMs?: number
  /** An artefact is not followed to a lower version: told once for each version that is offered. @default nothing */
  readonly onHeldBack?: (artefact: string, heldBack: HeldBack) => void
  /** Called at each of these moments, for tests that crash there. @default nothing */
  readonly atStep?: (step: Step) => void
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: () => number
}

export const PACKAGE_LIMITS: PackageLimits = Object.freeze({
  archiveBytes: 100 * MB,
  unpackedBytes: 400 * MB,
  entries: 60_000,
  depth: 32,
  ratio: 100,
  downloadMs: 120_000,
  unpackMs: 60_000
})

export const BUNDLE_LIMITS: BundleLimits = Object.freeze({
  inputBytes: 64 * MB,
  modules: 20_000,
  outputBytes: 32 * MB,
  manifestBytes: MB,
  memoryBytes: 1500 * MB,
  ms: 30_000
})

export const PRUNE_LIMITS: PruneLimits = Object.freeze({
  ageMs: 30 * 24 * 3_600_000,
  bytes: 5 * 1024 * MB,
  inUseMs: 10 * 60_000
})

export const MEMORY_BYTES = 256 * MB
