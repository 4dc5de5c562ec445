/** `rm` and `cp`, which go through folders, each as the steps that it takes. */
import { checkBoolean, checkInteger, optionsOf, pathOf, smallModeOf, type GuestPath } from './fs-arguments.ts'
import { copyFile } from './fs-content.ts'
import { fileSystemError, step, waitFor, type Operation } from './fs-host.ts'
import { factsOf, isKind, mkdir, told } from './fs-names.ts'
import { KIND, type Facts } from './fs-stats.ts'
import { invalidArgType, nodeError } from './invalid-argument.ts'

interface RmOptions { readonly recursive?: unknown, readonly force?: unknown, readonly maxRetries?: unknown, readonly retryDelay?: unknown }

export function * rm (path: unknown, options?: RmOptions): Operation<void> {
  const place = pathOf(path)
  const { recursive = false, force = false, maxRetries = 0, retryDelay = 100 } = options ?? {}
  checkBoolean('options.recursive', recursive)
  checkBoolean('options.force', force)
  checkInteger('options.maxRetries', maxRetries, 0, 2 ** 32 - 1)
  checkInteger('options.retryDelay', retryDelay, 0, 2 ** 31 - 1)
  try {
    const facts = yield * factsOf(place, false, told('lstat', place))
    if (!isKind(facts, 'S_IFDIR')) {
      yield * step('unlink', { path: place.full }, told('unlink', place))
      return
    }
    if (recursive !== true) throw fileSystemError('ERR_FS_EISDIR', 'Path is a directory', { code: 'EISDIR', message: 'is a directory', path: place.given, syscall: 'rm', errno: 21 })
    yield * removeFolder(place)
  } catch (error) {
    if (force !== true || (error as { code?: unknown }).code !== 'ENOENT') throw error
  }
}

function * removeFolder (place: GuestPath): Operation<void> {
  for (const [name, kind] of yield * step<[string, number][]>('list', { path: place.full }, told('rm', place))) {
    const inner = below(place, name)
    if (kind === KIND.folder) yield * removeFolder(inner)
    else yield * step('unlink', { path: inner.full }, told('rm', inner))
  }
  yield * step('rmdir', { path: place.full }, told('rm', place))
}

function below ({ given, full }: GuestPath, name: string): GuestPath {
  return { given: `${given.replace(/\/+$/, '')}/${name}`, full: `${full.replace(/\/+$/, '')}/${name}` }
}

interface CpOptions {
  readonly dereference: boolean
  readonly errorOnExist: boolean
  readonly force: boolean
  readonly preserveTimestamps: boolean
  readonly recursive: boolean
  readonly verbatimSymlinks: boolean
  readonly mode: number
  readonly filter?: (source: string, destination: string) => unknown
}

export function * cp (from: unknown, to: unknown, options?: unknown): Operation<void> {
  const wanted = cpOptionsOf(options)
  yield * copyTree(pathOf(from, 'src'), pathOf(to, 'dest'), wanted, true)
}

function cpOptionsOf (value: unknown): CpOptions {
  const options = { dereference: false, errorOnExist: false, force: true, preserveTimestamps: false, recursive: false, verbatimSymlinks: false, mode: 0, filter: undefined, ...optionsOf(value) } as Record<string, unknown>
  for (const name of ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks']) checkBoolean(`options.${name}`, options[name])
  options['mode'] = smallModeOf(options['mode'])
  if (options['filter'] !== undefined && typeof options['filter'] !== 'function') throw invalidArgType('options.filter', 'of type function', options['filter'])
  if (options['dereference'] === true && options['verbatimSymlinks'] === true) throw nodeError(new TypeError('Option "dereference" cannot be used in combination with option "verbatimSymlinks"'), 'ERR_INCOMPATIBLE_OPTION_PAIR')
  return options as unknown as CpOptions // each was checked above
}

function * copyTree (source: GuestPath, target: GuestPath, options: CpOptions, isTop: boolean): Operation<void> {
  if (options.filter !== undefined && !(yield * waitFor(options.filter(source.given, target.given)))) return
  const about = told('cp', source, target)
  const facts = yield * factsOf(source, options.dereference, told(options.dereference ? 'stat' : 'lstat', source))
  const there = yield * factsIfAny(target, options.dereference)
  if (there !== undefined && there[0] === facts[0] && there[7] === facts[7]) throw cpError('ERR_FS_CP_EINVAL', 'Invalid src or dest', 'EINVAL', 'src and dest cannot be the same', target)
  if (isKind(facts, 'S_IFDIR')) return yield * copyFolder(source, target, there, options, isTop)
  if (there !== undefined && isKind(there, 'S_IFDIR')) throw cpError('ERR_FS_CP_NON_DIR_TO_DIR', 'Cannot overwrite directory with non-directory', 'ENOTDIR', `cannot overwrite directory ${target.given} with non-directory ${source.given}`, target)
  if (isTop && there === undefined) yield * mkdir(parentOf(target), { recursive: true })
  if (there !== undefined) {
    if (!options.force) {
      if (options.errorOnExist) throw cpError('ERR_FS_CP_EEXIST', 'Target already exists', 'EEXIST', `${target.given} already exists`, target)
      return
    }
    yield * step('unlink', { path: target.full }, about)
  }
  if (isKind(facts, 'S_IFLNK')) return yield * copyLink(source, target, options)
  yield * copyFile(source.full, target.full, options.mode)
  if (options.preserveTimestamps) yield * step('utimes', { path: target.full, follow: true, atime: secondsOf(facts[10]), mtime: secondsOf(facts[11]) }, about)
}

function * copyFolder (source: GuestPath, target: GuestPath, there: Facts | undefined, options: CpOptions, isTop: boolean): Operation<void> {
  if (!options.recursive) throw cpError('ERR_FS_EISDIR', 'Path is a directory', 'EISDIR', `${source.given} is a directory (not copied)`, source)
  if (there !== undefined && !isKind(there, 'S_IFDIR')) throw cpError('ERR_FS_CP_DIR_TO_NON_DIR', 'Cannot overwrite non-directory with directory', 'EISDIR', `cannot overwrite non-directory ${target.given} with directory ${source.given}`, target)
  if (isTop && (yield * liesBelow(source, target))) throw cpError('ERR_FS_CP_EINVAL', 'Invalid src or dest', 'EINVAL', `cannot copy ${source.given} to a subdirectory of self ${target.given}`, target)
  if (there === undefined) yield * mkdir(target.full, { recursive: isTop })
  for (const [name] of yield * step<[string, number][]>('list', { path: source.full }, told('opendir', source))) yield * copyTree(below(source, name), below(target, name), options, false)
}

/** By real paths: neither links nor `..` hide that a folder would be copied into itself. */
function * liesBelow (source: GuestPath, target: GuestPath): Operation<boolean> {
  const from = yield * step<string>('realpath', { path: source.full }, told('cp', source))
  for (let at = target.full; ; at = parentOf({ given: at, full: at })) {
    try {
      const to = yield * step<string>('realpath', { path: at }, told('cp', target))
      return to === from || to.startsWith(from === '/' ? from : `${from}/`)
    } catch (error) {
      if (at === '/') throw error // nothing above it
    }
  }
}

const ERRNO = { EEXIST: 17, EINVAL: 22, EISDIR: 21, ENOTDIR: 20 } as const

function cpError (code: string, sentence: string, system: keyof typeof ERRNO, message: string, { given }: GuestPath): Error {
  return fileSystemError(code, sentence, { message, path: given, syscall: 'cp', errno: ERRNO[system], code: system })
}

function * copyLink (source: GuestPath, target: GuestPath, { verbatimSymlinks }: CpOptions): Operation<void> {
  const leads = yield * step<string>('readlink', { path: source.full }, told('readlink', source))
  const resolved = verbatimSymlinks || leads.startsWith('/') ? leads : `${parentOf(source)}/${leads}`
  yield * step('symlink', { target: resolved, path: target.full }, { syscall: 'symlink', path: resolved, dest: target.given })
}

function * factsIfAny (place: GuestPath, follow: boolean): Operation<Facts | undefined> {
  try {
    return yield * factsOf(place, follow, told('stat', place))
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

function parentOf ({ full }: GuestPath): string {
  const path = full.replace(/(?<=.)\/+$/, '')
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

function secondsOf (ns: string): number {
  return Number(BigInt(ns) / 1_000n) / 1e6
}
