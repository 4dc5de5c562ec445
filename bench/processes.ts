/** Memory of a process as Linux accounts it. */
import { readFile } from 'node:fs/promises'

export interface ProcessMemory {
  /** Its own pages, and its share of those that it shares. */
  readonly pssMb: number
  /** All its pages, shared ones counted in full. */
  readonly rssMb: number
}

/** Undefined where there is no `/proc/<pid>/smaps_rollup`, or the process is gone. */
export async function memoryOf (pid: number): Promise<ProcessMemory | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024
  return { pssMb: mb('Pss'), rssMb: mb('Rss') }
}
