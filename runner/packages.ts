/**
 * The package of a plugin, where a cell may read it: hard links to the files of the cache, in a folder of the cell that it cannot write to.
 * No copy is made, and the cell learns nothing of other contents of the cache; a content that is removed from the cache stays whole here.
 *
 * What this does not cover: a cell that runs native code of an attacker, under the service's own user and without a wrapper, could write to
 * the files as it could to the cache itself. With CELL_UID the files belong to another user.
 */
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { CachedPlugin } from '../cache/types.ts'
import type { CellFolders } from './cells/cell-folders.ts'

/** Links are made in so much time at once; then others get their turn. */
const SLICE_MS = 4

interface Linked {
  /** Of the folder in the cache that was linked; undefined when it was not there. */
  readonly identity: string | undefined
  readonly place: Promise<string>
}

/** Cell -> folder in the cache -> where the cell has it. They go with the cell. */
const known = new WeakMap<CellFolders, Map<string, Linked>>()

/** Answers the folder of the package in the cell's own. Runs of one cell that need the same package share one. */
export async function linkPackage (cell: CellFolders, { dir }: Pick<CachedPlugin, 'dir'>): Promise<string> {
  const packages = known.get(cell) ?? new Map<string, Linked>()
  known.set(cell, packages)
  const identity = identityOf(dir)
  const before = packages.get(dir)
  if (before !== undefined && !await isUsable(before, identity) && packages.get(dir) === before) packages.delete(dir)
  const linked = packages.get(dir) ?? { identity, place: make(dir, path.join(cell.packages, randomBytes(6).toString('hex'))) }
  packages.set(dir, linked)
  try {
    return await linked.place
  } catch (error) {
    if (packages.get(dir) === linked) packages.delete(dir) // the next run tries again
    throw error
  }
}

/**
 * Not when TMP_DIR was emptied, nor when the cache has fetched the content again, of which a file was damaged (cache/whole-packages.ts). One that the
 * cache has dropped is as good as before.
 */
async function isUsable (linked: Linked, identity: string | undefined): Promise<boolean> {
  const place = await linked.place.catch(() => undefined) // whoever asked for it was told
  return place === undefined || (existsSync(place) && (identity === undefined || identity === linked.identity))
}

function identityOf (dir: string): string | undefined {
  const stats = statSync(dir, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? undefined : [stats.dev, stats.ino, stats.mtimeNs, stats.ctimeNs].join(' ')
}

async function make (from: string, to: string): Promise<string> {
  const aside = `${to}.tmp`
  await mkdir(path.dirname(to), { recursive: true })
  const folders = [{ from, to: aside }]
  let until = performance.now() + SLICE_MS
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    mkdirSync(folder.to, { mode: 0o755 })
    for (const entry of readdirSync(folder.from, { withFileTypes: true })) {
      const pair = { from: path.join(folder.from, entry.name), to: path.join(folder.to, entry.name) }
      if (entry.isDirectory()) folders.push(pair)
      else if (entry.isFile()) link(pair.from, pair.to) // nothing else is in a package (cache/package-writer.ts)
      if (performance.now() < until) continue
      await turn()
      until = performance.now() + SLICE_MS
    }
  }
  await rename(aside, to)
  return to
}

function link (from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EXDEV' && code !== 'EMLINK' && code !== 'EPERM' && code !== 'ENOTSUP') throw error
    copyFileSync(from, to) // a file system without links, or with too many of this file
  }
}
