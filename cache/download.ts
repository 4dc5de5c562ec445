/** Reads a tarball of a registry to its end, into a file. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { BuildError } from './build-tasks.ts'
import type { PackageLimits } from './options.ts'
import { reason } from './reasons.ts'
import type { Resolution } from './types.ts'

export type Tarball = Extract<Resolution, { kind: 'tarball' }>

/**
 * Answers `sha512-…` of the bytes. Throws `BuildError`: `plugin-refused` when there are too many, `plugin-corrupt` when they are
 * no gzip, `registry-unavailable` when they come too slowly; and what the registry's stream throws.
 */
export async function download (tarball: Tarball, to: string, limits: PackageLimits, onBytes: (bytes: number) => void = () => {}): Promise<string> {
  if ((tarball.bytes ?? 0) > limits.archiveBytes) {
    await discard(tarball)
    throw tooLarge(limits, tarball.bytes ?? 0)
  }
  const deadline = performance.now() + limits.downloadMs
  const hash = createHash('sha512')
  let start: Buffer = Buffer.alloc(0)
  let total = 0
  const file = await open(to, 'wx', 0o600)
  try {
    for await (const chunk of tarball.stream) {
      total += chunk.length
      onBytes(chunk.length)
      if (total > limits.archiveBytes) throw tooLarge(limits, total)
      if (performance.now() > deadline) throw new BuildError('registry-unavailable', reason('download-slow', { limitMs: limits.downloadMs }), { lasting: false })
      if (start.length < 2) start = checkStart(Buffer.concat([start, chunk.subarray(0, START)]))
      hash.update(chunk)
      await writeAll(file, chunk)
    }
  } finally {
    await file.close()
  }
  if (total < 2) throw new BuildError('plugin-corrupt', reason('archive-empty', { bytes: total }))
  return `sha512-${hash.digest('base64')}`
}

/** Ends a download of which not a byte is wanted. */
export async function discard (tarball: Tarball): Promise<void> {
  await tarball.stream[Symbol.asyncIterator]().return?.()
}

const START = 64

/** An error page with status 200 is recognised before it is unpacked. */
function checkStart (start: Buffer): Buffer {
  if (start.length < 2 || (start[0] === 0x1f && start[1] === 0x8b)) return start
  const text = start.toString('latin1').trimStart()
  const found = text.startsWith('<') ? 'not-gzip-page' : /^[{["]/.test(text) ? 'not-gzip-json' : 'not-gzip'
  throw new BuildError('plugin-corrupt', reason(found), { detail: JSON.stringify(text) })
}

/** `found`: as much as was announced, or arrived so far. */
function tooLarge (limits: PackageLimits, found: number): BuildError {
  return new BuildError('plugin-refused', reason('archive-too-large', { limit: limits.archiveBytes, found }))
}

async function writeAll (file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length;) offset += (await file.write(chunk, offset)).bytesWritten
}
