/**
 * `fs` over the files of the run. One object, which graceful-fs and others change. What Node has and is not here (watching files, `glob`) is
 * added by builtins.ts and refuses its use.
 */
import { constants } from './fs-arguments.ts'
import * as content from './fs-content.ts'
import { Dir, opendir } from './fs-dir.ts'
import { asCallback, asPromise, asSync, withPromise, type Define, type Loose } from './fs-forms.ts'
import * as names from './fs-names.ts'
import promises from './fs-promises.ts'
import { Dirent, Stats } from './fs-stats.ts'
import { ReadStream, WriteStream } from './fs-streams.ts'
import { cp, rm } from './fs-trees.ts'
import { doNow, type Operation } from './fs-host.ts'

const { access, chmod, chown, fchmod, fchown, fstat, futimes, lchown, link, lstat, lutimes, mkdir, mkdtemp, readdir, readlink, rename, rmdir, stat, statfs, symlink, unlink, utimes } = names
const { appendFile, close, copyFile, fdatasync, fsync, ftruncate, open, readFile, truncate, writeFile } = content

const operations: Readonly<Record<string, Define>> = {
  access,
  appendFile,
  chmod,
  chown,
  close,
  copyFile,
  cp,
  fchmod,
  fchown,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  futimes,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  open,
  opendir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile
}

const fs: Record<string, unknown> = {}
for (const [name, define] of Object.entries(operations)) {
  fs[name] = asCallback(name, define)
  fs[`${name}Sync`] = asSync(name, define)
}

/** As a promise made of the callback form has it: `buffer`, where that of a FileHandle says `buffers`. */
function * writevOfOne (...args: Parameters<typeof content.writev>): Operation<object> {
  const { bytesWritten, buffers } = yield * content.writev(...args)
  return { bytesWritten, buffer: buffers }
}

/** Their callbacks are given two values, their synchronous forms answer the first. */
const transfers: readonly (readonly [name: string, define: Define, count: string, subject: string])[] = [
  ['read', content.read, 'bytesRead', 'buffer'],
  ['readv', content.readv, 'bytesRead', 'buffers'],
  ['write', content.write, 'bytesWritten', 'buffer'],
  ['writev', writevOfOne, 'bytesWritten', 'buffer']
]
for (const [name, define, count, subject] of transfers) {
  const values = (answer: unknown): unknown[] => [Reflect.get(answer as object, count), Reflect.get(answer as object, subject)]
  fs[name] = withPromise(asCallback(name, define, values), asPromise(name, define))
  fs[`${name}Sync`] = Object.defineProperty((...args: unknown[]) => values(doNow(define(...args)))[0], 'name', { value: `${name}Sync`, configurable: true })
}

/** Tells no error: whether it is there, and nothing else. */
function exists (path: unknown, callback: unknown): void {
  const tell = asCallback('exists', names.exists, value => [value])
  tell(path, typeof callback === 'function' ? (_error: unknown, there: unknown) => { (callback as Loose)(there) } : callback)
}

function existsSync (path: unknown): boolean {
  return doNow(names.exists(path))
}

Object.assign(fs, {
  exists: withPromise(exists as Loose, asPromise('exists', names.exists)),
  existsSync,
  realpath: Object.assign(asCallback('realpath', names.realpath), { native: asCallback('realpath', names.nativeRealpath) }),
  realpathSync: Object.assign(asSync('realpath', names.realpath), { native: asSync('realpath', names.nativeRealpath) }),
  mkdtempDisposableSync (prefix: unknown, options?: unknown): object {
    const path = doNow(mkdtemp(prefix, options))
    const remove = (): void => { doNow(rm(path, { recursive: true, force: true })) }
    return { path, remove, [Symbol.dispose]: remove }
  },
  async openAsBlob (path: unknown, options?: { type?: string }): Promise<unknown> {
    const bytes = await (promises['readFile'] as Loose)(path) as Uint8Array<ArrayBuffer>
    return new Blob([bytes], options)
  },
  createReadStream: (path: unknown, options?: unknown) => new (Reflect.get(fs, 'ReadStream') as new (path: unknown, options: unknown) => object)(path, options),
  createWriteStream: (path: unknown, options?: unknown) => new (Reflect.get(fs, 'WriteStream') as new (path: unknown, options: unknown) => object)(path, options),
  Dir,
  Dirent,
  Stats,
  ReadStream,
  WriteStream,
  FileReadStream: ReadStream,
  FileWriteStream: WriteStream,
  constants,
  promises
})

/** The module that `require` answers, whatever a plugin has made of it. */
export default fs
