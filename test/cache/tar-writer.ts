/** Writes tar archives that no packer would write: each test says which rule is broken. */
import { gzipSync } from 'node:zlib'

export interface Entry {
  readonly path: string
  readonly data?: string | Buffer
  /** Type of ustar: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` FIFO, `x` pax, `L` GNU long name. @default 0 */
  readonly type?: string
  readonly mode?: number
  readonly uid?: number
  readonly link?: string
  /** Announced in the header instead of the length of `data`. */
  readonly size?: number
  readonly breakChecksum?: boolean
}

const BLOCK = 512

/** The entries, and the two empty blocks of an end (`end: false`: without). */
export function tar (entries: readonly Entry[], options: { readonly end?: boolean } = {}): Buffer {
  const end = options.end === false ? [] : [Buffer.alloc(2 * BLOCK)]
  return Buffer.concat([...entries.flatMap(entryBlocks), ...end])
}

export function tgz (entries: readonly Entry[], options: { readonly end?: boolean } = {}): Buffer {
  return gzipSync(tar(entries, options))
}

/** A pax header that gives the entry after it another value, for example a path. */
export function pax (key: string, value: string): Entry {
  const record = (length: number): string => `${length} ${key}=${value}\n`
  let length = Buffer.byteLength(record(0))
  while (Buffer.byteLength(record(length)) !== length) length = Buffer.byteLength(record(length))
  return { path: 'PaxHeader', type: 'x', data: record(length) }
}

function entryBlocks (entry: Entry): Buffer[] {
  const data = Buffer.from(entry.data ?? '')
  return [header(entry, entry.size ?? data.length), data, Buffer.alloc((BLOCK - data.length % BLOCK) % BLOCK)]
}

function header (entry: Entry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(entry.path, 0, 100)
  block.write(octal(entry.mode ?? 0o644, 7), 100)
  block.write(octal(entry.uid ?? 0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136)
  block.write(entry.type ?? '0', 156)
  block.write(entry.link ?? '', 157, 100)
  block.write('ustar\x0000', 257, 'latin1')
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(entry.breakChecksum === true ? sum + 1 : sum, 6)}\0 `, 148, 'latin1')
  return block
}

function octal (value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
