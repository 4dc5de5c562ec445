/** `fs/promises`, which is also `fs.promises`. */
import { constants, pathOf } from './fs-arguments.ts'
import * as content from './fs-content.ts'
import { opendir } from './fs-dir.ts'
import { FileHandle, openHandle } from './fs-file-handle.ts'
import { asPromise, type Define, type Loose } from './fs-forms.ts'
import * as names from './fs-names.ts'
import { cp, rm } from './fs-trees.ts'

const onPaths: Readonly<Record<string, Define>> = {
  access: names.access,
  chmod: names.chmod,
  chown: names.chown,
  copyFile: content.copyFile,
  cp,
  lchown: names.lchown,
  link: names.link,
  lstat: names.lstat,
  lutimes: names.lutimes,
  mkdir: names.mkdir,
  mkdtemp: names.mkdtemp,
  open: openHandle,
  opendir,
  readdir: names.readdir,
  readlink: names.readlink,
  realpath: names.nativeRealpath,
  rename: names.rename,
  rm,
  rmdir: names.rmdir,
  stat: names.stat,
  statfs: names.statfs,
  symlink: names.symlink,
  truncate: content.truncate,
  unlink: names.unlink,
  utimes: names.utimes
}

/** They also take a FileHandle in place of a path; a number is no path. */
const onFiles: Readonly<Record<string, Define>> = {
  appendFile: content.appendFile,
  readFile: (file: unknown, options?: unknown) => content.readFile(file, options, typeof file !== 'number'),
  writeFile: content.writeFile
}

function fileOf (file: unknown): unknown {
  if (file instanceof FileHandle) return file.fd
  pathOf(file)
  return file
}

const promises: Record<string, unknown> = {}
for (const [name, define] of Object.entries(onPaths)) promises[name] = asPromise(name, define)
for (const [name, define] of Object.entries(onFiles)) promises[name] = asPromise(name, (file: unknown, ...rest: unknown[]) => define(fileOf(file), ...rest))
promises['mkdtempDisposable'] = async (prefix: unknown, options?: unknown): Promise<object> => {
  const path = await (promises['mkdtemp'] as Loose)(prefix, options) as string
  const remove = async (): Promise<void> => { await (promises['rm'] as Loose)(path, { recursive: true, force: true }) }
  return { path, remove, [Symbol.asyncDispose]: remove }
}
promises['constants'] = constants

export default promises
