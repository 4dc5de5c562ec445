/** Writes a package's files into a new folder, under the limits, and digests them on the way. Runs in a build worker. */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, constants, mkdirSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Tree } from './build-tasks.ts'
import type { PackageLimits } from './options.ts'
import type { PackageLink } from './package-links.ts'
import { PathCollisions, refused } from './package-paths.ts'

// The folder is new and nothing but this writer puts anything there; O_EXCL and O_NOFOLLOW hold even if that were wrong.
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

const COPY_BYTES = 256 * 1024
/** They are kept in one file, and in the bundle. */
const MAX_LINKS = 10_000

export interface PackageFile {
  write(bytes: Uint8Array): void
  /** Must be called, also after a failure: it closes the file. */
  end(): void
}

export class PackageWriter {
  readonly #root: string
  readonly #limits: PackageLimits
  readonly #collisions = new PathCollisions()
  readonly #made = new Set<string>()
  readonly #digest = new TreeDigest()
  readonly #links: PackageLink[] = []
  #entries = 0
  #bytes = 0

  /** `root`: a folder that does not exist yet. */
  constructor (root: string, limits: PackageLimits) {
    this.#root = root
    this.#limits = limits
    mkdirSync(root, { mode: 0o755 })
  }

  /** The symbolic link at `segments` names the real place `target`, and becomes a copy of it. */
  noteLink (segments: readonly string[], target: readonly string[]): void {
    if (this.#links.length >= MAX_LINKS) throw refused(segments.join('/'), 'entry-too-many', { limit: MAX_LINKS })
    this.#links.push([segments.join('/'), target.join('/')])
  }

  /** Takes the place of a link, so that nothing else can be put there or below; only the folder around it is made. */
  link (segments: readonly string[]): void {
    this.#count(segments)
    this.#collisions.file(segments)
    this.#makeFolder(segments.slice(0, -1))
  }

  /** The link at `segments` is about to become what it names. */
  freeLink (segments: readonly string[]): void {
    this.#entries--
    this.#collisions.free(segments)
  }

  folder (segments: readonly string[]): void {
    this.#count(segments)
    this.#collisions.folder(segments)
    this.#makeFolder(segments)
  }

  /** Opens a new file of `bytes` bytes; refuses before anything is written when that is too much. */
  file (segments: readonly string[], bytes: number): PackageFile {
    this.#count(segments)
    this.#bytes += bytes
    if (this.#bytes > this.#limits.unpackedBytes) throw refused(segments.join('/'), 'entry-too-large', { limit: this.#limits.unpackedBytes, found: this.#bytes })
    this.#collisions.file(segments)
    this.#makeFolder(segments.slice(0, -1))
    const descriptor = openSync(this.path(segments), NEW_FILE, 0o644)
    const hash = createHash('sha256')
    return {
      write: (chunk) => {
        hash.update(chunk)
        writeAll(descriptor, chunk)
      },
      end: () => {
        closeSync(descriptor)
        this.#digest.add(segments.join('/'), bytes, hash)
      }
    }
  }

  /** Copies a file that this writer wrote, and answers its size. */
  copyFile (from: readonly string[], to: readonly string[]): number {
    const source = openSync(this.path(from), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const file = this.file(to, statSync(this.path(from)).size)
      const buffer = Buffer.allocUnsafe(COPY_BYTES)
      let bytes = 0
      try {
        for (let length = readSync(source, buffer); length > 0; length = readSync(source, buffer)) {
          file.write(buffer.subarray(0, length))
          bytes += length
        }
      } finally {
        file.end()
      }
      return bytes
    } finally {
      closeSync(source)
    }
  }

  /** Where it lies on disk. */
  path (segments: readonly string[]): string {
    return join(this.#root, ...segments)
  }

  tree (): Tree {
    return { digest: this.#digest.value(), entries: this.#entries, bytes: this.#bytes, ...(this.#links.length === 0 ? {} : { links: this.#links }) }
  }

  #count (segments: readonly string[]): void {
    this.#entries++
    if (this.#entries > this.#limits.entries) throw refused(segments.join('/'), 'entry-too-many', { limit: this.#limits.entries })
    if (segments.length > this.#limits.depth) throw refused(segments.join('/'), 'entry-too-deep', { limit: this.#limits.depth, found: segments.length })
  }

  #makeFolder (segments: readonly string[]): void {
    const path = segments.join('/')
    if (path === '' || this.#made.has(path)) return
    mkdirSync(join(this.#root, path), { recursive: true, mode: 0o755 })
    this.#made.add(path)
  }
}

/** Order of arrival does not matter: the lines are sorted by code unit. */
export class TreeDigest {
  readonly #lines: string[] = []

  add (path: string, bytes: number, sha256: Hash): void {
    this.#lines.push(`${JSON.stringify(path)} ${bytes} ${sha256.digest('hex')}`)
  }

  value (): string {
    return `sha512-${createHash('sha512').update(this.#lines.sort().join('\n')).digest('base64')}`
  }
}

function writeAll (descriptor: number, chunk: Uint8Array): void {
  for (let offset = 0; offset < chunk.length;) offset += writeSync(descriptor, chunk, offset)
}
