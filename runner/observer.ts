/** Metrics for Prometheus on a port of their own, which is not meant for the public: `GET /metrics`. Nothing else is offered there. */
import { createServer } from 'node:http'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AddressInfo } from 'node:net'
import { registerCacheMetrics } from './cache-metrics.ts'
import type { CacheUsage } from '../cache/types.ts'
import type { Run } from '../store/types.ts'

export interface ObserverOptions {
  readonly host: string
  readonly port: number
  readonly running: () => number
  readonly cells: () => { readonly owned: number, readonly spare: number }
  /** What the plugin cache does; without it there are no metrics of it. */
  readonly cache?: () => Promise<CacheUsage>
}

export interface Observer {
  readonly port: number
  /** A run has ended. */
  ended(run: Run): void
  close(): Promise<void>
}

/**
 * `df_processings_runs` keeps upstream's name and buckets. It has no label for the owner: upstream's carries personal names without
 * bound.
 */
export async function openObserver ({ host, port, running, cells, cache }: ObserverOptions): Promise<Observer> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const runs = new Histogram({ name: 'df_processings_runs', help: 'Duration of ended runs, in seconds', labelNames: ['status', 'code'], buckets: [0.1, 1, 10, 60, 600], registers: [registry] })
  registry.registerMetric(new Gauge({ name: 'vivarium_runs_running', help: 'Runs under way', registers: [], collect () { this.set(running()) } }))
  registry.registerMetric(new Gauge({
    name: 'vivarium_cells',
    help: 'Confined processes that are alive',
    labelNames: ['kind'],
    registers: [],
    collect () {
      const { owned, spare } = cells()
      this.set({ kind: 'owned' }, owned)
      this.set({ kind: 'spare' }, spare)
    }
  }))

  if (cache !== undefined) registerCacheMetrics(registry, cache)

  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      text => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end()
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    ended ({ status, outcome, startedAt, finishedAt }) {
      if (startedAt !== undefined && finishedAt !== undefined) runs.observe({ status, code: outcome?.code ?? '' }, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)
    },
    async close () {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    }
  }
}
