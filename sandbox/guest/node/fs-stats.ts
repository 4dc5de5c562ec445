/** What `stat` and `readdir` answer: Stats, BigIntStats, Dirent. */
import { constants } from './fs-arguments.ts'

/** As the thread tells it (sandbox/files.ts): numbers, and as texts those that a number may not hold. */
export type Facts = readonly [
  dev: number, mode: number, nlink: number, uid: number, gid: number, rdev: number, blksize: number, ino: string, size: number, blocks: number,
  atimeNs: string, mtimeNs: string, ctimeNs: string, birthtimeNs: string
]

const FIELDS = ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize', 'ino', 'size', 'blocks'] as const
const TIMES = ['atime', 'mtime', 'ctime', 'birthtime'] as const

interface Fields { mode: number | bigint, [name: string]: unknown }

function StatsBase (this: Fields): void {}
const KINDS: Readonly<Record<string, string>> = {
  isDirectory: 'S_IFDIR',
  isFile: 'S_IFREG',
  isBlockDevice: 'S_IFBLK',
  isCharacterDevice: 'S_IFCHR',
  isSymbolicLink: 'S_IFLNK',
  isFIFO: 'S_IFIFO',
  isSocket: 'S_IFSOCK'
}
for (const [name, kind] of Object.entries(KINDS)) {
  Object.defineProperty(StatsBase.prototype, name, {
    value: function (this: Fields): boolean { return (Number(this.mode) & (constants['S_IFMT'] ?? 0)) === constants[kind] },
    writable: true,
    configurable: true,
    enumerable: true
  })
}

/** Callable with `new`, as a class that programs extend or compare with. */
function Stats (this: Fields, ...values: unknown[]): void {
  const names = [...FIELDS, ...TIMES.map(time => `${time}Ms`)]
  for (const [i, name] of names.entries()) this[name] = values[i]
}
Object.setPrototypeOf(Stats.prototype, StatsBase.prototype)
Object.setPrototypeOf(Stats, StatsBase)

function BigIntStats (this: Fields, ...values: unknown[]): void {
  const names = [...FIELDS, ...TIMES.map(time => `${time}Ms`), ...TIMES.map(time => `${time}Ns`)]
  for (const [i, name] of names.entries()) this[name] = values[i]
}
Object.setPrototypeOf(BigIntStats.prototype, StatsBase.prototype)

for (const time of TIMES) {
  for (const prototype of [Stats.prototype, BigIntStats.prototype] as object[]) {
    Object.defineProperty(prototype, time, {
      get (this: Fields) { return new Date(Math.round(Number(this[`${time}Ms`]))) },
      set (this: Fields, value: unknown) { Object.defineProperty(this, time, { value, writable: true, configurable: true, enumerable: true }) },
      enumerable: true,
      configurable: true
    })
  }
}

export { Stats }

type Construct = new (...values: unknown[]) => object

export function statsOf (facts: Facts, bigint = false): object {
  const numbers = facts.slice(0, FIELDS.length)
  const times = facts.slice(FIELDS.length).map(time => BigInt(time))
  if (bigint) return new (BigIntStats as unknown as Construct)(...numbers.map(number => BigInt(number)), ...times.map(ns => ns / 1_000_000n), ...times)
  return new (Stats as unknown as Construct)(...numbers.map(Number), ...times.map(ns => Number(ns / 1_000_000_000n) * 1_000 + Number(ns % 1_000_000_000n) / 1e6))
}

export const KIND = { file: 1, folder: 2, link: 3 } as const

const kinds = new WeakMap<object, number>()

export class Dirent {
  name: unknown
  parentPath: unknown

  constructor (name: unknown, kind: number, parentPath: unknown) {
    this.name = name
    this.parentPath = parentPath
    kinds.set(this, kind)
  }

  isFile (): boolean { return kinds.get(this) === KIND.file }
  isDirectory (): boolean { return kinds.get(this) === KIND.folder }
  isSymbolicLink (): boolean { return kinds.get(this) === KIND.link }
  isBlockDevice (): boolean { return false }
  isCharacterDevice (): boolean { return false }
  isFIFO (): boolean { return false }
  isSocket (): boolean { return false }
}
