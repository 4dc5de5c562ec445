/** Packs a plugin as `npm pack` would: gzip, tar, everything in `package/`, `package.json` first. One file after the other goes through memory in pieces. */
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Header, Pax } from 'tar'
import { packageFiles, type PackageFile } from './package-files.ts'
import { UpgradeError } from './types.ts'

export interface Packed {
  /** Of the archive. */
  readonly bytes: number
  readonly notices: readonly string[]
}

const BLOCK = 512
/** The same folder gives the same bytes, whenever it is packed. */
const MTIME = new Date(Date.UTC(2000, 0, 1))

/** Writes the new file `to`. Throws `UpgradeError` `plugin-invalid`, and what the file system throws. */
export async function packPlugin (dir: string, manifest: Readonly<Record<string, unknown>>, to: string): Promise<Packed> {
  const notices: string[] = []
  await pipeline(tarOf(dir, manifest, notices), createGzip(), createWriteStream(to, { flags: 'wx', mode: 0o600 }))
  return { bytes: (await stat(to)).size, notices }
}

async function * tarOf (dir: string, manifest: Readonly<Record<string, unknown>>, notices: string[]): AsyncGenerator<Uint8Array> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  yield * head({ path: 'package.json', bytes: text.length, executable: false })
  yield text
  yield padding(text.length)
  for await (const file of packageFiles(dir, notices)) {
    yield * head(file)
    yield * content(file)
    yield padding(file.bytes)
  }
  yield Buffer.alloc(2 * BLOCK)
}

/** Names that no header holds stand in one of their own before it. */
function * head ({ path, bytes, executable }: Pick<PackageFile, 'path' | 'bytes' | 'executable'>): Generator<Uint8Array> {
  const fields = { path: `package/${path}`, size: bytes, mtime: MTIME }
  const header = new Header({ ...fields, mode: executable ? 0o755 : 0o644, type: 'File' })
  if (header.encode()) yield new Pax(fields).encode()
  if (header.block === undefined) throw new Error(`no header was made for ${path}`)
  yield header.block
}

/** Exactly the announced bytes: one more or less would shift all that follows. */
async function * content ({ path, source, bytes }: PackageFile): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const chunk of createReadStream(source) as AsyncIterable<Buffer>) { // without an encoding its chunks are buffers
    read += chunk.length
    if (read > bytes) break
    yield chunk
  }
  if (read !== bytes) throw new UpgradeError('plugin-invalid', `it cannot be packed: ${path} changed while it was read; stop what still writes to the volume`)
}

function padding (bytes: number): Uint8Array {
  return Buffer.alloc((BLOCK - bytes % BLOCK) % BLOCK)
}
