/**
 * From the paths that a plugin sees to those of this machine.
 *
 *   /plugin       the package, read only
 *   /processing   `dir`
 *   /tmp          holds `tmpDir`
 *
 * Nothing else exists. A name is taken apart and put together again below the folder that it begins with, without `..`: it cannot lead out of it,
 * because in these folders lies no symbolic link of the system. Those that a plugin makes are files with the sticky bit, whose content is the target;
 * they are followed here, over the plugin's own paths. So there is no moment between a check and an act in which a link could be put in the way.
 */
import { lstatSync, readFileSync, type BigIntStats } from 'node:fs'
import { FileError } from './file-error.ts'
import type { RunFolders } from './protocol.ts'

export interface Place {
  /** On this machine. */
  readonly host: string
  /** Without links: as realpath has them. */
  readonly segments: readonly string[]
  readonly readOnly: boolean
}

/** Shorter than the system's limit: the folder of the run goes before it. */
export const MAX_PATH = 2_048
export const MAX_DEPTH = 128
const MAX_HOPS = 40
const STICKY = 0o1000n

export class FilePaths {
  readonly #folders: RunFolders | undefined
  /** While there is none nobody has to look for them. */
  #links: boolean

  constructor (folders: RunFolders | undefined) {
    this.#folders = folders
    this.#links = folders?.links === true
  }

  /** From now on there may be links. */
  linkMade (): void {
    this.#links = true
  }

  /** `follow`: a link at the end leads on. Throws a FileError; that the place exists is not said. */
  find (path: unknown, follow: boolean): Place {
    if (typeof path !== 'string' || path.includes('\0')) throw new FileError('EINVAL')
    if (!path.startsWith('/') || this.#folders === undefined) throw new FileError('ENOENT')
    const segments = split(path)
    const asFolder = /\/\.{0,2}$/.test(path)
    const plain = this.#links || segments.includes('..') ? this.#walk(segments, follow || asFolder) : segments
    return this.#placeOf(plain, asFolder && plain.length > 0 ? '/' : '')
  }

  isLink (stats: BigIntStats): boolean {
    return this.#links && stats.isFile() && (stats.mode & STICKY) !== 0n
  }

  /** Text of the link at `place`. Throws EINVAL when it is none. */
  target (place: Place): string {
    if (!this.isLink(lstatSync(place.host, { bigint: true }))) throw new FileError('EINVAL')
    return readFileSync(place.host, 'utf8')
  }

  #placeOf (segments: readonly string[], end: string): Place {
    const { root, package: packageFolder } = this.#folders as RunFolders // `find` has looked
    if (segments.length > MAX_DEPTH || Buffer.byteLength(segments.join('/')) > MAX_PATH) throw new FileError('ENAMETOOLONG')
    switch (segments[0]) {
      case undefined: return { host: root, segments, readOnly: true }
      case 'plugin': return { host: [packageFolder, ...segments.slice(1)].join('/') + end, segments, readOnly: true }
      case 'processing':
      case 'tmp': return { host: [root, ...segments].join('/') + end, segments, readOnly: false }
      default: throw new FileError('ENOENT')
    }
  }

  /** Step by step, as the system goes: each step but the last one must be a folder, or a link to one. */
  #walk (segments: readonly string[], follow: boolean): readonly string[] {
    let at: string[] = []
    let hops = 0
    const ahead = [...segments].reverse()
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      if (name === '..') {
        at.pop()
        continue
      }
      const place = this.#placeOf([...at, name], '')
      const isLast = ahead.length === 0
      const stats = lstatSync(place.host, { bigint: true, throwIfNoEntry: false })
      if (stats === undefined && !isLast) throw new FileError('ENOENT')
      if (stats !== undefined && this.isLink(stats) && (!isLast || follow)) {
        if (++hops > MAX_HOPS) throw new FileError('ELOOP')
        const target = this.target(place)
        if (target.startsWith('/')) at = []
        ahead.push(...split(target).reverse())
        continue
      }
      if (stats !== undefined && !isLast && !stats.isDirectory()) throw new FileError('ENOTDIR')
      at.push(name)
    }
    return at
  }
}

function split (path: string): string[] {
  return path.split('/').filter(name => name !== '' && name !== '.')
}
