/**
 * From an artefact to a plugin that is ready to run:
 *
 * 1. The registry is asked, with the account and the validator of what is held.
 * 2. Unchanged: the content held is loaded, from memory as a rule.
 * 3. Else the tarball or folder is fetched (fetcher.ts) and bundled (content-loader.ts).
 *
 * Whoever asks for an artefact of which nothing is held while another does so waits for that other, then asks for himself:
 * one download, and every account is checked.
 */
import type { BuildPool } from './build-pool.ts'
import type { ContentLoader } from './content-loader.ts'
import type { Contents } from './contents.ts'
import { asCacheError, toCacheError } from './failures.ts'
import { contradiction, type Fetcher } from './fetcher.ts'
import type { PruneLimits } from './options.ts'
import type { CachePaths } from './paths.ts'
import type { Pointer, Pointers } from './pointers.ts'
import { prune } from './prune.ts'
import type { TemporaryFolders } from './temporary.ts'
import { CacheError, type AccountRef, type Cache, type CacheErrorCode, type Ensured, type Registry } from './types.ts'

/** Contents may vanish between two steps (pruned by another process, damaged): how often to begin again. */
const ROUNDS = 3

/** Errors that do not depend on the account: who waited for the same artefact has them too. */
const SHARED: ReadonlySet<CacheErrorCode> = new Set(['registry-unavailable', 'plugin-corrupt', 'plugin-refused', 'plugin-invalid'])

export interface PluginCacheParts {
  readonly registry: Registry
  readonly paths: CachePaths
  readonly temporary: TemporaryFolders
  readonly contents: Contents
  readonly pointers: Pointers
  readonly fetcher: Fetcher
  readonly loader: ContentLoader
  readonly pool: BuildPool
  readonly pruneLimits: PruneLimits
  readonly clock: () => number
}

type Times = { resolve: number, download: number, bundle: number }

export class PluginCache implements Cache {
  readonly #parts: PluginCacheParts
  /** Artefact -> how the first fetch of it ends. */
  readonly #firsts = new Map<string, Promise<CacheError | undefined>>()
  #closing: Promise<void> | undefined

  constructor (parts: PluginCacheParts) {
    this.#parts = parts
  }

  async ensure (artefact: string, account: AccountRef): Promise<Ensured> {
    try {
      return await this.#ensure(artefact, account)
    } catch (error) {
      throw asCacheError(artefact, error)
    }
  }

  async prune (): Promise<{ removed: number, bytes: number }> {
    const { paths, contents, loader, temporary, pruneLimits, clock } = this.#parts
    const removed = await prune(paths, contents, pruneLimits, clock())
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

  async #end (): Promise<void> {
    await this.#parts.pool.close()
    await this.#parts.registry.close()
    await Promise.all(this.#firsts.values())
    await this.#parts.fetcher.settled()
  }

  async #ensure (artefact: string, account: AccountRef): Promise<Ensured> {
    if (this.#closing !== undefined) throw new CacheError('registry-unavailable', artefact, 'the cache is closed')
    const ms: Times = { resolve: 0, download: 0, bundle: 0 }
    for (let round = 1; round <= ROUNDS; round++) {
      const known = await this.#known(artefact, ms)
      const attempt = this.#attempt(artefact, account, known, ms)
      if (known === undefined) this.#announce(artefact, attempt)
      const ensured = await attempt
      if (ensured !== undefined) return ensured
    }
    throw new CacheError('registry-unavailable', artefact, 'its content cannot be kept on this machine')
  }

  /** What is held of the artefact; while another caller is fetching it for the first time, what he gets. */
  async #known (artefact: string, ms: Times): Promise<Pointer | undefined> {
    for (;;) {
      const known = await this.#parts.pointers.get(artefact)
      const first = this.#firsts.get(artefact)
      if (known !== undefined || first === undefined) return known
      const failure = await timed(ms, 'download', () => first)
      if (failure !== undefined && SHARED.has(failure.code)) throw failure
    }
  }

  #announce (artefact: string, attempt: Promise<unknown>): void {
    const settled = attempt.then(() => undefined, (error: unknown) => asCacheError(artefact, error))
    this.#firsts.set(artefact, settled.finally(() => this.#firsts.delete(artefact)))
  }

  /** One pass through the steps; undefined when the content held is no longer usable. */
  async #attempt (artefact: string, account: AccountRef, known: Pointer | undefined, ms: Times): Promise<Ensured | undefined> {
    const { registry, fetcher } = this.#parts
    const resolution = await timed(ms, 'resolve', () => registry.resolve(artefact, account, known?.validator))
    if (resolution.kind !== 'unchanged') {
      const fetched = await timed(ms, 'download', () => fetcher.fetch(artefact, account, resolution))
      return await this.#load(artefact, fetched, fetched.fresh, ms)
    }
    if (known === undefined) throw contradiction(artefact)
    if ('failure' in known) throw toCacheError(artefact, known.failure)
    return await this.#load(artefact, known, false, ms)
  }

  async #load (artefact: string, pointer: { validator: string, content: string }, fresh: boolean, ms: Times): Promise<Ensured | undefined> {
    const { loader, pointers, contents, registry } = this.#parts
    const answer = await timed(ms, 'bundle', () => loader.load(pointer.content, fresh))
    if (answer === undefined) {
      await pointers.drop(artefact)
      return undefined
    }
    if (!answer.ok) {
      if (answer.failure.lasting) await pointers.setFailure(artefact, pointer.validator, answer.failure)
      throw toCacheError(artefact, answer.failure)
    }
    await contents.touch(pointer.content)
    const { loaded, built } = answer.value
    return { plugin: { artefact, origin: registry.origin, ...loaded }, from: built || ms.download > 0 ? 'download' : 'hit', ms }
  }
}

async function timed<T> (ms: Times, step: keyof Times, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  try {
    return await work()
  } finally {
    ms[step] += performance.now() - started
  }
}
