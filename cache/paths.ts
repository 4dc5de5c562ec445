/**
 * The only owner of the layout on disk:
 *
 *   v1/contents/<content>/package/…                     the unpacked package, never changed once published
 *   v1/contents/<content>/content.json                  what it is; its mtime is the last use
 *   v1/contents/<content>/builds/<build key>/bundle.cjs, bundle.cjs.map, build.json
 *   v1/artefacts/<sha256 of origin and artefact>.json   which content an artefact had when last asked
 *   v1/confirmed/<sha256 of origin, artefact and account>.json   which content an account was last given
 *   v1/versions/<sha256 of origin and package>.json     which versions of a package were used; no pruning removes it
 *   v1/locks/<name>.lock                                work that one process does for all
 *   v1/services/<random>.lock                           each process that uses the cache
 *   v1/tmp/<host>.<pid>.<random>/                       work in progress: everything is made here and renamed
 *
 * A change of this layout, or of what the JSON files hold, takes a new version: the old folder is then left aside.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'

const LAYOUT = 'v1'

export interface CachePaths {
  readonly contents: string
  readonly artefacts: string
  readonly temporary: string
  readonly confirmed: string
  readonly locks: string
  readonly versions: string
  readonly services: string
}

export function cachePaths (root: string): CachePaths {
  const at = (name: string): string => join(root, LAYOUT, name)
  return { contents: at('contents'), artefacts: at('artefacts'), temporary: at('tmp'), confirmed: at('confirmed'), locks: at('locks'), versions: at('versions'), services: at('services') }
}

export interface ContentPaths {
  readonly root: string
  readonly package: string
  readonly about: string
  readonly builds: string
}

/** Of a published content, or of one being made under `contents` = a temporary folder. */
export function contentPaths (contents: string, content: string): ContentPaths {
  const root = join(contents, content)
  return { root, package: join(root, 'package'), about: join(root, 'content.json'), builds: join(root, 'builds') }
}

export interface BuildPaths {
  readonly root: string
  readonly bundle: string
  readonly map: string
  readonly about: string
}

export function buildPaths (builds: string, key: string): BuildPaths {
  const root = join(builds, key)
  return { root, bundle: join(root, 'bundle.cjs'), map: join(root, 'bundle.cjs.map'), about: join(root, 'build.json') }
}

export function pointerPath (paths: CachePaths, origin: string, artefact: string): string {
  return join(paths.artefacts, `${digest([origin, artefact])}.json`)
}

export function confirmationPath (paths: CachePaths, parts: readonly string[]): string {
  return join(paths.confirmed, `${digest(parts)}.json`)
}

export function seenPath (paths: CachePaths, origin: string, name: string): string {
  return join(paths.versions, `${digest([origin, name])}.json`)
}

/** Of the work of fetching an artefact. */
export function lockName (origin: string, artefact: string): string {
  return digest([origin, artefact])
}

function digest (parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

/** Folder name of a content: the first half of its SHA-512, in hexadecimal (file systems may ignore case). */
export function contentName (integrity: string): string {
  return Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex').slice(0, 64)
}
