/** One real cell, driven as a runner drives it: frames over its pipe. No HTTP, no store, no files. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createCells } from '../../runner/cells/index.ts'
import { prepareSandbox } from '../../runner/cells/prepared.ts'
import { toJobLimits, toRunLimits } from '../../runner/limits.ts'
import type { CellRunEnd } from '../../runner/cells/cell.ts'
import type { Job, RunCounters } from '../../sandbox/protocol.ts'
import type { Loaded } from './bundles.ts'

interface Started {
  /** When its first line came, by performance.now(). */
  readonly firstLineAt: Promise<number>
  /** Rejects when the run did not end well. */
  readonly counters: Promise<RunCounters>
  /** Calls the plugin's stop(). */
  stop(): void
}

export interface BenchCell {
  readonly pid: number
  /** With `spare` false the run opens an isolate of its own beside the spare one, for its heap has another limit. */
  start(loaded: Pick<Loaded, 'plugin' | 'bundle'>, spare: boolean): Started
  close(): Promise<void>
}

const MB = 1_048_576
const limits = toJobLimits(toRunLimits())

/** `threads`: most runs at once. */
export async function openBenchCell (threads: number): Promise<BenchCell> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-bench-cell-'))
  const cells = createCells({
    dir: path.join(dir, 'cells'),
    prepared: await prepareSandbox(path.join(dir, 'sandbox')),
    heapMb: limits.heapMb,
    threads,
    caps: { headerBytes: 2 * limits.messageBytes, bodyBytes: 32 * MB },
    max: 1,
    spares: 0,
    maxRuns: 1e6,
    idleMs: 600_000,
    memoryMb: 2_048,
    unresponsiveMs: 60_000,
    readyMs: 30_000
  })
  const { cell } = await cells.acquire('user:bench')
  let runs = 0
  return {
    pid: cell.pid as number, // it is ready
    start ({ plugin, bundle }, spare) {
      const { promise: firstLineAt, resolve, reject } = Promise.withResolvers<number>()
      const run = cell.run(`r${++runs}`, jobOf(plugin, spare), bundle, { onGuest ({ op }) { if (op === 'log') resolve(performance.now()) } })
      const counters = run.ended.then(countersOf)
      counters.catch(reject)
      return { firstLineAt, counters, stop: () => run.stop() }
    },
    async close () {
      await cells.close()
      await rm(dir, { recursive: true, force: true })
    }
  }
}

function countersOf (end: CellRunEnd): RunCounters {
  if (end.kind !== 'done' || !end.result.ok) throw new Error(`a run that finishes was expected: ${JSON.stringify(end)}`)
  return end.counters
}

function jobOf (plugin: Job['plugin'], spare: boolean): Job {
  return {
    call: 'run',
    processingId: 'bench',
    processingTitle: 'bench',
    processingConfig: {},
    pluginConfig: {},
    secrets: {},
    debug: false,
    dir: '/processing',
    tmpDir: '/tmp/run',
    dataFairUrl: '',
    plugin,
    limits: spare ? limits : { ...limits, heapMb: limits.heapMb + 1 }
  }
}
