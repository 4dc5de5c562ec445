/**
 * The open files of one run, by the numbers that the plugin knows, and the account of what their content takes on the disk.
 *
 * A file's size is what the disk says while nobody writes to it. While it is open its record holds the largest size that the writes under way can
 * give it: it is charged before a write, and corrected after it, so that no order of writes, truncations and deletions can take more than
 * is accounted for.
 */
import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, read, readSync, write, writeSync, type BigIntStats } from 'node:fs'
import { promisify } from 'node:util'
import { FileError } from './file-error.ts'
import type { Place } from './file-paths.ts'
import type { Space } from './file-space.ts'

/** One read or write moves no more: a larger one is cut by the guest. */
export const CHUNK = 1_048_576
/** Those below are the standard streams of a process. */
const FIRST_FD = 3

const readLater = promisify(read)
const writeLater = promisify(write)

interface Inode {
  readonly key: string
  size: number
  /** Open files and writes under way. */
  users: number
  writes: number
  /** No name leads to it any more: its space is given back with its last user. */
  removed: boolean
}

export interface OpenFile {
  readonly fd: number
  /** Where it lies on this machine, as long as it has a name. */
  host: string
  readonly reads: boolean
  readonly writes: boolean
  readonly readOnlyPlace: boolean
  readonly appends: boolean
  readonly inode: Inode
  /** Operations under way: the system's number must not be used again before their end. */
  busy: number
  closed: boolean
}

export class OpenFiles {
  readonly #space: Space
  readonly #limit: number
  readonly #files = new Map<number, OpenFile>()
  readonly #inodes = new Map<string, Inode>()

  constructor (space: Space, limit: number) {
    this.#space = space
    this.#limit = limit
  }

  /** Throws EMFILE when one more would be too many. */
  checkRoom (): void {
    if (this.#files.size >= this.#limit) throw new FileError('EMFILE', 'open')
  }

  /** Takes over a file of the system. The number is the lowest that is free, as the system does it. */
  add (fd: number, flags: number, stats: BigIntStats, { host, readOnly }: Pick<Place, 'host' | 'readOnly'>): number {
    const access = flags & (constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR)
    const inode = this.#inodes.get(keyOf(stats)) ?? { key: keyOf(stats), size: Number(stats.size), users: 0, writes: 0, removed: false }
    inode.users++
    this.#inodes.set(inode.key, inode)
    let id = FIRST_FD
    while (this.#files.has(id)) id++
    this.#files.set(id, { fd, host, inode, reads: access !== constants.O_WRONLY, writes: access !== constants.O_RDONLY, appends: (flags & constants.O_APPEND) !== 0, readOnlyPlace: readOnly, busy: 0, closed: false })
    return id
  }

  get (id: unknown): OpenFile {
    const file = typeof id === 'number' ? this.#files.get(id) : undefined
    if (file === undefined) throw new FileError('EBADF')
    return file
  }

  close (id: unknown): void {
    const file = this.get(id)
    this.#files.delete(id as number) // `get` has found it
    file.closed = true
    this.#closeIdle(file)
  }

  closeAll (): void {
    for (const id of [...this.#files.keys()]) this.close(id)
  }

  /** Up to `length` bytes; fewer at the end of the file. `position`: null goes on where the last one ended. */
  read (id: unknown, length: number, position: number | null): Uint8Array {
    const file = this.#readable(id)
    const bytes = new Uint8Array(length)
    return filled(bytes, readSync(file.fd, bytes, 0, length, position))
  }

  async readLater (id: unknown, length: number, position: number | null): Promise<Uint8Array> {
    const file = this.#readable(id)
    const bytes = new Uint8Array(length)
    const { bytesRead } = await this.#during(file, async () => await readLater(file.fd, bytes, 0, length, position))
    return filled(bytes, bytesRead)
  }

  write (id: unknown, bytes: Uint8Array, position: number | null): number {
    const file = this.#writable(id)
    this.#charge(file, bytes.length, position)
    try {
      return writeSync(file.fd, bytes, 0, bytes.length, position)
    } finally {
      this.#settle(file)
    }
  }

  async writeLater (id: unknown, bytes: Uint8Array, position: number | null): Promise<number> {
    const file = this.#writable(id)
    this.#charge(file, bytes.length, position)
    const { inode } = file
    inode.writes++
    inode.users++
    try {
      const { bytesWritten } = await this.#during(file, async () => await writeLater(file.fd, bytes, 0, bytes.length, position), () => {
        inode.writes--
        this.#settle(file)
      })
      return bytesWritten
    } finally {
      this.#leave(inode)
    }
  }

  truncate (id: unknown, length: number): void {
    const file = this.#writable(id, 'EINVAL')
    if (length > file.inode.size) this.#resize(file.inode, length)
    try {
      ftruncateSync(file.fd, length)
      if (length < file.inode.size) this.#resize(file.inode, length)
    } finally {
      if (file.inode.writes === 0) this.#settle(file)
    }
  }

  /** The content of a file has been cut to nothing when it was opened. `size`: what it had. */
  emptied (stats: BigIntStats): void {
    const inode = this.#inodes.get(keyOf(stats))
    if (inode === undefined) this.#space.give({ bytes: Number(stats.size), files: 0 })
    else this.#resize(inode, 0)
  }

  /** A file, or a folder with all that is in it, has another name. */
  moved (from: string, to: string): void {
    for (const file of this.#files.values()) {
      if (file.host === from || file.host.startsWith(`${from}/`)) file.host = to + file.host.slice(from.length)
    }
  }

  /**
   * The name of an open file, for what Node's permission model allows on names only (fchmod, futimes). Undefined when it has none any more: nobody
   * could see a difference then.
   */
  nameOf (id: unknown): string | undefined {
    const { fd, host } = this.get(id)
    const stats = lstatSync(host, { bigint: true, throwIfNoEntry: false })
    return stats !== undefined && keyOf(stats) === keyOf(fstatSync(fd, { bigint: true })) ? host : undefined
  }

  /** The last name of a file or folder is gone. `stats`: from before. */
  removed (stats: BigIntStats): void {
    this.#space.give({ bytes: 0, files: 1 })
    if (stats.isDirectory()) return
    const inode = this.#inodes.get(keyOf(stats))
    if (inode === undefined) this.#space.give({ bytes: Number(stats.size), files: 0 })
    else inode.removed = true
  }

  #readable (id: unknown): OpenFile {
    const file = this.get(id)
    if (!file.reads) throw new FileError('EBADF')
    return file
  }

  #writable (id: unknown, otherwise = 'EBADF'): OpenFile {
    const file = this.get(id)
    if (!file.writes) throw new FileError(otherwise)
    return file
  }

  /** Where a write without a position ends nobody knows before: at the worst, behind all that is there. */
  #charge ({ inode, appends }: OpenFile, length: number, position: number | null): void {
    const end = appends || position === null ? inode.size + length : position + length
    if (end > inode.size) this.#resize(inode, end)
  }

  #settle ({ fd, inode }: OpenFile): void {
    const size = fstatSync(fd).size
    if (inode.writes === 0 || size > inode.size) {
      this.#space.give({ bytes: inode.size - size, files: 0 }) // what is on the disk counts, be it more than is allowed
      inode.size = size
    }
  }

  #resize (inode: Inode, size: number): void {
    if (size > inode.size) this.#space.take({ bytes: size - inode.size, files: 0 })
    else this.#space.give({ bytes: inode.size - size, files: 0 })
    inode.size = size
  }

  /** `then` comes before the file is closed. */
  async #during<T> (file: OpenFile, work: () => Promise<T>, then = (): void => {}): Promise<T> {
    file.busy++
    try {
      return await work()
    } finally {
      then()
      file.busy--
      if (file.closed) this.#closeIdle(file)
    }
  }

  #closeIdle (file: OpenFile): void {
    if (file.busy > 0) return
    closeSync(file.fd)
    this.#leave(file.inode)
  }

  #leave (inode: Inode): void {
    inode.users--
    if (inode.users > 0) return
    this.#inodes.delete(inode.key)
    if (inode.removed) this.#space.give({ bytes: inode.size, files: 0 })
  }
}

function keyOf ({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

function filled (bytes: Uint8Array, length: number): Uint8Array {
  return length === bytes.length ? bytes : bytes.slice(0, length)
}
