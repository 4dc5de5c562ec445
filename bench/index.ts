/**
 * npm run bench [-- --quick] [--only <name>]… [--profile <folder>]
 *
 * Everything side by side in one run, so that ratios mean something whatever the machine: the service, a process of Node for each run, and
 * isolated-vm alone. What is measured, and how exactly: docs/benchmarks.md.
 */
import { execFile } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cache } from './measures/cache.ts'
import { latency } from './measures/latency.ts'
import { loading } from './measures/loading.ts'
import { LINES, logLines } from './measures/log-lines.ts'
import { memory } from './measures/memory.ts'
import { overshoot } from './measures/overshoot.ts'
import { store } from './measures/store.ts'
import { throughput } from './measures/throughput.ts'
import { readOptions } from './options.ts'
import { judge, renderPhases, renderRows, type Row } from './rows.ts'
import { openBenchService, SETTINGS } from './service/index.ts'
import { openSpawner } from './spawn/index.ts'
import type { Measure } from './measures/types.ts'
import type { BenchOptions } from './options.ts'
import type { RawFigures } from './raw.ts'

/** Of the machine before the bench adds its own: above zero, times are longer than they need be, and ratios still hold. */
const [load = NaN] = loadavg()

const measures: Readonly<Record<string, Measure>> = { latency, loading, throughput, memory, overshoot, 'log-lines': logLines, cache, store }

async function bench (options: BenchOptions): Promise<Row[]> {
  const raw = await rawFigures(options.quick ? 50 : 200)
  const spawner = await openSpawner()
  const service = await openBenchService(options)
  const rows: Row[] = []
  try {
    for (const name of options.names) {
      process.stderr.write(`${name}…\n`)
      rows.push(...await (measures[name] as Measure)({ service, spawner, raw, quick: options.quick })) // names are keys of `measures`
    }
  } finally {
    await service.close()
    await spawner.close()
  }
  return rows
}

async function rawFigures (rounds: number): Promise<RawFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('raw.ts', import.meta.url)), String(rounds), String(LINES)])
  return JSON.parse(stdout) as RawFigures // raw.ts writes exactly this
}

function report (rows: readonly Row[]): string {
  const judged = rows.flatMap(judge)
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.versions.node}, load ${load.toFixed(1)} at the start`
  const settings = `Settings that are not the defaults: ${Object.entries(SETTINGS).map(([key, value]) => `${key}=${value}`).join(' ')}`
  const met = `${judged.filter(({ met }) => met).length} of ${judged.length} targets met`
  return [machine, settings, '', ...renderRows(rows, process.stdout.columns ?? 160), ...renderPhases(rows), '', met, ''].join('\n')
}

try {
  const rows = await bench(readOptions(process.argv.slice(2), Object.keys(measures)))
  process.stdout.write(report(rows))
} catch (error) {
  process.stderr.write(`${error instanceof RangeError ? error.message : (error as Error).stack}\n`) // a RangeError is a wrong option: its sentence is enough
  process.exitCode = 1
}
