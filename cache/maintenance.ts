/** What an operator may do with a cache from the command line, also while services use it. */
import { existsSync, realpathSync } from 'node:fs'
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundled } from './build-tasks.ts'
import { Contents } from './contents.ts'
import { digestFolder } from './copy-folder.ts'
import { Locks } from './locks.ts'
import { PACKAGE_LIMITS, PRUNE_LIMITS, type PruneLimits } from './options.ts'
import { buildPaths, cachePaths, type CachePaths } from './paths.ts'
import type { StoredPointer } from './pointers.ts'
import { measureAll, prune, type Kept } from './prune.ts'
import { readSealed, sha256 } from './sealed.ts'
import { TemporaryFolders } from './temporary.ts'

export interface ContentReport {
  /** Name of its folder. */
  readonly content: string
  /** Undefined when its record is damaged. */
  readonly integrity: string | undefined
  /** Of its package; undefined when it was never bundled. */
  readonly name: string | undefined
  readonly version: string | undefined
  readonly bytes: number
  readonly usedAt: Date
  /** Artefacts of which it is the content, with the registry of each. */
  readonly artefacts: readonly { readonly artefact: string, readonly origin: string }[]
}

export interface Maintenance {
  /** The contents, the one used last first. */
  list(): Promise<ContentReport[]>
  /**
   * Reads every file again, and removes what is damaged: it is fetched or built again when it is asked for. What is in use stays: the service that
   * uses it finds the damage by itself before the next run. Says what it found.
   */
  verify(onFound: (content: string, problem: string | undefined, removed: boolean) => void): Promise<{ readonly checked: number, readonly damaged: number }>
  /** Within the limits; `everything`: all that is not in use. */
  prune(everything: boolean): Promise<{ readonly removed: number, readonly bytes: number }>
}

export interface MaintenanceOptions {
  readonly dir: string
  readonly prune?: Partial<PruneLimits>
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: () => number
}

export async function openMaintenance (options: MaintenanceOptions): Promise<Maintenance> {
  const clock = options.clock ?? Date.now
  const limits = { ...PRUNE_LIMITS, ...options.prune }
  const paths = cachePaths(options.dir)
  for (const folder of Object.values(paths)) await mkdir(folder, { recursive: true })
  const temporary = new TemporaryFolders(paths.temporary, clock)
  const contents = new Contents(paths, temporary, '', clock)
  return {
    async list () {
      const artefacts = await artefactsByContent(paths)
      const all = await measureAll(paths, contents)
      return await Promise.all(all.sort((a, b) => b.usedAt - a.usedAt).map((kept) => report(contents, kept, artefacts.get(kept.content) ?? [])))
    },
    async verify (onFound) {
      const names = await readdir(paths.contents)
      // While no service is there, nothing is in use however lately it was used.
      const unusedSince = await new Locks(paths.services, temporary).areHeld() ? clock() - limits.inUseMs : Infinity
      let damaged = 0
      for (const content of names) {
        const problem = await problemOf(contents, content)
        if (problem !== undefined) damaged++
        onFound(content, problem, problem !== undefined && await contents.discardUnused(content, unusedSince))
      }
      return { checked: names.length, damaged }
    },
    async prune (everything) {
      const removed = await prune(paths, contents, everything ? { ...limits, ageMs: 0, bytes: 0 } : limits, clock(), () => false)
      await temporary.sweep()
      return { removed: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) }
    }
  }
}

async function artefactsByContent (paths: CachePaths): Promise<Map<string, { artefact: string, origin: string }[]>> {
  const byContent = new Map<string, { artefact: string, origin: string }[]>()
  for (const name of await readdir(paths.artefacts)) {
    const pointer = await readSealed(join(paths.artefacts, name)) as StoredPointer | undefined // sealed: written by `Pointers`
    if (pointer === undefined || !('content' in pointer)) continue
    const list = byContent.get(pointer.content) ?? []
    list.push({ artefact: pointer.artefact, origin: pointer.origin })
    byContent.set(pointer.content, list)
  }
  return byContent
}

async function report (contents: Contents, { content, bytes, usedAt }: Kept, artefacts: ContentReport['artefacts']): Promise<ContentReport> {
  const about = await contents.about(content)
  const builds = await buildsOf(contents, content)
  const bundled = await readSealed(builds[0]?.about ?? '') as Bundled | undefined // sealed: written by `Contents`
  return { content, integrity: about?.integrity, name: bundled?.name, version: bundled?.version, bytes, usedAt: new Date(usedAt), artefacts }
}

async function buildsOf (contents: Contents, content: string) {
  const { builds } = contents.paths(content)
  const keys = await readdir(builds).catch(() => []) // removed meanwhile
  return keys.map((key) => buildPaths(builds, key))
}

/** What is wrong with it, as a sentence would say it; undefined when every file is as it was published. */
async function problemOf (contents: Contents, content: string): Promise<string | undefined> {
  const about = await contents.about(content)
  if (about === undefined) return existsSync(contents.paths(content).root) ? 'its record is damaged' : undefined // removed meanwhile
  // Folders of which the archive says nothing are entries here.
  const limits = { ...PACKAGE_LIMITS, entries: Number.MAX_SAFE_INTEGER }
  try {
    if (digestFolder(realpathSync(contents.paths(content).package), limits).digest !== about.tree.digest) return 'a file of its package has changed'
  } catch (error) {
    return `its package cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`
  }
  for (const build of await buildsOf(contents, content)) {
    const bundled = await readSealed(build.about) as Bundled | undefined // sealed: written by `Contents`
    const bundle = await readFile(build.bundle).catch(() => undefined) // a lost file is a damaged build
    if (bundled === undefined || bundle === undefined || sha256(bundle) !== bundled.sha256) return 'its bundle is damaged'
  }
  return undefined
}
