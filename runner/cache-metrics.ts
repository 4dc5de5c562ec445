/** What the plugin cache does and holds, for Prometheus. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { CacheUsage } from '../cache/types.ts'

/** `usage` is asked at each look of Prometheus; when it fails, the values of before stay. */
export function registerCacheMetrics (registry: Registry, usage: () => Promise<CacheUsage>): void {
  const calls = new Counter({ name: 'vivarium_cache_calls_total', help: 'Plugins asked of the cache, by what came of it', labelNames: ['result'], registers: [registry] })
  const fetched = new Counter({ name: 'vivarium_cache_downloaded_bytes_total', help: 'Bytes of archives that were fetched', registers: [registry] })
  const contents = new Gauge({ name: 'vivarium_cache_contents', help: 'Contents on disk', registers: [registry] })
  const oldest = new Gauge({ name: 'vivarium_cache_oldest_use_seconds', help: 'Since the content that was used least lately was used', registers: [registry] })
  registry.registerMetric(new Gauge({
    name: 'vivarium_cache_bytes',
    help: 'Bytes of the contents on disk',
    registers: [],
    async collect () {
      const found = await usage().catch(() => undefined) // the folder may be gone: metrics of the rest are still wanted
      if (found === undefined) return
      this.set(found.bytes)
      contents.set(found.contents)
      oldest.set(found.oldestUseMs / 1000)
      calls.reset()
      calls.inc({ result: 'hit' }, found.hits)
      calls.inc({ result: 'download' }, found.downloads)
      calls.inc({ result: 'stale' }, found.stale)
      calls.inc({ result: 'failure' }, found.failures)
      fetched.reset()
      fetched.inc(found.downloadedBytes)
    }
  }))
}
