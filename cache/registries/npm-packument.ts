/** What a registry says of a package: its versions, its tags. A stranger's JSON: maps are without prototype, and only what is needed is kept. */
import { compare, maxSatisfying, satisfies } from 'semver'
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import { readObject } from './http.ts'

export interface Dist {
  readonly tarball: string
  /** `sha512-…` */
  readonly integrity: string
}

export interface Published {
  readonly version: string
  readonly deprecated: boolean
  /** As it stands there: see `distOf`. */
  readonly dist: unknown
}

export interface Packument {
  readonly tags: ReadonlyMap<string, string>
  readonly versions: ReadonlyMap<string, Published>
}

const SHA512 = /(?:^|\s)(sha512-[A-Za-z0-9+/]{86}==)(?=$|\s|\?)/

/** Throws `CacheError` `registry-misconfigured` when the bytes describe no package. */
export function readPackument (artefact: string, bytes: Buffer): Packument {
  const { versions, 'dist-tags': tags } = readObject(artefact, bytes)
  if (!isObject(versions)) throw new CacheError('registry-misconfigured', artefact, reason('not-description'))
  return {
    tags: new Map(Object.entries(isObject(tags) ? tags : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    versions: new Map(Object.entries(versions).filter(([, one]) => isObject(one)).map(([version, one]) => {
      const { dist, deprecated } = one as Record<string, unknown> // filtered above
      return [version, { version, dist, deprecated: typeof deprecated === 'string' && deprecated !== '' }]
    }))
  }
}

/**
 * As npm picks: the version of a tag; else the one tagged `latest` when it fits the range, else the highest that fits, rather one that
 * is not deprecated. Undefined when none fits.
 */
export function pick ({ tags, versions }: Packument, wanted: string): Published | undefined {
  const tagged = versions.get(tags.get(wanted) ?? '')
  if (tagged !== undefined) return tagged
  const latest = versions.get(tags.get('latest') ?? '')
  if (latest !== undefined && !latest.deprecated && satisfies(latest.version, wanted)) return latest
  const fitting = [...versions.values()].filter(({ version }) => satisfies(version, wanted)).sort((a, b) => compare(a.version, b.version))
  const best = maxSatisfying(fitting.filter(({ deprecated }) => !deprecated).map(({ version }) => version), wanted)
  return best === null ? fitting.at(-1) : versions.get(best)
}

/** Throws `CacheError` `plugin-refused` for a version without SHA-512: SHA-1 protects nothing. */
export function distOf (artefact: string, name: string, { version, dist }: Published): Dist {
  const { tarball, integrity } = isObject(dist) ? dist : {}
  const sha512 = typeof integrity === 'string' ? SHA512.exec(integrity)?.[1] : undefined
  if (typeof tarball !== 'string') throw new CacheError('registry-misconfigured', artefact, reason('no-archive', { name, version }))
  if (sha512 === undefined) throw new CacheError('plugin-refused', artefact, reason('no-sha512', { name, version }))
  return { tarball, integrity: sha512 }
}

export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
