/** Reads the tar of one archive, entry by entry, and hands each to the writer. Runs in a build worker. */
import { Parser, type ReadEntry } from 'tar'
import { ArchiveLinks } from './archive-links.ts'
import { BuildError } from './build-tasks.ts'
import { packageSegments, refused } from './package-paths.ts'
import type { PackageFile, PackageWriter } from './package-writer.ts'
import { reason } from './reasons.ts'

const META_BYTES = 64 * 1024
const FILES = new Set(['File', 'OldFile'])

export interface Place {
  /** Folder of the package below which everything goes. */
  readonly at: readonly string[]
  readonly stripFirst: boolean
}

export class ArchiveReader {
  /** To be materialised once everything is read. */
  readonly links: ArchiveLinks
  readonly #writer: PackageWriter
  readonly #place: Place
  readonly #parser: Parser
  /** A throw in a callback of the parser would be uncaught: the failure is kept and thrown by `push`. */
  #failure: unknown
  #begun = false
  #ended = false
  #open: PackageFile | undefined

  constructor (writer: PackageWriter, place: Place) {
    this.#writer = writer
    this.#place = place
    this.links = new ArchiveLinks(writer, place.at)
    // Only what was gunzipped is parsed: no second decompression inside (`brotli`, `zstd`; gzip is refused in `push`).
    this.#parser = new Parser({ strict: true, brotli: false, zstd: false, maxMetaEntrySize: META_BYTES })
    this.#parser.on('error', (error) => this.#fail(error))
    this.#parser.on('eof', () => { this.#ended = true })
    this.#parser.on('meta', (text: string) => this.#attempt(() => checkMeta(text)))
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => this.#fail(ignored(entry)))
    this.#parser.on('entry', (entry: ReadEntry) => this.#take(entry))
  }

  push (chunk: Buffer): void {
    if (!this.#begun && chunk[0] === 0x1f && chunk[1] === 0x8b) throw new BuildError('plugin-corrupt', reason('gzip-in-gzip'))
    this.#begun = true
    this.#parser.write(chunk)
    if (this.#failure !== undefined) throw this.#failure
  }

  end (): void {
    this.#parser.end()
    if (this.#failure !== undefined) throw this.#failure
    // An archive that was cut exactly between two entries looks whole to tar: only the two empty blocks at its end tell.
    if (!this.#ended) throw new BuildError('plugin-corrupt', reason('archive-unended'))
  }

  /** Closes the file that was being written when a failure came. */
  close (): void {
    this.#open?.end()
    this.#open = undefined
  }

  #take (entry: ReadEntry): void {
    this.#attempt(() => this.#write(entry))
    if (this.#failure !== undefined) entry.resume()
  }

  #write (entry: ReadEntry): void {
    const segments = packageSegments(entry.path, this.#place.stripFirst)
    if (FILES.has(entry.type)) return this.#file(entry, segments)
    entry.resume()
    switch (entry.type) {
      case 'Directory':
        if (segments.length > 0) this.#writer.folder([...this.#place.at, ...segments])
        return
      case 'SymbolicLink': return this.links.symbolic(segments, entry.linkpath ?? '')
      case 'Link': return this.links.hard(segments, packageSegments(entry.linkpath ?? '', this.#place.stripFirst))
      default: throw refused(entry.path, 'entry-type', { type: entry.type })
    }
  }

  #file (entry: ReadEntry, segments: readonly string[]): void {
    if (segments.length === 0 && this.#place.stripFirst) { // beside the folder of the package: npm leaves it out too
      entry.resume()
      return
    }
    if (segments.length === 0) throw refused(entry.path, 'entry-nameless')
    const file = this.#open = this.#writer.file([...this.#place.at, ...segments], entry.size)
    entry.on('data', (chunk) => this.#attempt(() => file.write(chunk)))
    entry.on('end', () => this.#attempt(() => this.close()))
  }

  #attempt (step: () => void): void {
    if (this.#failure !== undefined) return
    try {
      step()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail (error: unknown): void {
    this.#failure ??= error
  }
}

/** tar cuts a name at its NUL byte: what a validator and a loader read would differ. */
function checkMeta (text: string): void {
  if (/\0[^\0]/.test(text)) throw new BuildError('plugin-refused', reason('header-nul'))
}

function ignored (entry: ReadEntry): BuildError {
  if (entry.meta) return new BuildError('plugin-refused', reason('header-too-long', { limit: META_BYTES, found: entry.size }))
  return refused(entry.path, 'entry-type-unknown', { type: String(entry.type) })
}
