/** Which paths a package may hold: decided on text alone, before anything touches the disk. */
import { BuildError } from './build-tasks.ts'
import { reason, type ReasonCode, type ReasonParams } from './reasons.ts'

const SEGMENT_BYTES = 255
const PATH_BYTES = 1024

/**
 * A path of an archive as segments below the package's root, without npm's `package/`; empty for the root itself. `stripFirst`: without
 * the first segment, whatever it is called, as npm does. Throws `BuildError` `plugin-refused`.
 */
export function packageSegments (path: string, stripFirst = false): string[] {
  // eslint-disable-next-line no-control-regex -- these are what is refused
  if (/[\0-\x1f\x7f\\]/.test(path)) throw refused(path, 'entry-control')
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) throw refused(path, 'entry-absolute')
  if (Buffer.byteLength(path) > PATH_BYTES) throw refused(path, 'entry-path-long', { limit: PATH_BYTES, found: Buffer.byteLength(path) })
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  for (const segment of segments) {
    if (segment === '..') throw refused(path, 'entry-outside')
    if (/[. ]$/.test(segment)) throw refused(path, 'entry-end')
    if (Buffer.byteLength(segment) > SEGMENT_BYTES) throw refused(path, 'entry-name-long', { limit: SEGMENT_BYTES, found: Buffer.byteLength(segment) })
  }
  return stripFirst || segments[0] === 'package' ? segments.slice(1) : segments
}

/** What a symbolic link at `segments` names, as segments below the package's root. Throws `BuildError` `plugin-refused` when it leads outside. */
export function linkSegments (segments: readonly string[], target: string): string[] {
  const path = segments.join('/')
  // eslint-disable-next-line no-control-regex -- these are what is refused
  if (target === '' || /[\0-\x1f\x7f\\]/.test(target)) throw refused(path, 'link-no-path')
  if (target.startsWith('/') || /^[a-z]:/i.test(target)) throw refused(path, 'link-outside', { target })
  const found = segments.slice(0, -1)
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') found.push(step)
    else if (found.pop() === undefined) throw refused(path, 'link-outside', { target })
  }
  return found
}

/** Refuses two entries whose paths are the same, or would be on a file system that ignores case or the form of Unicode. */
export class PathCollisions {
  /** Folded path -> the path as first written, and what it is. */
  readonly #seen = new Map<string, { readonly path: string, readonly kind: 'file' | 'folder' }>()

  file (segments: readonly string[]): void {
    const path = segments.join('/')
    this.folder(segments.slice(0, -1))
    const before = this.#seen.get(fold(path))
    if (before !== undefined) throw collision(path, before.path)
    this.#seen.set(fold(path), { path, kind: 'file' })
  }

  /** The place of a link becomes that of the file or folder that it names. */
  free (segments: readonly string[]): void {
    this.#seen.delete(fold(segments.join('/')))
  }

  folder (segments: readonly string[]): void {
    for (let length = segments.length; length > 0; length--) {
      const path = segments.slice(0, length).join('/')
      const before = this.#seen.get(fold(path))
      if (before?.path === path && before.kind === 'folder') return // so are the folders above it
      if (before !== undefined) throw collision(path, before.path)
      this.#seen.set(fold(path), { path, kind: 'folder' })
    }
  }
}

export function refused (path: string, code: ReasonCode, params: ReasonParams = {}): BuildError {
  return new BuildError('plugin-refused', reason(code, { path, ...params }))
}

function collision (path: string, before: string): BuildError {
  return path === before
    ? refused(path, 'entry-twice')
    : refused(path, 'entry-same-name', { before })
}

/** NFKC and upper case fold what any common file system folds (NFC/NFD, ß and ss, ligatures). */
function fold (path: string): string {
  return path.normalize('NFKC').toUpperCase()
}
