/**
 * Which versions of packages were used here: what a registry says later is compared with it, so that no version is used in the place of a higher
 * one, nor with other bytes than before (registries/npm-versions.ts). One file for each package; emptying the cache forgets.
 */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { seenPath, type CachePaths } from './paths.ts'
import { readSealed, writeSealed } from './sealed.ts'
import type { TemporaryFolders } from './temporary.ts'
import type { SeenVersion, VersionMemory, VersionsSeen } from './types.ts'

/** Of one package; the ones noted last stay. */
const MAX_VERSIONS = 1000
const MAX_ARTEFACTS = 1000
/** Artefacts of which the last note is known to be on disk. */
const MAX_NOTED = 10_000

type Stored = VersionsSeen & { readonly origin: string, readonly name: string }

const NOTHING: VersionsSeen = { used: [], integrities: [] }

export class SeenVersions implements VersionMemory {
  readonly #paths: CachePaths
  readonly #temporary: TemporaryFolders
  readonly #noted = new Map<string, string>()
  /** One write after the other: each begins with what is there. */
  #writing: Promise<void> = Promise.resolve()

  constructor (paths: CachePaths, temporary: TemporaryFolders) {
    this.#paths = paths
    this.#temporary = temporary
  }

  async read (origin: string, name: string): Promise<VersionsSeen> {
    const stored = await readSealed(seenPath(this.#paths, origin, name)) as Stored | undefined // sealed: written below
    return stored?.origin === origin && stored.name === name ? stored : NOTHING
  }

  async note (seen: SeenVersion): Promise<void> {
    const key = `${seen.origin}\n${seen.artefact}`
    const value = `${seen.version} ${seen.integrity}`
    if (this.#noted.get(key) === value) return
    const writing = this.#writing.then(async () => await this.#write(seen))
    this.#writing = writing.catch(() => {}) // whoever notes is told
    await writing
    this.#noted.delete(key)
    this.#noted.set(key, value)
    if (this.#noted.size > MAX_NOTED) this.#noted.delete(this.#noted.keys().next().value as string) // it is not empty
  }

  async #write ({ origin, name, artefact, version, integrity }: SeenVersion): Promise<void> {
    const { used, integrities } = await this.read(origin, name)
    const stored: Stored = {
      origin,
      name,
      used: withPair(used, artefact, version, MAX_ARTEFACTS),
      integrities: integrities.some(([known]) => known === version) ? integrities : withPair(integrities, version, integrity, MAX_VERSIONS)
    }
    await this.#temporary.use(async (folder) => {
      const made = join(folder, 'versions.json')
      await writeSealed(made, stored)
      await rename(made, seenPath(this.#paths, origin, name))
    })
  }
}

function withPair (pairs: readonly (readonly [string, string])[], key: string, value: string, limit: number): [string, string][] {
  return [...pairs.filter(([known]) => known !== key), [key, value] as const].slice(-limit).map(([a, b]) => [a, b])
}
