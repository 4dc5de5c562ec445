/**
 * Cells under another user (CELL_UID, CELL_GID). Such a cell may enter the folders on the way to its own code and to its own folders
 * (cell-folders.ts), and read its code. It can neither list nor read anything else below the service's folders: what others could read
 * there loses that right when the service starts (`closeToCells`).
 *
 * What this does not cover: all cells have the same user, so that one which has broken out of its isolate and of Node's permission model
 * could reach another's folders if it knew their names, and its process.
 */
import { chmod, chown, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { CELL_PACKAGES } from './spawn.ts'
import type { Stats } from 'node:fs'
import type { CellFolders } from './cell-folders.ts'
import type { Prepared } from './prepared.ts'

export interface CellIdentity {
  readonly uid: number
  readonly gid: number
}

export interface Places {
  readonly prepared: Pick<Prepared, 'folder'>
  readonly folders: CellFolders
  /** Folders that were made for the service: only they, and what is below them, are opened. */
  readonly ours: readonly string[]
}

/** Makes sure that a cell can reach what it starts from. Throws a sentence that names the folder it cannot enter. */
export async function admit (identity: CellIdentity, { prepared, folders, ours }: Places): Promise<void> {
  for (const folder of [prepared.folder, folders.packages, path.dirname(folders.files)]) await openWay(identity, folder, ours)
  for (const target of [process.execPath, CELL_PACKAGES]) await openWay(identity, path.dirname(target), [])
  await makeReadable(prepared.folder)
}

/** Takes from cells, and from all others, what they could read in `folder`; the entries named by `open` are left as they are. */
export async function closeToCells ({ gid }: CellIdentity, folder: string, open: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (open.includes(name)) continue
    const file = path.join(folder, name)
    const stats = await stat(file).catch(() => undefined) // gone meanwhile, or a link that leads nowhere
    if (stats === undefined) continue
    const taken = stats.gid === gid ? 0o077 : 0o007
    if ((stats.mode & taken) !== 0) await chmod(file, stats.mode & 0o7777 & ~taken)
  }
}

async function openWay (identity: CellIdentity, target: string, ours: readonly string[]): Promise<void> {
  for (const folder of waysTo(target)) {
    const stats = await stat(folder)
    if (mayEnter(identity, stats)) continue
    if (!ours.some(own => folder === own || folder.startsWith(own + path.sep))) {
      throw new Error(`CELL_UID: wanted folders that the user ${identity.uid} of the group ${identity.gid} may enter all the way to ${target}, found ${folder} with mode ${(stats.mode & 0o777).toString(8)}`)
    }
    await letIn(identity, folder, stats)
  }
}

/** Through the group where nobody has it yet, so that it stays closed to all others. */
async function letIn ({ gid }: CellIdentity, folder: string, stats: Stats): Promise<void> {
  const mode = stats.mode & 0o7777
  if (stats.gid !== gid && (mode & 0o070) === 0) await chown(folder, stats.uid, gid)
  await chmod(folder, mode | (stats.gid === gid || (mode & 0o070) === 0 ? 0o010 : 0o001))
}

function mayEnter ({ uid, gid }: CellIdentity, { mode, ...owner }: Stats): boolean {
  if (owner.uid === uid) return (mode & 0o100) !== 0
  return (mode & (owner.gid === gid ? 0o010 : 0o001)) !== 0
}

/** Code of ours, no secret; that it cannot be found by others is the business of the folders above. */
async function makeReadable (folder: string): Promise<void> {
  await addMode(folder, 0o055)
  for (const name of await readdir(folder)) await addMode(path.join(folder, name), 0o044)
}

async function addMode (file: string, bits: number): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & bits) !== bits) await chmod(file, (mode & 0o7777) | bits)
}

/** `/a/b` -> `/`, `/a`, `/a/b` */
function waysTo (target: string): string[] {
  const parent = path.dirname(target)
  return parent === target ? [target] : [...waysTo(parent), target]
}
