/** Copies a plugin's folder, or reads one again, under the same limits as an archive. Runs in a build worker. */
import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { BuildError, type Tree } from './build-tasks.ts'
import type { PackageLimits } from './options.ts'
import { refused } from './package-paths.ts'
import { PackageWriter, TreeDigest } from './package-writer.ts'

const CHUNK = 1024 * 1024

/** Not part of a package, whatever its ignore files say. */
const SKIPPED = new Set(['.git'])

/**
 * Regular files only. A symbolic link to a place inside the folder is copied as what it names; one that leads outside, or
 * nowhere, refuses the folder, and so do sockets and devices.
 */
export function copyFolder (from: string, to: string, limits: PackageLimits): Tree {
  const writer = new PackageWriter(to, limits)
  walk(realpathSync(from), [], (path, segments, kind) => {
    if (kind === 'folder') return writer.folder(segments)
    const announced = statSync(path).size
    const file = writer.file(segments, announced)
    let bytes = 0
    try {
      readChunks(path, (chunk) => { file.write(chunk); bytes += chunk.length })
    } finally {
      file.end()
    }
    if (bytes !== announced) throw new BuildError('plugin-corrupt', `the file ${segments.join('/')} changed while it was copied`)
  })
  return writer.tree()
}

/** The digest of a folder that this cache wrote. */
export function digestFolder (dir: string, limits: PackageLimits): Tree {
  const digest = new TreeDigest()
  let entries = 0
  let total = 0
  walk(dir, [], (path, segments, kind) => {
    entries++
    if (entries > limits.entries) throw refused(segments.join('/'), `is one too many (limit ${limits.entries} entries)`)
    if (kind === 'folder') return
    const hash = createHash('sha256')
    let bytes = 0
    readChunks(path, (chunk) => { hash.update(chunk); bytes += chunk.length })
    total += bytes
    digest.add(segments.join('/'), bytes, hash)
  })
  return { digest: digest.value(), entries, bytes: total }
}

type Visit = (path: string, segments: readonly string[], kind: 'file' | 'folder') => void

/** A cycle of links ends at the limit of depth, which `visit` checks. */
function walk (root: string, segments: readonly string[], visit: Visit): void {
  for (const name of readdirSync(join(root, ...segments)).sort()) {
    if (segments.length === 0 && SKIPPED.has(name)) continue
    const inner = [...segments, name]
    const path = join(root, ...inner)
    const kind = kindOf(root, path, inner)
    visit(path, inner, kind)
    if (kind === 'folder') walk(root, inner, visit)
  }
}

function kindOf (root: string, path: string, segments: readonly string[]): 'file' | 'folder' {
  const link = lstatSync(path).isSymbolicLink()
  const target = link ? realTarget(path) : path
  if (target === undefined) throw refused(segments.join('/'), 'is a symbolic link that leads nowhere')
  if (link && target !== root && !target.startsWith(root + sep)) throw refused(segments.join('/'), 'is a symbolic link that leads outside the folder')
  const stats = statSync(target)
  if (stats.isDirectory()) return 'folder'
  if (stats.isFile()) return 'file'
  throw refused(segments.join('/'), 'is neither a file nor a folder')
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
