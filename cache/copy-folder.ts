/** Copies a plugin's folder, or reads one again, under the same limits as an archive. Runs in a build worker. */
import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { BuildError, type Tree } from './build-tasks.ts'
import type { PackageLimits } from './options.ts'
import { refused } from './package-paths.ts'
import { PackageWriter, TreeDigest } from './package-writer.ts'
import { reason } from './reasons.ts'

const CHUNK = 1024 * 1024

/** Not part of a package, whatever its ignore files say. */
const SKIPPED: ReadonlySet<string> = new Set(['.git'])
/** An archive may hold one all the same. */
const NOTHING: ReadonlySet<string> = new Set()

/**
 * Regular files only. A symbolic link to a place inside the folder is copied as what it names, and noted (package-links.ts); one that leads outside, or
 * nowhere, refuses the folder, and so do sockets and devices.
 */
export function copyFolder (from: string, to: string, limits: PackageLimits): Tree {
  const writer = new PackageWriter(to, limits)
  walk(realpathSync(from), [], SKIPPED, (path, segments, { kind, target }) => {
    if (target !== undefined) writer.noteLink(segments, target)
    if (kind === 'folder') return writer.folder(segments)
    const announced = statSync(path).size
    const file = writer.file(segments, announced)
    let bytes = 0
    try {
      readChunks(path, (chunk) => { file.write(chunk); bytes += chunk.length })
    } finally {
      file.end()
    }
    if (bytes !== announced) throw new BuildError('plugin-corrupt', reason('changed-in-copy', { path: segments.join('/') }))
  })
  return writer.tree()
}

/** The digest of a folder that this cache wrote. */
export function digestFolder (dir: string, limits: PackageLimits): Tree {
  const digest = new TreeDigest()
  let entries = 0
  let total = 0
  walk(dir, [], NOTHING, (path, segments, { kind }) => {
    entries++
    if (entries > limits.entries) throw refused(segments.join('/'), 'entry-too-many', { limit: limits.entries })
    if (kind === 'folder') return
    const hash = createHash('sha256')
    let bytes = 0
    readChunks(path, (chunk) => { hash.update(chunk); bytes += chunk.length })
    total += bytes
    digest.add(segments.join('/'), bytes, hash)
  })
  return { digest: digest.value(), entries, bytes: total }
}

interface Found {
  readonly kind: 'file' | 'folder'
  /** Of a link, unless it is met on the way through another one: the real place that it names, below the root. */
  readonly target?: readonly string[]
}

type Visit = (path: string, segments: readonly string[], found: Found) => void

/** A cycle of links ends at the limit of depth, which `visit` checks. */
function walk (root: string, segments: readonly string[], skipped: ReadonlySet<string>, visit: Visit, inLink = false): void {
  for (const name of readdirSync(join(root, ...segments)).sort()) {
    if (segments.length === 0 && skipped.has(name)) continue
    const inner = [...segments, name]
    const path = join(root, ...inner)
    const { kind, target } = find(root, path, inner)
    visit(path, inner, inLink || target === undefined ? { kind } : { kind, target })
    if (kind === 'folder') walk(root, inner, skipped, visit, inLink || target !== undefined)
  }
}

function find (root: string, path: string, segments: readonly string[]): Found {
  const link = lstatSync(path).isSymbolicLink()
  const real = link ? realTarget(path) : path
  if (real === undefined) throw refused(segments.join('/'), 'link-nowhere')
  if (link && real !== root && !real.startsWith(root + sep)) throw refused(segments.join('/'), 'link-outside-folder')
  const target = link ? { target: relative(root, real).split(sep).filter((part) => part !== '') } : {}
  const stats = statSync(real)
  if (stats.isDirectory()) return { kind: 'folder', ...target }
  if (stats.isFile()) return { kind: 'file', ...target }
  throw refused(segments.join('/'), 'entry-special')
}

function realTarget (path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined // a broken link, or a loop of links
  }
}

function readChunks (path: string, take: (chunk: Buffer) => void): void {
  const descriptor = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK)
    for (;;) {
      const length = readSync(descriptor, buffer, 0, CHUNK, null)
      if (length === 0) return
      take(buffer.subarray(0, length))
    }
  } finally {
    closeSync(descriptor)
  }
}
