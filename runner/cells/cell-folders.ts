/**
 * What lies on disk for each cell, and goes with it:
 *
 *   <dir>/<name>/packages/…      packages of the plugins that run in it (runner/packages.ts): the cell reads them, and can change nothing
 *   <filesDir>/<name>/…          files of its runs (runner/folders.ts): the only folder that it may write to
 *
 * `<name>` is `<host>.<cell>`, and a cell's id begins with the process that made it: so what a service has left that did not end in order is
 * known from what another one is using.
 */
import { chown, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { isOtherProcess } from '../../cache/temporary.ts'

export interface CellFolders {
  /** Absolute. */
  readonly packages: string
  /** Absolute. */
  readonly files: string
}

export interface CellFoldersOptions {
  readonly dir: string
  /** @default dir */
  readonly filesDir?: string | undefined
  /** Of the cells, when they are not those of this process. */
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  /** Takes out of a cell's files what has to be kept, before they are removed. It must not reject for what is not there. */
  keep?(files: string): Promise<void>
}

/** What another machine or container has not touched for so long was left by a crash. */
const ABANDONED_MS = 3_600_000
/** Cells that live in this very process, by folder name. */
const live = new Set<string>()

export class CellsDisk {
  readonly #options: CellFoldersOptions
  readonly #roots: readonly string[]
  readonly #mine = new Set<string>()
  #touchedAt = performance.now()

  constructor (options: CellFoldersOptions) {
    this.#options = options
    this.#roots = [...new Set([options.dir, options.filesDir ?? options.dir])]
  }

  async make (id: string): Promise<CellFolders> {
    const name = nameOf(id)
    live.add(name)
    this.#mine.add(name)
    const { packages, files } = this.#folders(name)
    const { uid, gid } = this.#options
    // Another user than ours must find his way to what he may read: names in between stay hidden.
    for (const folder of [path.dirname(packages), packages]) await mkdir(folder, { recursive: true, mode: uid === undefined ? 0o700 : 0o711 })
    await mkdir(path.dirname(files), { recursive: true, mode: uid === undefined ? 0o700 : 0o711 })
    await mkdir(files, { mode: 0o700 })
    if (uid !== undefined && gid !== undefined) await chown(files, uid, gid)
    return { packages, files }
  }

  /** The cell is dead, and no run of it is being ended any more. */
  async remove (id: string): Promise<void> {
    const name = nameOf(id)
    await this.#remove(name)
    live.delete(name)
    this.#mine.delete(name)
  }

  /** Notes now and then that the cells are alive, for other machines that share the folders. Never rejects. */
  async touch (): Promise<void> {
    if (performance.now() - this.#touchedAt < ABANDONED_MS / 10) return
    this.#touchedAt = performance.now()
    const now = new Date()
    for (const name of this.#mine) {
      for (const root of this.#roots) await utimes(path.join(root, name), now, now).catch(() => {}) // just removed
    }
  }

  async makeRoots (): Promise<void> {
    for (const root of this.#roots) await mkdir(root, { recursive: true, mode: this.#options.uid === undefined ? 0o700 : 0o711 })
  }

  /** Removes what services have left that are gone; their cells have ended with them (sandbox/cell.ts). */
  async sweep (): Promise<void> {
    await this.makeRoots()
    for (const root of this.#roots) {
      for (const name of await readdir(root)) {
        if (await isAbandoned(root, name)) await this.#remove(name)
      }
    }
  }

  #folders (name: string): CellFolders {
    const { dir, filesDir = dir } = this.#options
    return { packages: path.join(dir, name, 'packages'), files: path.join(filesDir, name, 'files') }
  }

  async #remove (name: string): Promise<void> {
    await this.#options.keep?.(this.#folders(name).files)
    for (const root of this.#roots) await rm(path.join(root, name), { recursive: true, force: true })
  }
}

function nameOf (id: string): string {
  return `${hostname()}.${id}`
}

async function isAbandoned (root: string, name: string): Promise<boolean> {
  if (live.has(name)) return false
  const match = /^(.*)\.(\d+)-[\w-]+$/.exec(name)
  // A process id means something on its own host only. Ours, of a cell that is not alive here, is that of a predecessor.
  if (match !== null && match[1] === hostname()) return !isOtherProcess(Number(match[2]))
  const stats = await stat(path.join(root, name)).catch(() => undefined) // its owner may have just removed it
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS
}
