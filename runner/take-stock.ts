/**
 * Looks through the persistent files of a processing between two runs: how much there is, and nothing in it that a plugin cannot have made. A
 * plugin makes files and folders; its links are files with the sticky bit (sandbox/file-paths.ts). Anything else could only have come from
 * a cell that was broken into, and would lead the next one out of its folder: it is removed.
 */
import { lchown, lstat, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Dirent, Stats } from 'node:fs'

export interface Stock {
  readonly bytes: number
  /** Files and folders, those of `folder` itself left out. */
  readonly files: number
  /** Whether there are links of the plugin's. */
  readonly links: boolean
}

/** So many entries are looked at at once. */
const AT_ONCE = 32
const STICKY = 0o1000

/** `owner`: whose all of it shall be. Throws what the file system throws. */
export async function takeStock (folder: string, owner?: { readonly uid: number, readonly gid: number }): Promise<Stock> {
  const stock = { bytes: 0, files: 0, links: false }
  const folders = [folder]
  const look = async (at: string, entry: Dirent): Promise<void> => {
    const file = path.join(at, entry.name)
    const stats = await lstat(file)
    if (!isOfPlugin(stats)) return await rm(file, { force: true })
    stock.files++
    if (owner !== undefined && (stats.uid !== owner.uid || stats.gid !== owner.gid)) await lchown(file, owner.uid, owner.gid)
    if (stats.isDirectory()) {
      folders.push(file)
      return
    }
    stock.bytes += stats.size
    stock.links ||= (stats.mode & STICKY) !== 0
  }
  if (owner !== undefined) await lchown(folder, owner.uid, owner.gid)
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const entries = await readdir(at, { withFileTypes: true })
    for (let i = 0; i < entries.length; i += AT_ONCE) {
      const here = at
      await Promise.all(entries.slice(i, i + AT_ONCE).map(async entry => await look(here, entry)))
    }
  }
  return stock
}

/** Two names for one file a plugin cannot make either. */
function isOfPlugin (stats: Stats): boolean {
  return stats.isDirectory() || (stats.isFile() && stats.nlink === 1)
}
