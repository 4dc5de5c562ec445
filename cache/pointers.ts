/** What each artefact was when the registry was last asked. A pointer that is lost costs a download. */
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Failure } from './build-tasks.ts'
import { pointerPath, type CachePaths } from './paths.ts'
import { readSealed, writeSealed } from './sealed.ts'
import type { TemporaryFolders } from './temporary.ts'

const MAX_IN_MEMORY = 10_000

/** A content, or why these bytes cannot be used: they are then not fetched again until they change. */
export type Pointer = { readonly validator: string } & (
  | { readonly content: string }
  /** `rules`: limits and build key under which it failed; under others it is tried again. */
  | { readonly failure: Failure, readonly rules: string })

export type StoredPointer = Pointer & { readonly origin: string, readonly artefact: string }

export interface PointersOptions {
  readonly paths: CachePaths
  readonly temporary: TemporaryFolders
  readonly originOf: (artefact: string) => string
  readonly rules: string
}

export class Pointers {
  readonly #options: PointersOptions
  /** In order of use, the newest last. */
  readonly #memory = new Map<string, Pointer>()

  constructor (options: PointersOptions) {
    this.#options = options
  }

  async get (artefact: string): Promise<Pointer | undefined> {
    const pointer = this.#memory.get(artefact) ?? await this.#read(artefact)
    if (pointer !== undefined) this.#remember(artefact, pointer)
    return pointer
  }

  async set (artefact: string, pointer: Pointer): Promise<void> {
    const { temporary, originOf } = this.#options
    const stored: StoredPointer = { origin: originOf(artefact), artefact, ...pointer }
    await temporary.use(async (folder) => {
      const made = join(folder, 'pointer.json')
      await writeSealed(made, stored)
      await rename(made, this.#path(artefact))
    })
    this.#remember(artefact, pointer)
  }

  async setFailure (artefact: string, validator: string, failure: Failure): Promise<void> {
    await this.set(artefact, { validator, failure, rules: this.#options.rules })
  }

  /** Another process may have written a newer one: it is read at the next `get`. */
  forget (artefact: string): void {
    this.#memory.delete(artefact)
  }

  async drop (artefact: string): Promise<void> {
    this.#memory.delete(artefact)
    await rm(this.#path(artefact), { force: true })
  }

  async #read (artefact: string): Promise<Pointer | undefined> {
    const stored = await readSealed(this.#path(artefact)) as StoredPointer | undefined // sealed: written by `set`
    if (stored === undefined || stored.origin !== this.#options.originOf(artefact) || stored.artefact !== artefact) return undefined
    return 'failure' in stored && stored.rules !== this.#options.rules ? undefined : stored
  }

  #remember (artefact: string, pointer: Pointer): void {
    this.#memory.delete(artefact)
    this.#memory.set(artefact, pointer)
    if (this.#memory.size > MAX_IN_MEMORY) this.#memory.delete(this.#memory.keys().next().value as string) // it is not empty
  }

  #path (artefact: string): string {
    return pointerPath(this.#options.paths, this.#options.originOf(artefact), artefact)
  }
}
