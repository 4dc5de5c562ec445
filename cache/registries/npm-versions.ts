/**
 * Which version is used, when the registry's choice is compared with what was used before. Pure.
 *
 * - A version is published once: other bytes under its number are refused, whenever they come.
 * - No lower version takes the place of a higher one by itself: a tag that moved back is not followed while the higher version is published.
 *   Whoever wants the lower one names it in the id.
 * - When the higher one is gone, neither is used: it was withdrawn.
 */
import { compare, valid } from 'semver'
import { reason } from '../reasons.ts'
import { CacheError, type HeldBack, type VersionsSeen } from '../types.ts'
import { distOf, type Dist, type Packument, type Published } from './npm-packument.ts'

export interface Choice {
  readonly version: string
  readonly dist: Dist
  readonly heldBack?: HeldBack
}

/** `offered`: what npm would pick. Throws `CacheError` `plugin-refused`. */
export function choose (artefact: string, name: string, { versions }: Packument, offered: Published, seen: VersionsSeen): Choice {
  const used = seen.used.find(([known]) => known === artefact)?.[1]
  const kept = used !== undefined && isLower(offered.version, used) ? used : undefined
  if (kept === undefined) return { version: offered.version, dist: checked(artefact, name, offered, seen) }
  const published = versions.get(kept)
  if (published === undefined) throw new CacheError('plugin-refused', artefact, reason('withdrawn', { name, kept, offered: offered.version }))
  return { version: kept, dist: checked(artefact, name, published, seen), heldBack: { name, kept, offered: offered.version } }
}

function checked (artefact: string, name: string, published: Published, { integrities }: VersionsSeen): Dist {
  const dist = distOf(artefact, name, published)
  const known = integrities.find(([version]) => version === published.version)?.[1]
  if (known !== undefined && known !== dist.integrity) throw republished(artefact, published.version, known, dist.integrity)
  return dist
}

export function republished (artefact: string, version: string, known: string, found: string): CacheError {
  return new CacheError('plugin-refused', artefact, reason('republished', { version, known, found }))
}

/** A tag may lead to something that is no version: it is compared with nothing. */
function isLower (version: string, than: string): boolean {
  return valid(version) !== null && valid(than) !== null && compare(version, than) < 0
}
