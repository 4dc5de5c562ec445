/** Processes seen from outside: which one ran a run, its memory and computing time as Linux accounts them, its end. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Run } from '../store/types.ts'

export interface ProcessMemory {
  /** Its own pages, and its share of those that it shares. */
  readonly pssMb: number
  /** All its pages, shared ones counted in full. */
  readonly rssMb: number
  /** Pages that no other process has. */
  readonly privateMb: number
}

/** Undefined where there is no `/proc/<pid>/smaps_rollup`, or the process is gone. */
export async function memoryOf (pid: number): Promise<ProcessMemory | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024
  return { pssMb: mb('Pss'), rssMb: mb('Rss'), privateMb: mb('Private_Clean') + mb('Private_Dirty') }
}

/** Computing time of a process and of all its children, those that have ended included, in ms. Undefined where there is no `/proc`. */
export async function cpuMsOf (pid: number): Promise<number | undefined> {
  const own = await ticksOf(pid)
  if (own === undefined) return undefined
  const children = await Promise.all((await childrenOf(pid)).map(ticksOf))
  return children.reduce<number>((sum, child) => sum + (child ?? 0), own) * MS_PER_TICK
}

/** USER_HZ is 100 on every Linux that Node supports. */
const MS_PER_TICK = 10

/** proc(5): fields are counted after the last parenthesis; 14 to 17 are the time of the process, and of its children that have ended. */
async function ticksOf (pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ').slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
}

async function childrenOf (pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(threads.map(thread => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')))
  return lists.flatMap(list => list.split(' ').filter(text => text.trim() !== '').map(Number))
}

/** The process of the cell that ran a run. */
export function cellPid ({ receipt }: Pick<Run, 'receipt'>): number {
  const pid = (receipt?.cell as { pid?: unknown } | undefined)?.pid // runner/receipt.ts; checked in the next line
  if (typeof pid !== 'number') throw new Error('a receipt with the process id of its cell was expected')
  return pid
}

/** Resolves when the process is no more. */
export async function gone (pid: number): Promise<void> {
  while (exists(pid)) await wait(1)
}

function exists (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
