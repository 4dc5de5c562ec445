/**
 * Unpacks a gzip tarball of a stranger. Runs in a build worker.
 *
 * `tar` parses; we write the files ourselves, so that nothing but plain files and folders can reach the disk: links, devices
 * and FIFOs refuse the whole archive, as do paths that escape, collide or are odd. Owners, modes and times of the archive
 * are not used. Limits are checked on what the headers announce and on what really comes out of the decompressor.
 */
import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { BuildError, type Tree } from './build-tasks.ts'
import { size, type PackageLimits } from './options.ts'
import { packageSegments, quote, refused } from './package-paths.ts'
import { PackageWriter, type PackageFile } from './package-writer.ts'

const FREE_BYTES = 1024 * 1024
const META_BYTES = 64 * 1024
const FILES = new Set(['File', 'OldFile'])

/** Throws `BuildError`: `plugin-refused` when a rule is broken, `plugin-corrupt` when the bytes are damaged. */
export async function extract (archive: string, to: string, limits: PackageLimits): Promise<Tree> {
  const writer = new PackageWriter(to, limits)
  const reader = new ArchiveReader(writer)
  const meter = unpackedMeter(statSync(archive).size, limits)
  try {
    await pipeline(createReadStream(archive, { highWaterMark: 256 * 1024 }), createGunzip({ chunkSize: 256 * 1024 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        meter(chunk.length)
        reader.push(chunk)
      }
    })
    reader.end()
  } catch (error) {
    throw damaged(error)
  } finally {
    reader.close()
  }
  return writer.tree()
}

/** Refuses what grows past the limits while it is decompressed, whatever the headers say. */
function unpackedMeter (archiveBytes: number, limits: PackageLimits): (bytes: number) => void {
  let total = 0
  return (bytes) => {
    total += bytes
    if (total > limits.unpackedBytes) throw new BuildError('plugin-refused', `the archive unpacks to more than ${size(limits.unpackedBytes)}`)
    if (total > FREE_BYTES && total > archiveBytes * limits.ratio) {
      throw new BuildError('plugin-refused', `the archive unpacks to more than ${limits.ratio} times its size (${size(archiveBytes)})`)
    }
  }
}

class ArchiveReader {
  readonly #writer: PackageWriter
  readonly #parser: Parser
  /** A throw in a callback of the parser would be uncaught: the failure is kept and thrown by `push`. */
  #failure: unknown
  #begun = false
  #ended = false
  #open: PackageFile | undefined

  constructor (writer: PackageWriter) {
    this.#writer = writer
    // Only what was gunzipped is parsed: no second decompression inside (`brotli`, `zstd`; gzip is refused in `push`).
    this.#parser = new Parser({ strict: true, brotli: false, zstd: false, maxMetaEntrySize: META_BYTES })
    this.#parser.on('error', (error) => this.#fail(error))
    this.#parser.on('eof', () => { this.#ended = true })
    this.#parser.on('meta', (text: string) => this.#attempt(() => checkMeta(text)))
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => this.#fail(ignored(entry)))
    this.#parser.on('entry', (entry: ReadEntry) => this.#take(entry))
  }

  push (chunk: Buffer): void {
    if (!this.#begun && chunk[0] === 0x1f && chunk[1] === 0x8b) throw new BuildError('plugin-corrupt', 'inside the gzip is no tar archive but another gzip')
    this.#begun = true
    this.#parser.write(chunk)
    if (this.#failure !== undefined) throw this.#failure
  }

  end (): void {
    this.#parser.end()
    if (this.#failure !== undefined) throw this.#failure
    // An archive that was cut exactly between two entries looks whole to tar: only the two empty blocks at its end tell.
    if (!this.#ended) throw new BuildError('plugin-corrupt', 'the archive is cut: it has no end mark')
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
    const isFile = FILES.has(entry.type)
    if (!isFile && entry.type !== 'Directory') throw refused(entry.path, `is a ${entry.type}; only files and folders are allowed`)
    const segments = packageSegments(entry.path)
    if (!isFile) {
      if (segments.length > 0) this.#writer.folder(segments)
      entry.resume()
      return
    }
    if (segments.length === 0) throw refused(entry.path, 'is a file without a name')
    const file = this.#open = this.#writer.file(segments, entry.size)
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
  if (/\0[^\0]/.test(text)) throw new BuildError('plugin-refused', 'the extended header of an entry has a NUL byte')
}

function ignored (entry: ReadEntry): BuildError {
  if (entry.meta) return new BuildError('plugin-refused', `the extended header of an entry is too long (limit ${size(META_BYTES)}, found ${size(entry.size)})`)
  return refused(entry.path, `is of the unknown type ${quote(String(entry.type))}`)
}

/** What tar and zlib say about bytes that they cannot read. A failure of our own disk stays what it is. */
function damaged (error: unknown): unknown {
  if (error instanceof BuildError || !(error instanceof Error)) return error
  if ('syscall' in error) return error
  return new BuildError('plugin-corrupt', 'the archive is not a readable gzip tarball', { detail: error.message, cause: error })
}
