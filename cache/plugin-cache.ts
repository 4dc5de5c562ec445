/**
 * What callers of the cache see: the plugin that the registry has now (current-contents.ts); when the registry is unavailable, the one
 * that it gave the account lately (confirmations.ts).
 */
import type { BuildPool } from './build-pool.ts'
import type { Confirmations } from './confirmations.ts'
import type { ContentLoader } from './content-loader.ts'
import type { Contents } from './contents.ts'
import type { CurrentContents } from './current-contents.ts'
import { asCacheError } from './failures.ts'
import { Growth } from './growth.ts'
import type { Holds } from './holds.ts'
import type { Lock } from './locks.ts'
import type { PruneLimits } from './options.ts'
import type { CachePaths } from './paths.ts'
import { measureAll, prune } from './prune.ts'
import type { Call, Ready, ReadyPlugins } from './ready-plugins.ts'
import type { TemporaryFolders } from './temporary.ts'
import { reason } from './reasons.ts'
import { CacheError, type AccountRef, type CacheErrorCode, type CacheUsage, type Ensured, type EnsureOptions, type HeldBack, type MeasuredCache, type Registry } from './types.ts'
import type { Usage } from './usage.ts'

/** The registry says that the account may not use it any more. */
const REVOKING: ReadonlySet<CacheErrorCode> = new Set(['plugin-forbidden', 'plugin-not-found'])

const MAX_TOLD = 10_000

export interface PluginCacheParts {
  readonly registry: Registry
  readonly paths: CachePaths
  readonly temporary: TemporaryFolders
  readonly contents: Contents
  readonly loader: ContentLoader
  readonly current: CurrentContents
  readonly ready: ReadyPlugins
  readonly confirmations: Confirmations
  readonly holds: Holds
  readonly usage: Usage
  readonly pool: BuildPool
  /** Held while the cache is open. */
  readonly presence: Lock | undefined
  readonly pruneLimits: PruneLimits
  readonly onHeldBack: (artefact: string, heldBack: HeldBack) => void
  readonly clock: () => number
}

export class PluginCache implements MeasuredCache {
  readonly #parts: PluginCacheParts
  readonly #growth: Growth
  /** Artefact -> the version that is not followed, as it was told. */
  readonly #told = new Map<string, string>()
  #closing: Promise<void> | undefined

  constructor (parts: PluginCacheParts) {
    this.#parts = parts
    const { paths, contents, pruneLimits } = parts
    this.#growth = new Growth({
      maxBytes: pruneLimits.bytes,
      measure: async () => (await measureAll(paths, contents)).reduce((sum, { bytes }) => sum + bytes, 0),
      prune: async () => await this.prune()
    })
  }

  async ensure (artefact: string, account: AccountRef, options: EnsureOptions = {}): Promise<Ensured> {
    const call: Call = { artefact, account, options, ms: { resolve: 0, download: 0, bundle: 0 } }
    const { usage, holds } = this.#parts
    try {
      const { content, ensured } = await this.#current(call).catch(async (error: unknown) => await this.#stale(call, asCacheError(artefact, error)))
      usage.ensured(ensured)
      if (ensured.from === 'download') this.#growth.grown()
      this.#tell(artefact, ensured.heldBack)
      return options.hold === true ? { ...ensured, release: holds.take(content) } : ensured
    } catch (error) {
      usage.failed()
      throw asCacheError(artefact, error)
    }
  }

  async usage (): Promise<CacheUsage> {
    return await this.#parts.usage.read()
  }

  async prune (): Promise<{ removed: number, bytes: number }> {
    const { paths, contents, loader, temporary, pruneLimits, clock, holds } = this.#parts
    const removed = await prune(paths, contents, pruneLimits, clock(), (content) => holds.has(content))
    for (const { content } of removed) {
      loader.forget(content)
      contents.forget(content)
    }
    await temporary.sweep()
    return { removed: removed.length, bytes: removed.reduce((sum, kept) => sum + kept.bytes, 0) }
  }

  async close (): Promise<void> {
    this.#closing ??= this.#end()
    await this.#closing
  }

  #tell (artefact: string, heldBack: HeldBack | undefined): void {
    if (heldBack === undefined || this.#told.get(artefact) === heldBack.offered) return
    if (this.#told.size >= MAX_TOLD) this.#told.clear()
    this.#told.set(artefact, heldBack.offered)
    this.#parts.onHeldBack(artefact, heldBack)
  }

  async #end (): Promise<void> {
    await this.#growth.close()
    await this.#parts.pool.close()
    await this.#parts.registry.close()
    await this.#parts.current.settled()
    this.#parts.holds.close()
    await this.#parts.presence?.release()
  }

  async #current (call: Call): Promise<Ready> {
    const { artefact, account } = call
    if (this.#closing !== undefined) throw new CacheError('registry-unavailable', artefact, reason('closed'))
    const ready = await this.#parts.current.get(call)
    await this.#parts.confirmations.confirm(artefact, account, ready.content)
    return ready
  }

  /** Rethrows `failure` unless the registry is unavailable, and lately gave the account a content that is still here. */
  async #stale (call: Call, failure: CacheError): Promise<Ready> {
    const { confirmations, ready } = this.#parts
    const { artefact, account } = call
    if (REVOKING.has(failure.code)) await confirmations.revoke(artefact, account)
    if (failure.code !== 'registry-unavailable' || this.#closing !== undefined) throw failure
    const confirmed = await confirmations.find(artefact, account)
    const found = confirmed === undefined ? undefined : await ready.load(call, confirmed.content, false, undefined)
    if (confirmed === undefined || found === undefined) throw failure
    const stale = { confirmedAt: new Date(confirmed.at).toISOString(), reason: failure.reason }
    return { ...found, ensured: { ...found.ensured, from: 'hit', stale } }
  }
}
