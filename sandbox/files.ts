/**
 * The files of one run: the operations of host-ops.ts named `fs.*`. file-paths.ts says which there are, open-files.ts and file-space.ts count
 * what they take. What an operation throws is a code of the system; the guest, which knows the paths that the plugin has used, words the error.
 *
 * What concerns names and not content (open, stat, rename…) is done at once also when it is asked for asynchronously: it takes
 * microseconds, and nothing of the run can come between its check and its act. Content is moved by the system's own threads.
 */
import {
  accessSync, chmodSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync,
  rmdirSync, unlinkSync, utimesSync, writeFileSync, type BigIntStats
} from 'node:fs'
import { asChunk, asInteger, asPosition, asSize, asTime, checkedChunk, LEAST, leastOf, modeOf } from './file-arguments.ts'
import { FileError, toFileError } from './file-error.ts'
import { FilePaths, MAX_DEPTH, MAX_PATH, type Place } from './file-paths.ts'
import { Space } from './file-space.ts'
import { giveBack, type Args, type HostModule } from './host-module.ts'
import { OpenFiles } from './open-files.ts'
import type { RunFolders } from './protocol.ts'

type Bytes = Uint8Array | undefined

const { O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_NONBLOCK, O_WRONLY, O_RDWR, O_APPEND, O_SYNC, O_DSYNC, O_DIRECTORY } = constants
/** Whatever else is asked for is left out: files without a name, direct access to the device. */
const FLAGS = O_CREAT | O_EXCL | O_TRUNC | O_WRONLY | O_RDWR | O_APPEND | O_SYNC | O_DSYNC | O_DIRECTORY
const UID = 1_000
/** What the two devices, as a plugin sees them, are called. */
const DEVICE = { written: 1, read: 2 }
const MAX_LINK = 1_024

/** Without folders there is no file at all. */
export function openFiles (folders: RunFolders | undefined): HostModule {
  const paths = new FilePaths(folders)
  const space = new Space(folders?.limits ?? { bytes: 0, files: 0 }, folders?.used ?? { bytes: 0, files: 0 })
  const files = new OpenFiles(space, folders?.limits.open ?? 0)

  /** Of a file or folder that is there. */
  const look = (place: Place): BigIntStats => lstatSync(place.host, { bigint: true })
  const writable = (place: Place): Place => {
    if (place.readOnly) throw new FileError('EROFS')
    return place
  }
  const fdOf = (fd: unknown): number => files.get(fd).fd
  const changeable = (fd: unknown): string | undefined => {
    if (files.get(fd).readOnlyPlace) throw new FileError('EROFS')
    return files.nameOf(fd)
  }

  function open ({ path, flags, mode }: Args): number {
    const wanted = asInteger(flags) & (FLAGS | O_NOFOLLOW)
    const creates = (wanted & O_CREAT) !== 0
    const ownName = (wanted & O_NOFOLLOW) !== 0 || (creates && (wanted & O_EXCL) !== 0)
    const place = paths.find(path, !ownName)
    const before = lstatSync(place.host, { bigint: true, throwIfNoEntry: false })
    if (before !== undefined && paths.isLink(before)) throw new FileError((wanted & O_NOFOLLOW) !== 0 ? 'ELOOP' : 'EEXIST')
    if (place.readOnly && ((wanted & (O_WRONLY | O_RDWR | O_TRUNC)) !== 0 || (creates && before === undefined))) throw new FileError('EROFS')
    files.checkRoom()
    const isNew = creates && before === undefined
    if (isNew) space.take({ bytes: 0, files: 1 })
    const fd = openOrGiveBack(place, (wanted & FLAGS) | O_NOFOLLOW | O_NONBLOCK, creates ? modeOf(mode, LEAST.file) : undefined, isNew)
    const stats = fstatSync(fd, { bigint: true })
    if (before?.isFile() === true && (wanted & O_TRUNC) !== 0) files.emptied(before)
    return files.add(fd, wanted, stats, place)
  }

  function openOrGiveBack (place: Place, flags: number, mode: number | undefined, isNew: boolean): number {
    try {
      return openSync(place.host, flags, mode)
    } catch (error) {
      if (isNew) space.give({ bytes: 0, files: 1 })
      throw error
    }
  }

  function make (place: Place, act: (host: string) => void): void {
    writable(place)
    space.take({ bytes: 0, files: 1 })
    try {
      act(place.host)
    } catch (error) {
      space.give({ bytes: 0, files: 1 })
      throw error
    }
  }

  function symlink ({ target, path }: Args): void {
    if (typeof target !== 'string' || target === '') throw new FileError('ENOENT')
    const size = Buffer.byteLength(target)
    if (size > MAX_LINK) throw new FileError('ENAMETOOLONG')
    const place = paths.find(path, false)
    if (place.segments.length === 0) throw new FileError('EEXIST')
    if (lstatSync(place.host, { throwIfNoEntry: false }) !== undefined) throw new FileError('EEXIST')
    space.take({ bytes: size, files: 0 })
    try {
      make(place, host => {
        writeFileSync(host, target, { flag: 'wx' })
        chmodSync(host, 0o1600)
      })
      paths.linkMade()
    } catch (error) {
      space.give({ bytes: size, files: 0 })
      throw error
    }
  }

  function rename ({ from, to }: Args): void {
    const source = paths.find(from, false)
    const target = paths.find(to, false)
    const before = look(source)
    if (source.segments.length === 0 || target.segments.length === 0) throw new FileError('EBUSY')
    if (source.readOnly !== target.readOnly) throw new FileError('EXDEV')
    writable(source)
    if (before.isDirectory()) checkDepth(source, target)
    const replaced = lstatSync(target.host, { bigint: true, throwIfNoEntry: false })
    renameSync(source.host, target.host)
    files.moved(source.host, target.host)
    if (replaced !== undefined && replaced.ino !== before.ino) files.removed(replaced)
  }

  function remove (path: unknown, act: (host: string) => void): void {
    const place = paths.find(path, false)
    const before = look(place)
    if (place.segments.length === 0) throw new FileError('EBUSY')
    writable(place)
    act(place.host)
    files.removed(before)
  }

  function stat ({ path, follow, fd }: Args): unknown[] {
    if (fd !== undefined) {
      const file = files.get(fd)
      return told(fstatSync(file.fd, { bigint: true }), file.readOnlyPlace, undefined)
    }
    const place = paths.find(path, follow === true)
    const stats = look(place)
    return told(stats, place.readOnly, paths.isLink(stats) ? Number(stats.size) : undefined)
  }

  /** Names and kinds: 1 a file, 2 a folder, 3 a link. */
  function list ({ path }: Args): [name: string, kind: number][] {
    const place = paths.find(path, true)
    if (place.segments.length === 0) return ['plugin', 'processing', 'tmp'].filter(name => lstatSync(paths.find(`/${name}`, false).host, { throwIfNoEntry: false })).map(name => [name, 2])
    return readdirSync(place.host, { withFileTypes: true }).map(entry => [entry.name, entry.isDirectory() ? 2 : !place.readOnly && linkAt(`${place.host}/${entry.name}`) ? 3 : 1])
  }

  function linkAt (host: string): boolean {
    const stats = lstatSync(host, { bigint: true, throwIfNoEntry: false })
    return stats !== undefined && paths.isLink(stats)
  }

  function chmod ({ path, fd, mode }: Args): void {
    if (fd !== undefined) {
      const host = changeable(fd)
      const wanted = modeOf(mode, leastOf(fstatSync(fdOf(fd))), 0)
      if (host !== undefined) chmodSync(host, wanted)
      return
    }
    const place = paths.find(path, true)
    const stats = look(place)
    chmodSync(writable(place).host, modeOf(mode, leastOf(stats), 0))
  }

  function utimes ({ path, fd, follow, atime, mtime }: Args): void {
    const times = [asTime(atime), asTime(mtime)] as const
    if (fd !== undefined) {
      const host = changeable(fd)
      if (host !== undefined) utimesSync(host, ...times)
      return
    }
    const place = paths.find(path, follow === true)
    look(place)
    utimesSync(writable(place).host, ...times)
  }

  function access ({ path, mode }: Args): void {
    const place = paths.find(path, true)
    look(place)
    if ((asInteger(mode) & constants.W_OK) !== 0) writable(place)
    accessSync(place.host, asInteger(mode) & 7)
  }

  const sync: HostModule['sync'] = {
    open,
    symlink,
    rename,
    stat,
    list,
    chmod,
    utimes,
    access,
    close: ({ fd }) => files.close(fd),
    read: ({ fd, length, position }) => files.read(fd, asChunk(length), asPosition(position)),
    write: ({ fd, position }, bytes = EMPTY) => files.write(fd, checkedChunk(bytes), asPosition(position)),
    copy: ({ from, to, length }) => files.write(to, files.read(from, asChunk(length), null), null),
    truncate: ({ fd, length }) => files.truncate(fd, asSize(length)),
    /** Node's permission model, under which cells run, lets nobody wait for the disk: the system has the data, and writes them when it wants. */
    sync: ({ fd }) => { fdOf(fd) },
    mkdir: ({ path, mode }) => {
      const place = paths.find(path, false)
      if (lstatSync(place.host, { throwIfNoEntry: false }) !== undefined) throw new FileError('EEXIST')
      make(place, host => mkdirSync(host, modeOf(mode, LEAST.folder)))
    },
    unlink: ({ path }) => remove(path, unlinkSync),
    rmdir: ({ path }) => remove(path, rmdirSync),
    readlink: ({ path }) => paths.target(paths.find(path, false)),
    realpath: ({ path }) => {
      const place = paths.find(path, true)
      look(place)
      return `/${place.segments.join('/')}`
    },
    /** Of the run: bytes and files that it may have, then those it has. */
    space: ({ path }) => {
      look(paths.find(path, true))
      return [space.limits.bytes, space.limits.files, space.used.bytes, space.used.files]
    }
  }

  const later: HostModule['async'] = {
    ...Object.fromEntries(Object.entries(sync).map(([name, act]) => [name, async (args: Args, bytes: Bytes) => act(args, bytes)])),
    read: async ({ fd, length, position }) => await files.readLater(fd, asChunk(length), asPosition(position)),
    write: async ({ fd, position }, bytes = EMPTY) => {
      try {
        return await files.writeLater(fd, checkedChunk(bytes), asPosition(position))
      } finally {
        giveBack(bytes)
      }
    },
    copy: async ({ from, to, length }) => {
      const bytes = await files.readLater(from, asChunk(length), null)
      return await files.writeLater(to, bytes, null)
    },
  }

  return {
    sync: mapped(sync, act => (args, bytes) => {
      try {
        return act(args, bytes)
      } catch (error) {
        throw toFileError(error)
      }
    }),
    async: mapped(later, act => async (args, bytes) => {
      try {
        return await act(args, bytes)
      } catch (error) {
        throw toFileError(error)
      }
    }),
    waits: true,
    disk: () => space.used,
    close: () => files.closeAll()
  }
}

const EMPTY = new Uint8Array(0)

function mapped<T> (table: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value)]))
}

/** What a plugin is told of a file. Whose it is and on which device is the same everywhere. `linkBytes`: it is a link. */
function told (stats: BigIntStats, readOnly: boolean, linkBytes: number | undefined): unknown[] {
  const { mode, nlink, rdev, blksize, ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthtimeNs } = stats
  const shown = linkBytes === undefined ? Number(mode & ~0o7000n) : constants.S_IFLNK | 0o777
  return [
    readOnly ? DEVICE.read : DEVICE.written, shown, stats.isDirectory() ? Number(nlink) : 1, UID, UID, Number(rdev), Number(blksize), `${ino}`, Number(size), Number(blocks),
    `${atimeNs}`, `${mtimeNs}`, `${ctimeNs}`, `${birthtimeNs}`
  ]
}

/** A folder that moves to a longer path takes all that is in it along: none of it may come to lie where no path leads. */
function checkDepth (source: Place, target: Place): void {
  const bytes = Buffer.byteLength(target.segments.join('/')) - Buffer.byteLength(source.segments.join('/'))
  const depth = target.segments.length - source.segments.length
  if (bytes <= 0 && depth <= 0) return
  const inside = extentOf(source.host)
  if (target.segments.length + inside.depth > MAX_DEPTH || Buffer.byteLength(target.segments.join('/')) + inside.bytes > MAX_PATH) throw new FileError('ENAMETOOLONG')
}

/** Of the longest and the deepest path below a folder. */
function extentOf (host: string): { readonly depth: number, readonly bytes: number } {
  let depth = 0
  let bytes = 0
  for (const entry of readdirSync(host, { withFileTypes: true })) {
    const inside = entry.isDirectory() ? extentOf(`${host}/${entry.name}`) : { depth: 0, bytes: 0 }
    depth = Math.max(depth, inside.depth + 1)
    bytes = Math.max(bytes, inside.bytes + Buffer.byteLength(entry.name) + 1)
  }
  return { depth, bytes }
}
