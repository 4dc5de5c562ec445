/** Folders for work in progress, on the file system of the cache so that a rename publishes. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'

/** No job lasts so long: a folder of another machine or container that is older was left by a crash. */
const ABANDONED_MS = 3_600_000

/** Folders that caches of this very process are using. */
const live = new Set<string>()

export class TemporaryFolders {
  readonly #root: string
  readonly #clock: () => number
  readonly #beside: readonly string[]

  /** `beside`: folders that the work publishes into. */
  constructor (root: string, clock: () => number, beside: readonly string[] = []) {
    this.#root = root
    this.#clock = clock
    this.#beside = beside
  }

  /** Runs `work` with a fresh empty folder and removes what is left of it. Cleaners of temporary files may have taken folders away. */
  async use<T> (work: (folder: string) => Promise<T>): Promise<T> {
    const name = `${hostname()}.${process.pid}.${randomBytes(8).toString('hex')}`
    const folder = join(this.#root, name)
    live.add(name)
    try {
      for (const each of [...this.#beside, this.#root]) await mkdir(each, { recursive: true, mode: 0o700 })
      await mkdir(folder, { mode: 0o700 })
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
      live.delete(name)
    }
  }

  /** Removes the folders of processes that are gone. */
  async sweep (): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) { // none is there any more
      if (await this.#isAbandoned(name)) await rm(join(this.#root, name), { recursive: true, force: true })
    }
  }

  async #isAbandoned (name: string): Promise<boolean> {
    if (live.has(name)) return false
    const match = /^(.*)\.(\d+)\.[0-9a-f]+$/.exec(name)
    // A process id means something on its own host only. Ours, without being in `live`, is that of a predecessor.
    if (match !== null && match[1] === hostname() && !isOtherProcess(Number(match[2]))) return true
    const stats = await stat(join(this.#root, name)).catch(() => undefined) // its owner may have just removed it
    return stats !== undefined && this.#clock() - stats.mtimeMs > ABANDONED_MS
  }
}

/** Whether it is alive, and not this one. */
export function isOtherProcess (pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // alive, under another user
  }
}
