/**
 * Unpacks gzip tarballs of strangers. Runs in a build worker.
 *
 * `tar` parses; we write the files ourselves, so that nothing but plain files and folders can reach the disk: devices and FIFOs refuse
 * the whole archive, as do paths that escape, collide or are odd. A link is never made: one that stays inside its archive becomes a copy
 * of what it names (archive-links.ts), any other refuses the archive. Owners, modes and times of the archive are not used. Limits are
 * checked on what the headers announce and on what really comes out of the decompressor.
 */
import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { ArchiveReader } from './archive-reader.ts'
import { BuildError, type Tree } from './build-tasks.ts'
import type { PackageLimits } from './options.ts'
import { PackageWriter } from './package-writer.ts'
import { reason } from './reasons.ts'
import type { Part } from './types.ts'

const FREE_BYTES = 1024 * 1024

/** Into the new folder `to`. Throws `BuildError`: `plugin-refused` when a rule is broken, `plugin-corrupt` when the bytes are damaged. */
export async function extract (parts: readonly Pick<Part, 'archive' | 'at' | 'stripFirst'>[], to: string, limits: PackageLimits): Promise<Tree> {
  const writer = new PackageWriter(to, limits)
  for (const part of parts) await extractPart(part, writer, limits)
  return writer.tree()
}

async function extractPart ({ archive, at, stripFirst }: Pick<Part, 'archive' | 'at' | 'stripFirst'>, writer: PackageWriter, limits: PackageLimits): Promise<void> {
  const archiveBytes = statSync(archive).size
  const reader = new ArchiveReader(writer, { at: at.split('/').filter((segment) => segment !== ''), stripFirst: stripFirst === true })
  const meter = unpackedMeter(archiveBytes, limits)
  try {
    await pipeline(createReadStream(archive, { highWaterMark: 256 * 1024 }), createGunzip({ chunkSize: 256 * 1024 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        meter(chunk.length)
        reader.push(chunk)
      }
    })
    reader.end()
    reader.links.materialise(meter)
  } catch (error) {
    throw damaged(error)
  } finally {
    reader.close()
  }
}

/** Refuses what grows past the limits while it is decompressed, or copied for a link, whatever the headers say. */
function unpackedMeter (archiveBytes: number, limits: PackageLimits): (bytes: number) => void {
  let total = 0
  return (bytes) => {
    total += bytes
    if (total > limits.unpackedBytes) throw new BuildError('plugin-refused', reason('unpacked-too-large', { limit: limits.unpackedBytes }))
    if (total > FREE_BYTES && total > archiveBytes * limits.ratio) {
      throw new BuildError('plugin-refused', reason('unpacked-ratio', { limit: limits.ratio, bytes: archiveBytes }))
    }
  }
}

/** What tar and zlib say about bytes that they cannot read. A failure of our own disk stays what it is. */
function damaged (error: unknown): unknown {
  if (error instanceof BuildError || !(error instanceof Error)) return error
  if ('syscall' in error) return error
  return new BuildError('plugin-corrupt', reason('not-tarball'), { detail: error.message, cause: error })
}
