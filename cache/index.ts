/** The plugin cache: registry tarballs on disk, unpacked, bundled, verified. */
import { mkdir } from 'node:fs/promises'
import { buildKey, keyOf } from './build-key.ts'
import { BuildPool } from './build-pool.ts'
import { ContentLoader } from './content-loader.ts'
import { Contents } from './contents.ts'
import { Fetcher } from './fetcher.ts'
import { BUNDLE_LIMITS, MEMORY_BYTES, PACKAGE_LIMITS, PRUNE_LIMITS, type CacheOptions } from './options.ts'
import { cachePaths } from './paths.ts'
import { PluginCache } from './plugin-cache.ts'
import { Pointers } from './pointers.ts'
import { openRegistry } from './registries/index.ts'
import { TemporaryFolders } from './temporary.ts'
import type { Cache } from './types.ts'

export type { CacheOptions } from './options.ts'

/**
 * Opens the cache in `options.dir`, and removes what crashed predecessors left half done there.
 * Throws what the file system throws when the folder cannot be made, and `TypeError` for a registry that is no address.
 */
export async function openCache (options: CacheOptions): Promise<Cache> {
  const limits = { ...PACKAGE_LIMITS, ...options.limits }
  const bundle = { ...BUNDLE_LIMITS, ...options.bundle }
  const clock = options.clock ?? Date.now
  const registry = openRegistry(options.registry, limits.entries)
  const paths = cachePaths(options.dir)
  for (const folder of Object.values(paths)) await mkdir(folder, { recursive: true })
  const temporary = new TemporaryFolders(paths.temporary, clock)
  await temporary.sweep()
  const key = buildKey()
  const contents = new Contents(paths, temporary, key, clock)
  const pool = new BuildPool({ threads: options.buildWorkers ?? 1 })
  const pointers = new Pointers({ paths, temporary, origin: registry.origin, rules: keyOf({ key, limits, bundle }) })
  return new PluginCache({
    registry,
    paths,
    temporary,
    contents,
    pointers,
    pool,
    clock,
    fetcher: new Fetcher({ registry, temporary, contents, pointers, pool, limits }),
    loader: new ContentLoader({ contents, temporary, pool, limits, bundle, memoryBytes: options.memoryBytes ?? MEMORY_BYTES }),
    pruneLimits: { ...PRUNE_LIMITS, ...options.prune }
  })
}
