/** The operations of `fs` on names and on what is known of files, each as the steps that it takes. */
import { checkBoolean, checkInteger, constants, encoded, fdOf, modeOf, optionsOf, pathOf, smallModeOf, timeOf, type GuestPath } from './fs-arguments.ts'
import { doNow, step, systemError, type Operation, type Told } from './fs-host.ts'
import { invalidArgType, nodeError } from './invalid-argument.ts'
import { Dirent, KIND, statsOf, type Facts } from './fs-stats.ts'

/** Every file of a run belongs to the user that `process.getuid()` tells. */
const USER = 1_000
const NOBODY = 2 ** 32 - 1

export const told = (syscall: string, path?: GuestPath, dest?: GuestPath): Told => ({ syscall, path: path?.given, dest: dest?.given })

export type StatOptions = { readonly bigint?: unknown, readonly throwIfNoEntry?: unknown } | null | undefined

export function * stat (path: unknown, options?: StatOptions): Operation<object | undefined> {
  return yield * looked(pathOf(path), 'stat', options)
}

export function * lstat (path: unknown, options?: StatOptions): Operation<object | undefined> {
  return yield * looked(pathOf(path), 'lstat', options)
}

function * looked (path: GuestPath, syscall: 'stat' | 'lstat', options: StatOptions): Operation<object | undefined> {
  try {
    return statsOf(yield * factsOf(path, syscall === 'stat', told(syscall, path)), options?.bigint === true)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (options?.throwIfNoEntry === false && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined
    throw error
  }
}

export function * factsOf (path: GuestPath, follow: boolean, about: Told): Operation<Facts> {
  return yield * step<Facts>('stat', { path: path.full, follow }, about)
}

export function isKind (facts: Facts, kind: 'S_IFDIR' | 'S_IFREG' | 'S_IFLNK'): boolean {
  return (facts[1] & (constants['S_IFMT'] ?? 0)) === constants[kind]
}

export function * fstat (fd: unknown, options?: StatOptions): Operation<object> {
  return statsOf(yield * step<Facts>('stat', { fd: fdOf(fd) }, { syscall: 'fstat' }), options?.bigint === true)
}

export function * access (path: unknown, mode?: unknown): Operation<void> {
  const place = pathOf(path)
  yield * step('access', { path: place.full, mode: smallModeOf(mode) }, told('access', place))
}

/** Never throws. */
export function * exists (path: unknown): Operation<boolean> {
  try {
    yield * access(path)
    return true
  } catch {
    return false
  }
}

export function * rename (from: unknown, to: unknown): Operation<void> {
  const source = pathOf(from, 'oldPath')
  const target = pathOf(to, 'newPath')
  yield * step('rename', { from: source.full, to: target.full }, told('rename', source, target))
}

export function * unlink (path: unknown): Operation<void> {
  const place = pathOf(path)
  yield * step('unlink', { path: place.full }, told('unlink', place))
}

export function * rmdir (path: unknown, options?: { readonly recursive?: unknown }): Operation<void> {
  const place = pathOf(path)
  if (options?.recursive !== undefined && typeof options === 'object') throw nodeError(new TypeError(`The property 'options.recursive' is no longer supported. Received ${String(options.recursive)}`), 'ERR_INVALID_ARG_VALUE')
  yield * step('rmdir', { path: place.full }, told('rmdir', place))
}

export function * mkdir (path: unknown, options?: unknown): Operation<string | undefined> {
  const place = pathOf(path)
  const { mode = 0o777, recursive = false } = typeof options === 'number' || typeof options === 'string' ? { mode: options } : (options ?? {}) as { mode?: unknown, recursive?: unknown }
  checkBoolean('options.recursive', recursive)
  const wanted = modeOf(mode, typeof options === 'object' ? 'options.mode' : 'mode', 0o777)
  if (recursive === true) return yield * mkdirs(place, wanted)
  yield * step('mkdir', { path: place.full, mode: wanted }, told('mkdir', place))
  return undefined
}

/** Makes what is missing from the top down; answers the first folder that it made, written as it was given. */
function * mkdirs (place: GuestPath, mode: number): Operation<string | undefined> {
  const missing = [place]
  let first: string | undefined
  for (let at = missing.at(-1); at !== undefined; at = missing.at(-1)) {
    try {
      yield * step('mkdir', { path: at.full, mode }, told('mkdir', place))
      first ??= at.given
      missing.pop()
    } catch (error) {
      const { code } = error as { code?: unknown }
      const above = at.given.slice(0, at.given.lastIndexOf('/'))
      if (code === 'ENOENT' && above !== '' && above !== at.given && !(yield * exists(above))) {
        missing.push(pathOf(above))
      } else if (code === 'EEXIST' || code === 'EROFS') {
        if (!(yield * folderThere(at.full))) throw missing.length > 1 && code === 'EEXIST' ? systemError('ENOTDIR', told('mkdir', place)) : error
        missing.pop()
      } else {
        throw error
      }
    }
  }
  return first
}

function * folderThere (path: string): Operation<boolean> {
  try {
    return isKind(yield * step<Facts>('stat', { path, follow: true }, { syscall: 'stat' }), 'S_IFDIR')
  } catch {
    return false
  }
}

function normalized (path: string): string {
  return `/${path.split('/').filter(name => name !== '' && name !== '.').join('/')}`
}

export function * readlink (path: unknown, options?: unknown): Operation<unknown> {
  const place = pathOf(path)
  return encoded(yield * step<string>('readlink', { path: place.full }, told('readlink', place)), optionsOf(options))
}

export function * symlink (target: unknown, path: unknown, _type?: unknown): Operation<void> {
  const named = pathOf(target, 'target')
  const place = pathOf(path)
  yield * step('symlink', { target: named.given, path: place.full }, told('symlink', named, place))
}

/** Two names for one file are not offered: what a run has is counted by its names. */
export function * link (existing: unknown, path: unknown): Operation<void> {
  const named = pathOf(existing, 'existingPath')
  const place = pathOf(path, 'newPath')
  yield * factsOf(named, false, told('link', named, place))
  if (yield * exists(place.full)) throw systemError('EEXIST', told('link', named, place))
  throw systemError('EPERM', told('link', named, place))
}

/** As the JavaScript of Node has it: an error names the part of the path that is missing. */
export function * realpath (path: unknown, options?: unknown): Operation<unknown> {
  const place = pathOf(path)
  const wanted = optionsOf(options)
  try {
    return encoded(yield * step<string>('realpath', { path: place.full }, told('realpath', place)), wanted)
  } catch (error) {
    throw (yield * firstMissing(place)) ?? error
  }
}

function * firstMissing (place: GuestPath): Operation<unknown> {
  const names = normalized(place.full).split('/').slice(1)
  for (let i = 1; i <= names.length; i++) {
    const path = `/${names.slice(0, i).join('/')}`
    try {
      yield * step('stat', { path, follow: false }, { syscall: 'lstat', path })
    } catch (error) {
      return error
    }
  }
  return undefined
}

export function * nativeRealpath (path: unknown, options?: unknown): Operation<unknown> {
  const place = pathOf(path)
  return encoded(yield * step<string>('realpath', { path: place.full }, told('realpath', place)), optionsOf(options))
}

export function * chmod (path: unknown, mode: unknown): Operation<void> {
  const place = pathOf(path)
  yield * step('chmod', { path: place.full, mode: modeOf(mode) }, told('chmod', place))
}

export function * fchmod (fd: unknown, mode: unknown): Operation<void> {
  yield * step('chmod', { fd: fdOf(fd), mode: modeOf(mode) }, { syscall: 'fchmod' })
}

export function * chown (path: unknown, uid: unknown, gid: unknown): Operation<void> {
  const place = pathOf(path)
  checkOwner(uid, gid)
  yield * factsOf(place, true, told('chown', place))
  owned(uid, gid, told('chown', place))
}

export function * lchown (path: unknown, uid: unknown, gid: unknown): Operation<void> {
  const place = pathOf(path)
  checkOwner(uid, gid)
  yield * factsOf(place, false, told('lchown', place))
  owned(uid, gid, told('lchown', place))
}

export function * fchown (fd: unknown, uid: unknown, gid: unknown): Operation<void> {
  const number = fdOf(fd)
  checkOwner(uid, gid)
  yield * step('stat', { fd: number }, { syscall: 'fchown' })
  owned(uid, gid, { syscall: 'fchown' })
}

function checkOwner (uid: unknown, gid: unknown): void {
  checkInteger('uid', uid, -1, NOBODY)
  checkInteger('gid', gid, -1, NOBODY)
}

/** A user who is not root can give a file to nobody else. */
function owned (uid: unknown, gid: unknown, about: Told): void {
  if ([uid, gid].some(id => id !== -1 && id !== NOBODY && id !== USER)) throw systemError('EPERM', about)
}

export function * utimes (path: unknown, atime: unknown, mtime: unknown): Operation<void> {
  const place = pathOf(path)
  yield * step('utimes', { path: place.full, follow: true, atime: timeOf(atime), mtime: timeOf(mtime) }, told('utime', place))
}

export function * lutimes (path: unknown, atime: unknown, mtime: unknown): Operation<void> {
  const place = pathOf(path)
  yield * step('utimes', { path: place.full, follow: false, atime: timeOf(atime), mtime: timeOf(mtime) }, told('lutime', place))
}

export function * futimes (fd: unknown, atime: unknown, mtime: unknown): Operation<void> {
  yield * step('utimes', { fd: fdOf(fd), atime: timeOf(atime), mtime: timeOf(mtime) }, { syscall: 'futime' })
}

export function * readdir (path: unknown, options?: unknown): Operation<unknown[]> {
  const place = pathOf(path)
  const wanted = optionsOf(options)
  const { withFileTypes, recursive } = wanted as { withFileTypes?: unknown, recursive?: unknown }
  if (recursive !== undefined && recursive !== null) checkBoolean('options.recursive', recursive)
  const found: unknown[] = []
  const folders = [{ at: place.full, shown: place.given, below: '' }]
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const { at, shown, below } = folder
    for (const [name, kind] of yield * step<[string, number][]>('list', { path: at }, { syscall: 'scandir', path: shown })) {
      found.push(withFileTypes === true ? new Dirent(encoded(name, wanted), kind, shown) : encoded(below + name, wanted))
      // Node asks for what a name leads to only when it was not asked for kinds.
      const goesOn = recursive === true && (kind === KIND.folder || (kind === KIND.link && withFileTypes !== true && (yield * folderThere(`${at}/${name}`))))
      if (goesOn) folders.push({ at: `${at}/${name}`, shown: joined(shown, name), below: `${below}${name}/` })
    }
  }
  return found
}

function joined (folder: string, name: string): string {
  return folder === '.' ? name : `${folder.replace(/\/+$/, '')}/${name}`
}

/** Of the space that the run may take, in blocks of 4 KiB. */
export function * statfs (path: unknown, options?: { readonly bigint?: unknown }): Operation<object> {
  const place = pathOf(path)
  const [bytes, files, usedBytes, usedFiles] = yield * step<[number, number, number, number]>('space', { path: place.full }, told('statfs', place))
  const block = 4_096
  const free = Math.max(0, Math.floor((bytes - usedBytes) / block))
  const values = { type: 0xef53, bsize: block, frsize: block, blocks: Math.ceil(bytes / block), bfree: free, bavail: free, files, ffree: Math.max(0, files - usedFiles) }
  return options?.bigint === true ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, BigInt(value)])) : values
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export function * mkdtemp (prefix: unknown, options?: unknown): Operation<unknown> {
  const place = pathOf(prefix, 'prefix')
  const wanted = optionsOf(options)
  const about = { syscall: 'mkdtemp', path: `${place.given}XXXXXX` }
  for (;;) {
    const end = Array.from({ length: 6 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join('')
    try {
      yield * step('mkdir', { path: place.full + end, mode: 0o700 }, about)
      return encoded(place.given + end, wanted)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error
    }
  }
}

/** For `process.chdir`: the real path of a folder. */
export function folderAt (directory: unknown, cwd: string): string {
  if (typeof directory !== 'string') throw invalidArgType('directory', 'of type string', directory)
  const place = pathOf(directory, 'directory')
  const about = { syscall: 'chdir', path: cwd, dest: place.given }
  return doNow((function * (): Operation<string> {
    const facts = yield * factsOf(place, true, about)
    if (!isKind(facts, 'S_IFDIR')) throw systemError('ENOTDIR', about)
    return yield * step<string>('realpath', { path: place.full }, about)
  })())
}
