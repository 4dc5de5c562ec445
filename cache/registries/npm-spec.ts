/** Ids of artefacts in a registry that speaks npm's protocol: `name`, `name@tag`, `name@range`. Pure. */
import { validRange } from 'semver'
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'

export interface NpmSpec {
  readonly name: string
  /** `@scope`, or undefined. */
  readonly scope?: string
  /** A dist-tag or a range of versions. */
  readonly wanted: string
}

/** Names that may be published today; those of before (capitals, for example) could be confused with others. */
const NAME = /^(?:@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9-][a-z0-9._-]*$/
const MAX_NAME = 214
const MAX_WANTED = 128
const TAG = /^[A-Za-z][A-Za-z0-9._-]*$/
const FORBIDDEN = new Set(['node_modules', 'favicon.ico'])

/** Throws `CacheError` `plugin-not-found` for a text that names no package. */
export function readSpec (artefact: string): NpmSpec {
  const at = artefact.indexOf('@', 1)
  const name = at === -1 ? artefact : artefact.slice(0, at)
  const wanted = at === -1 ? 'latest' : artefact.slice(at + 1)
  if (!isPackageName(name)) throw new CacheError('plugin-not-found', artefact.slice(0, 300).toWellFormed(), reason('not-a-package'))
  if (!isWanted(wanted)) throw new CacheError('plugin-not-found', artefact.slice(0, 300).toWellFormed(), reason('not-a-version'))
  return name.startsWith('@') ? { name, scope: name.slice(0, name.indexOf('/')), wanted } : { name, wanted }
}

export function isPackageName (name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name) && !FORBIDDEN.has(name)
}

/** As a registry wants it in an address: the slash of a scope is escaped, once. */
export function escapedName (name: string): string {
  return name.replace('/', '%2f')
}

function isWanted (wanted: string): boolean {
  return wanted.length > 0 && wanted.length <= MAX_WANTED && (TAG.test(wanted) || validRange(wanted) !== null)
}
