/**
 * What a live isolate takes, alone: the growth of a cell by runs that wait, each in a thread that is there already and keeps its spare isolate.
 * Private memory: what would be free if the cell were gone.
 */
import { setTimeout as wait } from 'node:timers/promises'
import path from 'node:path'
import { memoryOf } from '../processes.ts'
import { PLUGINS_DIR } from '../service/index.ts'
import { bundled } from './bundles.ts'
import { openBenchCell } from './cell.ts'

export interface PrivateMemory {
  readonly isolateMb: number
  /** Of a thread of the pool, at rest. */
  readonly threadMb: number
}

/** For spare isolates to be opened, and for garbage to go. */
const SETTLE_MS = 1_500

/** `live`: how many runs at once. Undefined where the system does not tell. */
export async function privateMemory (live: number): Promise<PrivateMemory | undefined> {
  const cell = await openBenchCell(live)
  const waits = await bundled(path.join(PLUGINS_DIR, 'waits'))
  const privateMb = async (): Promise<number | undefined> => {
    await wait(SETTLE_MS)
    return (await memoryOf(cell.pid))?.privateMb
  }
  /** The memory while so many runs wait; none is left. */
  const withRuns = async (count: number, spare: boolean): Promise<number | undefined> => {
    const runs = Array.from({ length: count }, () => cell.start(waits, spare))
    await Promise.all(runs.map(({ firstLineAt }) => firstLineAt))
    const found = await privateMb()
    for (const run of runs) run.stop()
    await Promise.all(runs.map(({ counters }) => counters))
    return found
  }
  try {
    await withRuns(1, true)
    const one = await privateMb()
    await withRuns(live, true)
    const all = await privateMb()
    const busy = await withRuns(live, false)
    if (one === undefined || all === undefined || busy === undefined) return undefined
    return { isolateMb: (busy - all) / live, threadMb: (all - one) / (live - 1) }
  } finally {
    await cell.close()
  }
}
