/** What the plugin cache does and holds, for Prometheus. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { CacheUsage } from '../cache/types.ts'

/**
 * `usage` is asked at each look of Prometheus; when it fails, the values of before stay. Every metric asks for itself: each is written down as
 * soon as its own `collect` has ended, and would show the look before if another one set it.
 */
export function registerCacheMetrics (registry: Registry, usage: () => Promise<CacheUsage>): void {
  // The folder may be gone: metrics of the rest are still wanted.
  const ask = async (take: (found: CacheUsage) => void): Promise<void> => { await usage().then(take, () => {}) }
  const gauge = (name: string, help: string, valueOf: (found: CacheUsage) => number): void => {
    registry.registerMetric(new Gauge({ name, help, registers: [], async collect () { await ask((found) => this.set(valueOf(found))) } }))
  }
  registry.registerMetric(new Counter({
    name: 'vivarium_cache_calls_total',
    help: 'Plugins asked of the cache, by what came of it',
    labelNames: ['result'],
    registers: [],
    async collect () {
      await ask(({ hits, downloads, stale, failures }) => {
        this.reset()
        for (const [result, count] of Object.entries({ hit: hits, download: downloads, stale, failure: failures })) this.inc({ result }, count)
      })
    }
  }))
  registry.registerMetric(new Counter({
    name: 'vivarium_cache_downloaded_bytes_total',
    help: 'Bytes of archives that were fetched',
    registers: [],
    async collect () {
      await ask(({ downloadedBytes }) => {
        this.reset()
        this.inc(downloadedBytes)
      })
    }
  }))
  gauge('vivarium_cache_contents', 'Contents on disk', ({ contents }) => contents)
  gauge('vivarium_cache_oldest_use_seconds', 'Since the content that was used least lately was used', ({ oldestUseMs }) => oldestUseMs / 1000)
  gauge('vivarium_cache_bytes', 'Bytes of the contents on disk', ({ bytes }) => bytes)
}
