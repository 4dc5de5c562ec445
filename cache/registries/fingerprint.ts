/** Tells whether a folder changed without reading its files. */
import { createHash } from 'node:crypto'
import type { BigIntStats, Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'

/** Links may make a folder endless. */
const MAX_DEPTH = 64

/** SHA-256 of the identity of every file below `dir`. `maxEntries` bounds the walk: beyond it throws `CacheError` `plugin-refused`. */
export async function fingerprint (artefact: string, dir: string, maxEntries: number): Promise<string> {
  const lines: string[] = []
  let entries = 0
  async function walk (path: string, inner: string, depth: number): Promise<void> {
    const children = await readdir(path, { withFileTypes: true })
    entries += children.length
    if (entries > maxEntries) throw new CacheError('plugin-refused', artefact, reason('folder-entries', { limit: maxEntries }))
    await Promise.all(children.map(async (child) => {
      const childPath = join(path, child.name)
      const childInner = `${inner}/${child.name}`
      if (child.name === '.git' && depth === 0) return
      const stats = await statOrNothing(childPath)
      if (stats === undefined || !isFolder(child, stats)) lines.push(`${childInner} ${stats === undefined ? 'gone' : identity(stats)}`)
      else if (depth < MAX_DEPTH) await walk(childPath, childInner, depth + 1)
    }))
  }
  await walk(dir, '', 0)
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

/** Any write to a file changes its ctime, which no program can set. */
export function identity (stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join('-')
}

function isFolder (child: Dirent, stats: BigIntStats): boolean {
  return child.isDirectory() || (child.isSymbolicLink() && stats.isDirectory())
}

async function statOrNothing (path: string): Promise<BigIntStats | undefined> {
  return await stat(path, { bigint: true }).catch(() => undefined) // removed meanwhile, or a broken link
}
