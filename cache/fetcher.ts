/** Brings what a registry answered onto the disk: fetched, unpacked aside, published under the hash of its bytes. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildPool } from './build-pool.ts'
import type { Contents } from './contents.ts'
import { discard, download } from './download.ts'
import { failureOf, unwrap } from './failures.ts'
import type { PackageLimits } from './options.ts'
import { contentName, contentPaths } from './paths.ts'
import type { Pointers } from './pointers.ts'
import type { TemporaryFolders } from './temporary.ts'
import { CacheError, type AccountRef, type Registry, type Resolution } from './types.ts'

export interface FetcherParts {
  readonly registry: Registry
  readonly temporary: TemporaryFolders
  readonly contents: Contents
  readonly pointers: Pointers
  readonly pool: BuildPool
  readonly limits: PackageLimits
}

export type Offer = Exclude<Resolution, { kind: 'unchanged' }>

export interface Fetched {
  readonly validator: string
  readonly content: string
  /** False when the same bytes were already here. */
  readonly fresh: boolean
}

export class Fetcher {
  readonly #parts: FetcherParts
  /** Artefact and validator -> the fetch that is running. */
  readonly #running = new Map<string, Promise<Fetched>>()

  constructor (parts: FetcherParts) {
    this.#parts = parts
  }

  /** Throws `BuildError` or `CacheError`. A failure that these bytes will always have is noted in the pointer. */
  async fetch (artefact: string, account: AccountRef, offer: Offer): Promise<Fetched> {
    const key = `${artefact}\n${offer.validator}`
    const running = this.#running.get(key)
    if (running !== undefined) {
      if (offer.kind === 'tarball') await discard(offer)
      return await running
    }
    const fetch = this.#fetchTwice(artefact, account, offer).finally(() => this.#running.delete(key))
    this.#running.set(key, fetch)
    return await fetch
  }

  async settled (): Promise<void> {
    await Promise.allSettled([...this.#running.values()])
  }

  /** What arrives damaged, or only in part, is fetched once more. */
  async #fetchTwice (artefact: string, account: AccountRef, offer: Offer): Promise<Fetched> {
    try {
      return await this.#take(artefact, offer)
    } catch (error) {
      const code = failureOf(error)?.code
      if (code !== 'plugin-corrupt' && code !== 'registry-unavailable') throw error
    }
    const again = await this.#parts.registry.resolve(artefact, account, undefined)
    if (again.kind === 'unchanged') throw contradiction(artefact)
    return await this.#take(artefact, again)
  }

  async #take (artefact: string, offer: Offer): Promise<Fetched> {
    const { temporary, pointers } = this.#parts
    const { validator } = offer
    try {
      const { content, fresh } = await temporary.use((folder) => this.#publish(folder, offer))
      await pointers.set(artefact, { validator, content })
      return { validator, content, fresh }
    } catch (error) {
      const failure = failureOf(error)
      if (failure?.lasting === true) await pointers.setFailure(artefact, validator, failure)
      throw error
    }
  }

  async #publish (folder: string, offer: Offer): Promise<{ content: string, fresh: boolean }> {
    const { contents, pool, limits } = this.#parts
    const made = contentPaths(folder, 'content')
    await mkdir(made.root)
    if (offer.kind === 'folder') {
      const tree = unwrap(await pool.run({ job: 'copy', from: offer.dir, to: made.package, limits }, limits.unpackMs))
      const content = contentName(tree.digest)
      if (await contents.about(content) !== undefined) return { content, fresh: false }
      await contents.publish(content, made, { integrity: tree.digest, tree })
      return { content, fresh: true }
    }
    const archive = join(folder, 'archive.tgz')
    const integrity = await download(offer, archive, limits)
    const content = contentName(integrity)
    if (await contents.about(content) !== undefined) return { content, fresh: false }
    const tree = unwrap(await pool.run({ job: 'extract', archive, to: made.package, limits }, limits.unpackMs))
    await contents.publish(content, made, { integrity, tree })
    return { content, fresh: true }
  }
}

export function contradiction (artefact: string): CacheError {
  return new CacheError('registry-misconfigured', artefact, 'the registry says that nothing changed, and nothing was known')
}
