/** Brings what a registry answered onto the disk: fetched, unpacked aside, published under the hash of its bytes. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildPool } from './build-pool.ts'
import { ownerOf } from './build-queue.ts'
import type { Tree } from './build-tasks.ts'
import type { Contents } from './contents.ts'
import { discard, download, type Tarball } from './download.ts'
import { failureOf, unwrap } from './failures.ts'
import { KnownFailures } from './known-failures.ts'
import type { PackageLimits, Step } from './options.ts'
import { contentName, contentPaths, type ContentPaths } from './paths.ts'
import type { Pointers } from './pointers.ts'
import type { TemporaryFolders } from './temporary.ts'
import { reason } from './reasons.ts'
import { CacheError, type AccountRef, type Part, type Registry, type Resolution } from './types.ts'
import type { Usage } from './usage.ts'

export interface FetcherParts {
  readonly registry: Registry
  readonly temporary: TemporaryFolders
  readonly contents: Contents
  readonly pointers: Pointers
  readonly pool: BuildPool
  readonly limits: PackageLimits
  readonly usage: Usage
  readonly clock: () => number
  readonly atStep: (step: Step) => void
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
  /** Artefact and validator -> why it cannot be unpacked. */
  readonly #failures: KnownFailures

  constructor (parts: FetcherParts) {
    this.#parts = parts
    this.#failures = new KnownFailures(parts.clock)
  }

  /** Throws `BuildError` or `CacheError`. A failure that these bytes will always have is noted in the pointer. */
  async fetch (artefact: string, account: AccountRef, offer: Offer): Promise<Fetched> {
    const key = `${artefact}\n${offer.validator}`
    const running = this.#running.get(key)
    const failure = this.#failures.get(key)
    if ((running !== undefined || failure !== undefined) && offer.kind === 'tarball') await discard(offer)
    if (failure !== undefined) return unwrap<Fetched>({ ok: false, failure })
    if (running !== undefined) return await running
    const fetch = this.#fetchTwice(artefact, account, offer).finally(() => this.#running.delete(key))
    this.#running.set(key, fetch)
    return await fetch
  }

  async settled (): Promise<void> {
    await Promise.allSettled([...this.#running.values()])
  }

  /** What arrives damaged, or only in part, or cannot be unpacked here, is fetched once more. */
  async #fetchTwice (artefact: string, account: AccountRef, offer: Offer): Promise<Fetched> {
    try {
      return await this.#take(artefact, offer, ownerOf(account))
    } catch (error) {
      const code = failureOf(error)?.code
      if (code !== 'plugin-corrupt' && code !== 'registry-unavailable' && code !== 'internal') throw error
    }
    const again = await this.#parts.registry.resolve(artefact, account, undefined)
    if (again.kind === 'unchanged') throw contradiction(artefact)
    return await this.#take(artefact, again, ownerOf(account))
  }

  async #take (artefact: string, offer: Offer, owner: string): Promise<Fetched> {
    const { temporary, pointers } = this.#parts
    const { validator } = offer
    try {
      const { content, fresh } = await temporary.use((folder) => this.#publish(folder, offer, owner))
      await pointers.set(artefact, { validator, content })
      this.#parts.atStep('pointed')
      return { validator, content, fresh }
    } catch (error) {
      const failure = failureOf(error)
      if (failure?.lasting === true) await pointers.setFailure(artefact, validator, failure)
      else if (failure !== undefined) this.#failures.note(`${artefact}\n${validator}`, failure)
      throw error
    }
  }

  async #publish (folder: string, offer: Offer, owner: string): Promise<{ content: string, fresh: boolean }> {
    const { contents, pool, limits } = this.#parts
    const made = contentPaths(folder, 'content')
    await mkdir(made.root)
    if (offer.kind === 'folder') {
      const tree = unwrap(await pool.run({ job: 'copy', from: offer.dir, to: made.package, limits }, limits.unpackMs, owner))
      const integrity = folderIntegrity(tree)
      const content = contentName(integrity)
      if (await contents.about(content) !== undefined) return { content, fresh: false }
      await contents.publish(content, made, { integrity, tree })
      return { content, fresh: true }
    }
    return await this.#publishParts(made, await this.#fetchParts(folder, offer, owner), owner)
  }

  async #publishParts (made: ContentPaths, parts: readonly Part[], owner: string): Promise<{ content: string, fresh: boolean }> {
    const { contents, pool, limits, atStep } = this.#parts
    atStep('downloaded')
    const integrity = integrityOf(parts)
    const content = contentName(integrity)
    if (await contents.about(content) !== undefined) return { content, fresh: false }
    const tree = unwrap(await pool.run({ job: 'extract', parts, to: made.package, limits }, limits.unpackMs, owner))
    atStep('unpacked')
    await contents.publish(content, made, { integrity, tree })
    atStep('published')
    return { content, fresh: true }
  }

  async #fetchParts (folder: string, offer: Exclude<Offer, { kind: 'folder' }>, owner: string): Promise<readonly Part[]> {
    const { pool, limits, usage, atStep } = this.#parts
    atStep('download')
    const fetched = async (tarball: Tarball, to: string): Promise<string> => await download(tarball, to, limits, (bytes) => usage.downloaded(bytes))
    if (offer.kind === 'tarball') {
      const archive = join(folder, 'archive.tgz')
      return [{ archive, at: '', integrity: await fetched(offer, archive) }]
    }
    return await offer.fetch(folder, {
      limits,
      download: fetched,
      unpack: async (parts, to) => { unwrap(await pool.run({ job: 'extract', parts, to, limits }, limits.unpackMs, owner)) }
    })
  }
}

/** Of one archive, its own; of several, that of the list of them and their places. */
function integrityOf (parts: readonly Part[]): string {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0].integrity
  const lines = parts.map(({ at, integrity }) => `${JSON.stringify(at)} ${integrity}`).sort()
  return `sha512-${createHash('sha512').update(lines.join('\n')).digest('base64')}`
}

/** Of its files; with links that of them too, since they decide which file a module means. */
function folderIntegrity ({ digest, links }: Tree): string {
  return links === undefined ? digest : `sha512-${createHash('sha512').update(JSON.stringify([digest, [...links].sort()])).digest('base64')}`
}

export function contradiction (artefact: string): CacheError {
  return new CacheError('registry-misconfigured', artefact, reason('nothing-changed'))
}
