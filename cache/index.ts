/** The plugin cache: registry tarballs on disk, unpacked, bundled, verified. */
import { mkdir } from 'node:fs/promises'
import { buildKey, keyOf } from './build-key.ts'
import { BuildPool } from './build-pool.ts'
import { Confirmations } from './confirmations.ts'
import { ContentLoader } from './content-loader.ts'
import { Contents, TOUCH_MS } from './contents.ts'
import { CurrentContents } from './current-contents.ts'
import { Fetcher } from './fetcher.ts'
import { Holds } from './holds.ts'
import { Locks } from './locks.ts'
import { BUNDLE_LIMITS, MEMORY_BYTES, PACKAGE_LIMITS, PRUNE_LIMITS, type CacheOptions } from './options.ts'
import { cachePaths } from './paths.ts'
import { PluginCache } from './plugin-cache.ts'
import { Pointers } from './pointers.ts'
import { measureAll } from './prune.ts'
import { ReadyPlugins } from './ready-plugins.ts'
import { openRegistry } from './registries/index.ts'
import { SeenVersions } from './seen-versions.ts'
import { TemporaryFolders } from './temporary.ts'
import type { MeasuredCache } from './types.ts'
import { Usage } from './usage.ts'

export { openMaintenance } from './maintenance.ts'
export type { ContentReport, Maintenance } from './maintenance.ts'
export type { CacheOptions } from './options.ts'

/**
 * Opens the cache in `options.dir`, and removes what crashed predecessors left half done there.
 * Throws what the file system throws when the folder cannot be made, and `TypeError` for a registry that is no address.
 */
export async function openCache (options: CacheOptions): Promise<MeasuredCache> {
  const limits = { ...PACKAGE_LIMITS, ...options.limits }
  const bundle = { ...BUNDLE_LIMITS, ...options.bundle }
  const { clock = Date.now, atStep = () => {} } = options
  const registry = openRegistry(options.registry, limits.entries)
  const originOf = (artefact: string): string => registry.originOf?.(artefact) ?? registry.origin
  const paths = cachePaths(options.dir)
  for (const folder of Object.values(paths)) await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = new TemporaryFolders(paths.temporary, clock, Object.values(paths))
  await temporary.sweep()
  registry.remember?.(new SeenVersions(paths, temporary))
  const key = buildKey()
  const contents = new Contents(paths, temporary, key, clock, atStep)
  const pool = new BuildPool({ threads: options.buildWorkers ?? 2 })
  const locks = new Locks(paths.locks, temporary)
  await locks.sweep()
  const services = new Locks(paths.services, temporary)
  await services.sweep()
  const presence = await services.takeOwn()
  const usage = new Usage({ measure: async () => await measureAll(paths, contents), clock })
  const pointers = new Pointers({ paths, temporary, originOf, rules: keyOf({ key, limits, bundle, reasons: 1 }) })
  const fetcher = new Fetcher({ registry, temporary, contents, pointers, pool, limits, usage, clock, atStep })
  const loader = new ContentLoader({ contents, temporary, pool, limits, bundle, memoryBytes: options.memoryBytes ?? MEMORY_BYTES, locks, clock, atStep })
  const ready = new ReadyPlugins({ loader, contents, pointers, originOf })
  const fetchMs = limits.downloadMs + limits.unpackMs + bundle.ms
  return new PluginCache({
    registry,
    paths,
    temporary,
    contents,
    loader,
    ready,
    current: new CurrentContents({ registry, originOf, pointers, fetcher, ready, locks, fetchMs, atStep }),
    confirmations: new Confirmations({ paths, temporary, originOf, validMs: options.staleIfErrorMs ?? 0, clock }),
    holds: new Holds(contents, TOUCH_MS),
    usage,
    pool,
    presence,
    clock,
    onHeldBack: options.onHeldBack ?? (() => {}),
    pruneLimits: { ...PRUNE_LIMITS, ...options.prune }
  })
}
