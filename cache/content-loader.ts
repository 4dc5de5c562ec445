/** A content ready to run: from memory, from its build on disk, or built now. */
import { mkdir } from 'node:fs/promises'
import type { BuildPool } from './build-pool.ts'
import type { Answer } from './build-tasks.ts'
import type { About, Contents, Loaded } from './contents.ts'
import { LoadedContents } from './loaded-contents.ts'
import { contentPaths } from './paths.ts'
import type { Locks } from './locks.ts'
import type { BundleLimits, PackageLimits, Step } from './options.ts'
import type { TemporaryFolders } from './temporary.ts'

export interface ContentLoaderOptions {
  readonly contents: Contents
  readonly temporary: TemporaryFolders
  readonly pool: BuildPool
  readonly limits: PackageLimits
  readonly bundle: BundleLimits
  readonly memoryBytes: number
  readonly locks: Locks
  readonly atStep: (step: Step) => void
}

const MAX_DEPTH = 256

/** Undefined: the content is absent, or so damaged that it must be fetched again. */
export type LoadAnswer = Answer<{ readonly loaded: Loaded, readonly built: boolean }> | undefined

export class ContentLoader {
  readonly #options: ContentLoaderOptions
  readonly #memory: LoadedContents
  readonly #jobs = new Map<string, Promise<LoadAnswer>>()

  constructor (options: ContentLoaderOptions) {
    this.#options = options
    this.#memory = new LoadedContents(options.memoryBytes)
  }

  /** `fresh`: the package was unpacked a moment ago and needs no check. */
  async load (content: string, fresh: boolean): Promise<LoadAnswer> {
    const loaded = this.#memory.get(content)
    if (loaded !== undefined) return { ok: true, value: { loaded, built: false } }
    const running = this.#jobs.get(content)
    if (running !== undefined) return await running
    const job = this.#fromDisk(content, fresh).finally(() => this.#jobs.delete(content))
    this.#jobs.set(content, job)
    return await job
  }

  forget (content: string): void {
    this.#memory.delete(content)
  }

  async #fromDisk (content: string, fresh: boolean): Promise<LoadAnswer> {
    const { contents } = this.#options
    const about = await contents.about(content)
    if (about === undefined) return await this.#lost(content)
    const loaded = await contents.read(content, about)
    if (loaded !== undefined) return this.#keep(content, loaded, false)
    await contents.discardBuild(content)
    // A build is missing after an upgrade, or because the disk damaged it: then the package may have suffered too.
    if (!fresh && !await this.#isIntact(content, about)) return await this.#lost(content)
    return await this.#build(content, about)
  }

  async #isIntact (content: string, about: About): Promise<boolean> {
    const { pool, contents, limits } = this.#options
    // What was published under other limits stays, and folders of which the archive says nothing are entries here.
    const entries = (about.tree.entries + 1) * MAX_DEPTH
    const answer = await pool.run({ job: 'digest', dir: contents.paths(content).package, limits: { ...limits, entries } }, limits.unpackMs)
    return answer.ok && answer.value.digest === about.tree.digest
  }

  /** One process builds for all: bundling takes a core for seconds. */
  async #build (content: string, about: About): Promise<LoadAnswer> {
    const { locks, contents, limits: { unpackMs }, bundle: { ms } } = this.#options
    const lock = await locks.take(content)
    if (lock === undefined) {
      await locks.released(content, unpackMs + ms)
      const loaded = await contents.read(content, about)
      if (loaded !== undefined) return this.#keep(content, loaded, true)
    }
    try {
      return await this.#bundle(content, about)
    } finally {
      await lock?.release()
    }
  }

  async #bundle (content: string, about: About): Promise<LoadAnswer> {
    const { pool, contents, temporary, bundle: limits, atStep } = this.#options
    return await temporary.use(async (folder) => {
      const made = contents.buildPaths(contentPaths(folder, content).builds)
      await mkdir(made.root, { recursive: true })
      atStep('bundle')
      const answer = await pool.run({ job: 'bundle', dir: contents.paths(content).package, bundle: made.bundle, map: made.map, limits }, limits.ms)
      if (!answer.ok) return answer
      atStep('bundled')
      await contents.publishBuild(content, made, answer.value)
      atStep('built')
      const loaded = await contents.read(content, about)
      return loaded === undefined ? undefined : this.#keep(content, loaded, true)
    })
  }

  #keep (content: string, loaded: Loaded, built: boolean): LoadAnswer {
    this.#memory.set(content, loaded)
    return { ok: true, value: { loaded, built } }
  }

  async #lost (content: string): Promise<undefined> {
    await this.#options.contents.discard(content)
    return undefined
  }
}
