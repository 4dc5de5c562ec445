/**
 * Locks between the processes that share a cache, so that they do not all do the same work. They only spare work: everything is published
 * by a rename, and stays right when two do it at the same time.
 */
import { link, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isOtherProcess, type TemporaryFolders } from './temporary.ts'
import { writeDurably } from './sealed.ts'

const HEARTBEAT_MS = 5000
/** A holder that does not show for so long is gone, wherever it runs. */
const ABANDONED_MS = 30_000
const POLL_MS = 25

/** Of this process. */
const held = new Set<string>()

export interface Lock {
  release(): Promise<void>
}

export class Locks {
  readonly #folder: string
  readonly #temporary: TemporaryFolders

  /** `folder` is on the file system of `temporary`. */
  constructor (folder: string, temporary: TemporaryFolders) {
    this.#folder = folder
    this.#temporary = temporary
  }

  /** Undefined when somebody has it, in this process or another. `name` is a file name. */
  async take (name: string): Promise<Lock | undefined> {
    const path = this.#path(name)
    const token = `${hostname()} ${process.pid} ${randomBytes(8).toString('hex')}`
    held.add(token)
    if (!await this.#place(path, token)) {
      held.delete(token)
      return undefined
    }
    const heartbeat = setInterval(() => { utimes(path, new Date(), new Date()).catch(() => {}) }, HEARTBEAT_MS).unref() // taken from us meanwhile: it only spared work
    return {
      release: async () => {
        clearInterval(heartbeat)
        held.delete(token)
        if (await read(path) === token) await rm(path, { force: true })
      }
    }
  }

  /** A lock of a name that nobody else has. */
  async takeOwn (): Promise<Lock | undefined> {
    return await this.take(randomBytes(8).toString('hex'))
  }

  /** Whether any is held, by whomever. */
  async areHeld (): Promise<boolean> {
    for (const file of await readdir(this.#folder)) if (await this.#isHeld(join(this.#folder, file))) return true
    return false
  }

  /** Waits until nobody has it, `waitMs` at most. */
  async released (name: string, waitMs: number): Promise<void> {
    const path = this.#path(name)
    const deadline = performance.now() + waitMs
    for (let polls = 0; performance.now() < deadline; polls++) {
      if (!await this.#isHeld(path)) return
      await sleep(POLL_MS * Math.min(1 + polls / 10, 8) * (0.5 + Math.random() / 2))
    }
  }

  /** Removes the locks of processes that are gone. */
  async sweep (): Promise<void> {
    for (const file of await readdir(this.#folder)) {
      const path = join(this.#folder, file)
      if (!await this.#isHeld(path)) await rm(path, { force: true })
    }
  }

  /** By a link, so that the lock appears with its holder's name in it. */
  async #place (path: string, token: string): Promise<boolean> {
    return await this.#temporary.use(async (folder) => {
      const made = join(folder, 'lock')
      await writeDurably(made, token)
      if (await linked(made, path)) return true
      if (await this.#isHeld(path)) return false
      // Of two who find it abandoned, one may move away the new lock of the other: both then do the work.
      await rename(path, join(folder, 'abandoned')).catch(() => {})
      return await linked(made, path)
    })
  }

  async #isHeld (path: string): Promise<boolean> {
    const [token, stats] = await Promise.all([read(path), stat(path).catch(() => undefined)])
    if (token === undefined || stats === undefined || Date.now() - stats.mtimeMs > ABANDONED_MS) return false
    if (held.has(token)) return true
    const [host, pid] = token.split(' ')
    // A process id means something on its own host only. Ours, without being in `held`, is that of a predecessor.
    return host !== hostname() || isOtherProcess(Number(pid))
  }

  #path (name: string): string {
    return join(this.#folder, `${name}.lock`)
  }
}

async function linked (from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

async function read (path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined) // released meanwhile
}
