/** Contents on disk: published by one rename, never changed, verified when read. */
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bundled, Tree } from './build-tasks.ts'
import type { Step } from './options.ts'
import { buildPaths, contentPaths, type BuildPaths, type CachePaths, type ContentPaths } from './paths.ts'
import { readSealed, sha256, writeSealed } from './sealed.ts'
import type { TemporaryFolders } from './temporary.ts'
import type { CachedPlugin } from './types.ts'

/** How often a use is written to disk at most. */
export const TOUCH_MS = 60_000

export interface About {
  readonly integrity: string
  readonly tree: Tree
}

/** A content ready to run, whatever the artefact that led to it. */
export type Loaded = Omit<CachedPlugin, 'artefact' | 'origin'>

export class Contents {
  readonly #paths: CachePaths
  readonly #temporary: TemporaryFolders
  readonly #buildKey: string
  readonly #clock: () => number
  readonly #atStep: (step: Step) => void
  /** Content -> when its last use was written to disk. */
  readonly #touched = new Map<string, number>()

  constructor (paths: CachePaths, temporary: TemporaryFolders, buildKey: string, clock: () => number, atStep: (step: Step) => void = () => {}) {
    this.#paths = paths
    this.#temporary = temporary
    this.#buildKey = buildKey
    this.#clock = clock
    this.#atStep = atStep
  }

  paths (content: string): ContentPaths {
    return contentPaths(this.#paths.contents, content)
  }

  buildPaths (builds: string): BuildPaths {
    return buildPaths(builds, this.#buildKey)
  }

  /** Undefined when the content is absent or its record is damaged. */
  async about (content: string): Promise<About | undefined> {
    return await readSealed(this.paths(content).about) as About | undefined // sealed: written by `publish`
  }

  /** Publishes the folder `made.root`, whose package is complete. When somebody else was faster, theirs stays: it is the same. */
  async publish (content: string, made: ContentPaths, about: About): Promise<void> {
    await mkdir(made.builds)
    await writeSealed(made.about, about)
    const now = new Date(this.#clock())
    await utimes(made.about, now, now)
    this.#atStep('sealed')
    const { root } = this.paths(content)
    if (await moveTo(root, made.root) || await this.about(content) !== undefined) return
    await this.discard(content) // what is there is damaged: a whole one appears with its record
    await moveTo(root, made.root)
  }

  /** Publishes the build made in `made.root`, of which `bundled` tells. */
  async publishBuild (content: string, made: BuildPaths, bundled: Bundled): Promise<void> {
    await writeSealed(made.about, bundled)
    await moveTo(this.buildPaths(this.paths(content).builds).root, made.root)
  }

  /** The build of this content, checked; undefined when there is none that is whole. */
  async read (content: string, about: About): Promise<Loaded | undefined> {
    const paths = this.paths(content)
    const build = this.buildPaths(paths.builds)
    const bundled = await readSealed(build.about) as Bundled | undefined // sealed: written by `publishBuild`
    const bundle = bundled === undefined ? undefined : await readFile(build.bundle).catch(() => undefined) // a lost file is a damaged build
    if (bundled === undefined || bundle === undefined || sha256(bundle) !== bundled.sha256) return undefined
    const { name, version, entry, builtins, async, schema } = bundled
    return { name, version, integrity: about.integrity, dir: paths.package, bundle, sourceMapPath: build.map, entry, builtins, async, schema }
  }

  async discard (content: string): Promise<void> {
    await this.#remove(this.paths(content).root)
  }

  /** Removes a content that was last used at `usedAt` (its mtime, in ms); answers false when it was used since, and stays. */
  async discardUnused (content: string, usedAt: number): Promise<boolean> {
    const { root } = this.paths(content)
    return await this.#temporary.use(async (folder) => {
      const aside = contentPaths(folder, content)
      if (await rename(root, aside.root).then(() => false, () => true)) return false // another process was faster
      const used = await stat(aside.about).catch(() => undefined) // damaged: of no use to anybody
      if (used === undefined || used.mtimeMs <= usedAt) return true
      await moveTo(root, aside.root)
      return false
    })
  }

  async discardBuild (content: string): Promise<void> {
    await this.#remove(this.buildPaths(this.paths(content).builds).root)
  }

  /** Notes on disk, now and then, that the content is in use. Answers false when another process has removed it. */
  async touch (content: string): Promise<boolean> {
    const now = this.#clock()
    if (now - (this.#touched.get(content) ?? 0) < TOUCH_MS && existsSync(this.paths(content).package)) return true
    try {
      await utimes(this.paths(content).about, new Date(now), new Date(now))
    } catch {
      this.#touched.delete(content)
      return false
    }
    this.#touched.set(content, now)
    return true
  }

  forget (content: string): void {
    this.#touched.delete(content)
  }

  /** By rename first: nobody sees a folder that is half removed. */
  async #remove (path: string): Promise<void> {
    if (await stat(path).catch(() => undefined) === undefined) return
    await this.#temporary.use(async (folder) => {
      await rename(path, join(folder, 'removed')).catch(() => {}) // another process was faster
    })
  }
}

/** False when there is something already. */
async function moveTo (to: string, from: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true })
  try {
    await rename(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    return false
  }
  await syncFolder(dirname(to))
  return true
}

/** The rename itself reaches the disk. Some systems cannot open a folder; they order renames themselves. */
async function syncFolder (path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}
