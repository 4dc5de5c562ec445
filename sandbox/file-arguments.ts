/** What an operation on files is given (files.ts), checked. */
import { FileError } from './file-error.ts'
import { CHUNK } from './open-files.ts'

/** Nobody can lock himself, or whoever clears away after him, out of his own files. */
export const LEAST = { file: 0o600, folder: 0o700 }
const UMASK = 0o022

export function leastOf (stats: { isDirectory(): boolean }): number {
  return stats.isDirectory() ? LEAST.folder : LEAST.file
}

export function modeOf (mode: unknown, least: number, mask = UMASK): number {
  return (asInteger(mode) & 0o777 & ~mask) | least
}

/* Whatever is asked for was written by a plugin: each throws EINVAL for what is no such thing. */

export function asInteger (value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new FileError('EINVAL')
  return value
}

export function asSize (value: unknown): number {
  if (asInteger(value) < 0) throw new FileError('EINVAL')
  return value as number // asInteger has looked
}

export function asChunk (length: unknown): number {
  if (asSize(length) > CHUNK) throw new FileError('EINVAL')
  return length as number // asSize has looked
}

export function checkedChunk (bytes: Uint8Array): Uint8Array {
  asChunk(bytes.length)
  return bytes
}

export function asPosition (position: unknown): number | null {
  return position === null || position === undefined ? null : asSize(position)
}

/** Seconds since 1970. */
export function asTime (seconds: unknown): number {
  if (typeof seconds !== 'number' || !(Math.abs(seconds) < 1e11)) throw new FileError('EINVAL')
  return seconds
}
