/**
 * The files of runs. The persistent folder of a processing (`dir`) lies here while no run uses it:
 *
 *   <root>/<processing>/         its files
 *   <root>/<processing>.at       while a run uses them: where they are, in the work folder of a cell
 *
 * A run moves it into the folder of its cell, and back when it has ended; each move is a rename, so that the files are whole in one place or the
 * other. A processing has one run at a time, and who claimed it last owns its files: he takes them from wherever the note says, and whoever held
 * them before finds a note that is not his and puts nothing back. `tmpDir` is made for the run and removed after it.
 *
 *   <files of the cell>/<processing>.<random>/processing/   dir          (sandbox/file-paths.ts: /processing)
 *   <files of the cell>/<processing>.<random>/tmp/run/      tmpDir       (/tmp/run)
 */
import { createHash, randomBytes } from 'node:crypto'
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { linkPackage } from './packages.ts'
import { takeStock, type Stock } from './take-stock.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { RunFolders } from '../sandbox/protocol.ts'
import type { CellFolders } from './cells/cell-folders.ts'
import type { RunLimits } from './limits.ts'

export interface FoldersOptions {
  /** Absolute; on the file system of the cells' files. */
  readonly root: string
  /** User of the cells, when it is not that of this process. */
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

interface OpenFolders {
  readonly cell: CellFolders
  readonly plugin: Pick<CachedPlugin, 'dir'>
  readonly limits: Pick<RunLimits, 'diskBytes' | 'diskFiles' | 'openFiles'>
  /** Absent: a call outside a run, whose `dir` is empty and not kept. */
  readonly processingId?: string
}

export interface RunFiles {
  readonly folders: RunFolders
  /** Puts `dir` back and removes the rest. Call it when the run can write no more, and before its cell may go. */
  close(): Promise<void>
}

export interface Folders {
  open(options: OpenFolders): Promise<RunFiles>
  /** Puts back what a cell that is gone holds of processings. */
  keep(files: string): Promise<void>
  /** The processing is deleted. */
  remove(processingId: string): Promise<void>
}

/** The folders that every run has: /processing, /tmp, /tmp/run. They count as what a run makes does, since it can remove them and make them again. */
export const OWN_FOLDERS = 3

const EMPTY: Stock = { bytes: 0, files: 0, links: false }

export function createFolders ({ root, uid, gid }: FoldersOptions): Folders {
  const restOf = (name: string): string => path.join(root, name)
  const noteOf = (name: string): string => path.join(root, `${name}.at`)
  const owner = uid === undefined || gid === undefined ? undefined : { uid, gid }

  async function make (folder: string): Promise<void> {
    await mkdir(folder, { mode: 0o700 })
    if (owner !== undefined) await chown(folder, owner.uid, owner.gid)
  }

  /** Moves the folder to `target`. What is in it is looked through before the cell can reach it. */
  async function take (name: string, target: string): Promise<Stock> {
    await mkdir(root, { recursive: true, mode: 0o700 })
    const at = await whereIs(name)
    if (at === undefined) {
      await make(target)
      await note(name, target)
      return EMPTY
    }
    const stock = await takeStock(at, owner)
    await note(name, target)
    await rename(at, target)
    return stock
  }

  async function whereIs (name: string): Promise<string | undefined> {
    const noted = await readNote(name)
    for (const place of [noted, restOf(name)]) {
      if (place !== undefined && (await stat(place).catch(absent))?.isDirectory() === true) return place
    }
    return undefined
  }

  async function readNote (name: string): Promise<string | undefined> {
    return await readFile(noteOf(name), 'utf8').catch(absent)
  }

  async function note (name: string, place: string): Promise<void> {
    const aside = `${noteOf(name)}.${randomBytes(4).toString('hex')}`
    await writeFile(aside, place, { mode: 0o600, flag: 'wx' })
    await rename(aside, noteOf(name))
  }

  /** Nothing when another run, or a deletion, has taken it over. */
  async function putBack (name: string, place: string): Promise<void> {
    if (await readNote(name) !== place) return
    await rename(place, restOf(name)).catch(absent) // the plugin may have removed it
    await rm(noteOf(name), { force: true })
  }

  return {
    async open ({ cell, plugin, limits, processingId }) {
      const name = processingId === undefined ? undefined : folderName(processingId)
      const runRoot = path.join(cell.files, `${name ?? 'call'}.${randomBytes(6).toString('hex')}`)
      const persistent = path.join(runRoot, 'processing')
      const close = async (): Promise<void> => {
        if (name !== undefined) await putBack(name, persistent)
        await rm(runRoot, { recursive: true, force: true, maxRetries: 2 }).catch(() => {}) // what is left goes with the cell
      }
      try {
        const linked = linkPackage(cell, plugin)
        linked.catch(() => {}) // awaited below
        for (const folder of [runRoot, path.join(runRoot, 'tmp'), path.join(runRoot, 'tmp', 'run')]) await make(folder)
        const { bytes, files, links } = name === undefined ? await make(persistent).then(() => EMPTY) : await take(name, persistent)
        const folders: RunFolders = {
          root: runRoot,
          package: await linked,
          limits: { bytes: limits.diskBytes, files: limits.diskFiles + OWN_FOLDERS, open: limits.openFiles },
          used: { bytes, files: files + OWN_FOLDERS },
          links
        }
        return { folders, close }
      } catch (error) {
        await close().catch(() => {}) // the first error tells more; the next run finds the files by their note
        throw error
      }
    },
    async keep (files) {
      for (const entry of await readdir(files).catch(absent) ?? []) {
        const [name = ''] = entry.split('.', 1)
        await putBack(name, path.join(files, entry, 'processing'))
      }
    },
    async remove (processingId) {
      const name = folderName(processingId)
      const at = await readNote(name)
      await rm(noteOf(name), { force: true })
      for (const place of [restOf(name), at]) if (place !== undefined) await rm(place, { recursive: true, force: true })
    }
  }
}

/** An id is ours, or was brought along from elsewhere: never a path. */
function folderName (processingId: string): string {
  return /^[\w-]{1,64}$/.test(processingId) ? processingId : `x${createHash('sha256').update(processingId).digest('hex')}`
}

function absent (error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
