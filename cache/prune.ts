/** Keeps the cache within its bounds of age and size. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contents } from './contents.ts'
import type { PruneLimits } from './options.ts'
import type { CachePaths } from './paths.ts'
import type { StoredPointer } from './pointers.ts'
import { readSealed } from './sealed.ts'

/** No lock is held for so long: it was left by a crash. */
const LOCKS_MS = 3_600_000

export interface Kept {
  readonly content: string
  readonly usedAt: number
  readonly bytes: number
}

/** What is too old, then the least recently used of what is too much. Pure. */
export function whatToRemove (all: readonly Kept[], limits: PruneLimits, now: number): Kept[] {
  const removed: Kept[] = []
  let bytes = all.reduce((sum, kept) => sum + kept.bytes, 0)
  for (const kept of [...all].sort((a, b) => a.usedAt - b.usedAt)) {
    const unused = now - kept.usedAt
    if (unused <= limits.inUseMs || (unused <= limits.ageMs && bytes <= limits.bytes)) continue
    removed.push(kept)
    bytes -= kept.bytes
  }
  return removed
}

/** Answers the contents that were removed. `isHeld`: in use in this process. */
export async function prune (paths: CachePaths, contents: Contents, limits: PruneLimits, now: number, isHeld: (content: string) => boolean): Promise<Kept[]> {
  const all = await measureAll(paths, contents)
  const removed: Kept[] = []
  for (const kept of whatToRemove(all, limits, now)) {
    if (!isHeld(kept.content) && await contents.discardUnused(kept.content, kept.usedAt)) removed.push(kept)
  }
  const left = new Set(all.filter((kept) => !removed.includes(kept)).map(({ content }) => content))
  await prunePointers(paths, left, limits, now)
  await pruneByAge(paths.confirmed, limits.ageMs, now)
  await pruneByAge(paths.locks, LOCKS_MS, Date.now())
  return removed
}

/** Of every content on disk. */
export async function measureAll (paths: CachePaths, contents: Contents): Promise<Kept[]> {
  const names = await readdir(paths.contents)
  return await Promise.all(names.map((content) => measure(contents, content)))
}

async function measure (contents: Contents, content: string): Promise<Kept> {
  const paths = contents.paths(content)
  const about = await contents.about(content)
  const used = await stat(paths.about).catch(() => undefined) ?? await stat(paths.root).catch(() => undefined) // removed meanwhile
  return { content, usedAt: used?.mtimeMs ?? 0, bytes: (about?.tree.bytes ?? 0) + await buildBytes(paths.builds) }
}

async function buildBytes (builds: string): Promise<number> {
  const files = await readdir(builds, { recursive: true }).catch(() => []) // removed meanwhile
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(builds, file)).catch(() => undefined))?.size ?? 0))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

async function pruneByAge (folder: string, ageMs: number, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const stats = await stat(path).catch(() => undefined) // removed meanwhile
    if (stats !== undefined && now - stats.mtimeMs > ageMs) await rm(path, { force: true })
  }
}

/** Pointers to contents that are gone, and failures that nobody met for long. */
async function prunePointers (paths: CachePaths, contents: ReadonlySet<string>, limits: PruneLimits, now: number): Promise<void> {
  for (const name of await readdir(paths.artefacts)) {
    const path = join(paths.artefacts, name)
    const pointer = await readSealed(path) as StoredPointer | undefined // sealed: written by `Pointers`
    const age = now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now)
    const isDead = pointer === undefined || ('content' in pointer ? !contents.has(pointer.content) : age > limits.ageMs)
    if (isDead && age > limits.inUseMs) await rm(path, { force: true })
  }
}
