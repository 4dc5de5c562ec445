/**
 * The deadlines of one run in a cell. The runner owns them: it asks the cell to dispose of the isolate first, and if the run has not
 * settled `FORCE_MS` later the cell is poisoned and gets SIGKILL, whatever goes on in it.
 */
import type { Cell, CellRun, CellRunEnd, CellRunHandlers } from './cells/cell.ts'
import type { Job, RunFolders } from '../sandbox/protocol.ts'

/** What the runner ended a run for. */
export type EndCause = 'cpu' | 'wall' | 'quota' | 'forced-kill' | 'stopping' | 'fault' | 'fenced'

interface Usage {
  readonly cpuMs: number
  readonly wallMs: number
  /** Peak, as far as it was seen. */
  readonly heapMb?: number
}

export interface SupervisedEnd {
  readonly end: CellRunEnd
  /** The first cause for which the runner ended it, if it did. */
  readonly cause?: EndCause
  readonly usage: Usage
}

export interface Supervised {
  readonly run: CellRun
  readonly ended: Promise<SupervisedEnd>
  /** Ends the run. The first cause counts. */
  end(cause: EndCause): void
}

const FORCE_MS = 500

export interface SuperviseOptions {
  readonly cell: Cell
  readonly id: string
  readonly job: Job
  readonly bundle: Uint8Array
  /** Absent: the run has no files. */
  readonly folders?: RunFolders
  readonly cpuMs: number
  readonly wallMs: number
  readonly handlers: CellRunHandlers
}

export function supervise (options: SuperviseOptions): Supervised {
  const startedAt = performance.now()
  let cause: EndCause | undefined
  let cpuMs = 0
  let heapMb: number | undefined
  let force: NodeJS.Timeout | undefined

  const end = (next: EndCause): void => {
    if (cause !== undefined) return
    cause = next
    run.abort()
    force = setTimeout(() => options.cell.kill({ by: 'runner', reason: 'poisoned', culprit: options.id }), FORCE_MS)
  }

  const run = options.cell.run(options.id, options.job, options.bundle, {
    ...options.handlers,
    onStats (cpu, heap) {
      cpuMs = Math.max(cpuMs, cpu)
      heapMb = higher(heapMb, heap)
      if (cpuMs > options.cpuMs) end('cpu')
    }
  }, options.folders)
  const wall = setTimeout(() => end('wall'), options.wallMs)

  const ended = run.ended.then(result => {
    clearTimeout(wall)
    clearTimeout(force)
    if (result.kind === 'done') {
      cpuMs = Math.max(cpuMs, result.counters.cpuMs)
      heapMb = higher(heapMb, result.counters.heapPeakMb)
    }
    const usage = { cpuMs, wallMs: performance.now() - startedAt, ...(heapMb === undefined ? {} : { heapMb }) }
    return cause === undefined ? { end: result, usage } : { end: result, cause, usage }
  })
  return { run, ended, end }
}

function higher (known: number | undefined, seen: number | undefined): number | undefined {
  return known === undefined || seen === undefined ? known ?? seen : Math.max(known, seen)
}
