/** Where plugins come from, as the configuration says it. Pure. */
import { resolve } from 'node:path'
import type { Config } from './table.ts'

type Kind = 'dir' | 'datafair' | 'npm'

/** What each kind is configured by. */
const KEYS = { datafair: ['PRIVATE_REGISTRY_URL'], npm: ['NPM_REGISTRY_URL', 'NPM_SCOPES'] } as const

type Chosen = Pick<Config, 'REGISTRY' | 'PRIVATE_REGISTRY_URL' | 'NPM_REGISTRY_URL' | 'NPM_SCOPES'>

/** What REGISTRY says; with `auto`, that of which an address is given. */
export function registryKind (config: Chosen): Kind {
  if (config.REGISTRY !== 'auto') return config.REGISTRY
  return givenKeys(config, 'datafair').length > 0 ? 'datafair' : givenKeys(config, 'npm').length > 0 ? 'npm' : 'dir'
}

/** A sentence's parts, when the keys name several registries, or not the one that is wanted. */
export function registryFault (config: Chosen): { readonly wanted: string, readonly found: string } | undefined {
  const kind = registryKind(config)
  const others = (['datafair', 'npm'] as const).filter(other => other !== kind).flatMap(other => givenKeys(config, other))
  const chosen = config.REGISTRY === 'auto' ? 'one registry' : kind
  if (others.length > 0) {
    const beside = config.REGISTRY === 'auto' ? [...kind === 'dir' ? [] : givenKeys(config, kind), ...others] : others
    return { wanted: `${chosen} and nothing of another one`, found: beside.join(' and ') }
  }
  if (kind !== 'dir' && givenKeys(config, kind).length === 0) return { wanted: `${KEYS[kind].join(' or ')} beside ${kind}`, found: 'it alone' }
  return undefined
}

/** What the cache is told. */
export function registryOptions (config: Config) {
  switch (registryKind(config)) {
    case 'dir': return { kind: 'dir', dir: resolve(config.PLUGINS_DIR) } as const
    case 'datafair': return { kind: 'datafair', url: config.PRIVATE_REGISTRY_URL ?? '', secret: config.SECRET_REGISTRY ?? '' } as const
    case 'npm': return {
      kind: 'npm',
      ...(config.NPM_REGISTRY_URL === undefined ? {} : { url: config.NPM_REGISTRY_URL }),
      ...(config.NPM_TOKEN === undefined ? {} : { token: config.NPM_TOKEN }),
      scopes: config.NPM_SCOPES ?? {},
      tarballOrigins: config.NPM_TARBALL_ORIGINS,
      installMs: config.NPM_INSTALL_SECONDS * 1000
    } as const
  }
}

function givenKeys (config: Chosen, kind: keyof typeof KEYS): string[] {
  return KEYS[kind].filter(key => config[key] !== undefined)
}
