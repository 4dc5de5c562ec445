/**
 * The links of one archive. None is ever made on the disk: what a link names is decided on text alone, and once the archive is read each
 * becomes a copy of the file or folder that it names inside the archive, under the same limits as everything else. What the symbolic ones named
 * is kept, for the modules there (package-links.ts).
 *
 * A link that leads outside, or in a circle, refuses the archive. One that names nothing is left out: to whoever opens it, that is the same.
 */
import { lstatSync, readdirSync } from 'node:fs'
import { linkSegments, refused } from './package-paths.ts'
import type { PackageWriter } from './package-writer.ts'

/** More links on the way to one file are a circle, or meant to be one. */
const MAX_HOPS = 40
/** No entry has a longer path. */
const MAX_PATH = 1024

interface Link {
  readonly kind: 'symbolic' | 'hard'
  readonly segments: readonly string[]
  /** Below the root of the archive. */
  readonly target: readonly string[]
}

export class ArchiveLinks {
  readonly #writer: PackageWriter
  readonly #at: readonly string[]
  readonly #links = new Map<string, Link>()
  /** Folder -> names of the links in it. */
  readonly #names = new Map<string, string[]>()

  /** `at`: folder of the package where the archive is unpacked; links are seen from there. */
  constructor (writer: PackageWriter, at: readonly string[]) {
    this.#writer = writer
    this.#at = at
  }

  symbolic (segments: readonly string[], target: string): void {
    if (segments.length === 0) throw refused('.', 'link-root')
    this.#add({ kind: 'symbolic', segments, target: linkSegments(segments, target) })
  }

  /** `target` is a path of the archive, as that of an entry. */
  hard (segments: readonly string[], target: readonly string[]): void {
    if (segments.length === 0 || target.length === 0) throw refused(segments.join('/'), 'link-hard')
    this.#add({ kind: 'hard', segments, target })
  }

  /** `meter` is told how many bytes each copy takes, and throws when these are too many. */
  materialise (meter: (bytes: number) => void): void {
    // What a link names may hold links that are copies already, or links: both are looked up in `#links`, which is why it stays whole.
    for (const link of this.#links.values()) {
      const target = this.#resolve(link.segments, link.target)
      this.#writer.freeLink([...this.#at, ...link.segments])
      if (target === undefined) continue
      if (link.kind === 'symbolic') this.#writer.noteLink([...this.#at, ...link.segments], [...this.#at, ...target])
      this.#copy(target, link.segments, [], meter)
    }
  }

  #add (link: Link): void {
    this.#writer.link([...this.#at, ...link.segments])
    this.#links.set(link.segments.join('/'), link)
    const folder = link.segments.slice(0, -1).join('/')
    const names = this.#names.get(folder)
    const name = link.segments[link.segments.length - 1] as string // a link has a name
    if (names === undefined) this.#names.set(folder, [name])
    else names.push(name)
  }

  /** The real place of what is at `path`: no link is on the way to it. Undefined when nothing is there. */
  #resolve (from: readonly string[], path: readonly string[]): readonly string[] | undefined {
    let place = path
    for (let hops = 0; hops <= MAX_HOPS; hops++) {
      const length = place.findIndex((_, index) => this.#links.has(place.slice(0, index + 1).join('/'))) + 1
      if (length === 0) return place.join('/').length > MAX_PATH || this.#kindOf(place) === undefined ? undefined : place
      const link = this.#links.get(place.slice(0, length).join('/'))
      place = [...link?.target ?? [], ...place.slice(length)]
    }
    throw refused(from.join('/'), 'link-circle')
  }

  /** `inside`: the real folders that are being copied, one in another. */
  #copy (source: readonly string[], to: readonly string[], inside: readonly string[], meter: (bytes: number) => void): void {
    const path = source.join('/')
    if (this.#kindOf(source) === 'file') {
      meter(this.#writer.copyFile([...this.#at, ...source], [...this.#at, ...to]))
      return
    }
    if (inside.includes(path) || isWithin(source, to)) throw refused(to.join('/'), 'link-within')
    this.#writer.folder([...this.#at, ...to])
    for (const name of this.#namesIn(source)) {
      const inner = this.#resolve(to, [...source, name])
      if (inner !== undefined) this.#copy(inner, [...to, name], [...inside, path], meter)
    }
  }

  /** What was written there, and the links that belong there; copies of other links stand for the links themselves. */
  #namesIn (folder: readonly string[]): Set<string> {
    return new Set([...readdirSync(this.#writer.path([...this.#at, ...folder])), ...this.#names.get(folder.join('/')) ?? []])
  }

  #kindOf (segments: readonly string[]): 'file' | 'folder' | undefined {
    const stats = lstatSync(this.#writer.path([...this.#at, ...segments]), { throwIfNoEntry: false })
    return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file'
  }
}

function isWithin (folder: readonly string[], path: readonly string[]): boolean {
  return folder.length < path.length && folder.every((name, index) => path[index] === name)
}
