/** A content ready to run: from memory, from its build on disk, or built now. */
import { mkdir } from 'node:fs/promises'
import type { BuildPool } from './build-pool.ts'
import type { Answer } from './build-tasks.ts'
import { KnownFailures } from './known-failures.ts'
import type { About, Contents, Loaded } from './contents.ts'
import { LoadedContents } from './loaded-contents.ts'
import { contentPaths } from './paths.ts'
import type { Locks } from './locks.ts'
import type { BundleLimits, PackageLimits, Step } from './options.ts'
import type { TemporaryFolders } from './temporary.ts'
import { WholePackages } from './whole-packages.ts'

export interface ContentLoaderOptions {
  readonly contents: Contents
  readonly temporary: TemporaryFolders
  readonly pool: BuildPool
  readonly limits: PackageLimits
  readonly bundle: BundleLimits
  readonly memoryBytes: number
  readonly locks: Locks
  readonly clock: () => number
  readonly atStep: (step: Step) => void
}

/** Undefined: the content is absent, or so damaged that it must be fetched again. */
export type LoadAnswer = Answer<{ readonly loaded: Loaded, readonly built: boolean }> | undefined

export class ContentLoader {
  readonly #options: ContentLoaderOptions
  readonly #memory: LoadedContents
  readonly #failures: KnownFailures
  readonly #whole: WholePackages
  readonly #jobs = new Map<string, Promise<LoadAnswer>>()

  constructor (options: ContentLoaderOptions) {
    this.#options = options
    this.#memory = new LoadedContents(options.memoryBytes)
    this.#failures = new KnownFailures(options.clock)
    this.#whole = new WholePackages(options)
  }

  /** `fresh`: the package was unpacked a moment ago and needs no check. `owner`: see `BuildPool.run`. */
  async load (content: string, fresh: boolean, owner: string): Promise<LoadAnswer> {
    const loaded = this.#memory.get(content)
    if (loaded !== undefined && await this.#whole.looksWhole(content)) return { ok: true, value: { loaded, built: false } }
    this.#memory.delete(content)
    const failure = this.#failures.get(content)
    if (failure !== undefined) return { ok: false, failure }
    const running = this.#jobs.get(content)
    if (running !== undefined) return await running
    const job = this.#fromDisk(content, fresh, owner).finally(() => this.#jobs.delete(content))
    this.#jobs.set(content, job)
    return await job
  }

  forget (content: string): void {
    this.#memory.delete(content)
    this.#whole.forget(content)
  }

  async #fromDisk (content: string, fresh: boolean, owner: string): Promise<LoadAnswer> {
    const { contents } = this.#options
    const about = await contents.about(content)
    if (about === undefined) return await this.#lost(content)
    const whole = await this.#isWhole(content, about, fresh, owner)
    if (!whole.ok) return whole
    if (!whole.value) return await this.#lost(content)
    const loaded = await contents.read(content, about)
    if (loaded !== undefined) return this.#keep(content, loaded, false)
    await contents.discardBuild(content) // it is missing after an upgrade, or because the disk damaged it
    return await this.#build(content, about, owner)
  }

  async #isWhole (content: string, about: About, fresh: boolean, owner: string): Promise<Answer<boolean>> {
    if (!fresh) return await this.#whole.isWhole(content, about, owner)
    await this.#whole.trust(content)
    return { ok: true, value: true }
  }

  /** One process builds for all: bundling takes a core for seconds. */
  async #build (content: string, about: About, owner: string): Promise<LoadAnswer> {
    const { locks, contents, limits: { unpackMs }, bundle: { ms } } = this.#options
    const lock = await locks.take(content)
    if (lock === undefined) {
      await locks.released(content, unpackMs + ms)
      const loaded = await contents.read(content, about)
      if (loaded !== undefined) return this.#keep(content, loaded, true)
    }
    try {
      return await this.#bundle(content, about, owner)
    } finally {
      await lock?.release()
    }
  }

  async #bundle (content: string, about: About, owner: string): Promise<LoadAnswer> {
    const { pool, contents, temporary, bundle: limits, atStep } = this.#options
    return await temporary.use(async (folder) => {
      const made = contents.buildPaths(contentPaths(folder, content).builds)
      await mkdir(made.root, { recursive: true })
      atStep('bundle')
      const answer = await pool.run({ job: 'bundle', dir: contents.paths(content).package, links: about.tree.links, bundle: made.bundle, map: made.map, limits }, limits.ms, owner)
      if (!answer.ok) {
        this.#failures.note(content, answer.failure)
        return answer
      }
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
    this.forget(content)
    await this.#options.contents.discard(content)
    return undefined
  }
}
