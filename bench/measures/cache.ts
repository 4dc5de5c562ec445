/** What the plugin cache costs a run, and how fast a new content comes: before a registry of data-fair over HTTP, on this machine. */
import { measureCache } from '../../test/cache/cache-speed.ts'
import type { Measure } from './types.ts'

export const cache: Measure = async ({ quick }) => {
  const { hitMs, unchangedMs, missMbPerSecond } = await measureCache(quick ? { rounds: 20, mb: 5 } : { rounds: 200, mb: 50 })
  return [
    { measure: 'cache hit, added to a run', unit: 'ms', vivarium: hitMs, note: 'without the question to the registry' },
    { measure: 'cache: nothing has changed (304)', unit: 'ms', vivarium: unchangedMs, note: 'the question to the registry, asked by each run' },
    { measure: 'cache miss', unit: 'MB/s', vivarium: missMbPerSecond, note: 'fetched, unpacked, published; not bundled' }
  ]
}
