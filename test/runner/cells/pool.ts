/** Pools of real cells for tests: the sandbox is prepared once, in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createCells } from '../../../runner/cells/index.ts'
import { prepareSandbox } from '../../../runner/cells/prepared.ts'
import { toJobLimits, toRunLimits } from '../../../runner/limits.ts'
import type { Cells, CellsOptions } from '../../../runner/cells/index.ts'
import type { CellEvent } from '../../../runner/cells/event.ts'
import type { Job } from '../../../sandbox/protocol.ts'

export interface TestPools {
  readonly dir: string
  readonly options: CellsOptions
  /** What the pools have told so far. */
  readonly events: CellEvent[]
  open(changes?: Partial<CellsOptions>): Cells
  /** Closes the pools that are open. */
  closeAll(): Promise<void>
  end(): Promise<void>
}

export async function openPools (): Promise<TestPools> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-pools-'))
  const events: CellEvent[] = []
  const opened: Cells[] = []
  const options: CellsOptions = {
    dir: path.join(dir, 'cells'),
    prepared: await prepareSandbox(path.join(dir, 'sandbox')),
    heapMb: 64,
    threads: 2,
    caps: { headerBytes: 1e7, bodyBytes: 1e7 },
    max: 2,
    spares: 0,
    maxRuns: 100,
    idleMs: 60_000,
    memoryMb: 512,
    unresponsiveMs: 10_000,
    readyMs: 20_000,
    onEvent: event => { events.push(event) }
  }
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map(async cells => await cells.close()))
    events.length = 0
  }
  return {
    dir,
    options,
    events,
    closeAll,
    open (changes = {}) {
      const cells = createCells({ ...options, ...changes })
      opened.push(cells)
      return cells
    },
    async end () {
      await closeAll()
      await rm(dir, { recursive: true, force: true })
    }
  }
}

export const job: Job = {
  call: 'run',
  processingId: 'p1',
  processingTitle: 'a processing',
  processingConfig: {},
  pluginConfig: {},
  secrets: {},
  debug: false,
  dir: '/processing',
  tmpDir: '/tmp/run',
  dataFairUrl: '',
  plugin: { artefact: 'a', name: 'a', version: '1.0.0', entry: 'index.js', builtins: [], async: false },
  limits: toJobLimits(toRunLimits({ RUN_HEAP_MB: 64 }))
}

export const plugin = (body: string): Buffer => Buffer.from(`(function (exports, require, module, __filename, __dirname) {\nexports.run = async ({ log }) => { ${body} }\n})`)
