/**
 * Looks at a cell from outside: its memory, because V8 counts neither buffers nor ICU nor WebAssembly, and its pulse.
 * Memory is read from `/proc/<pid>/statm` (Linux); elsewhere it is not watched, and the start says so.
 */
import { readFileSync } from 'node:fs'
import type { Cell } from './cell.ts'

export interface Watchdog { stop(): void }

/** At most so long between two looks at the memory of a cell that has runs. */
const MEMORY_MS = 50
const PING_MS = 1_000
const PAGE_BYTES = 4_096
const MEGABYTE = 1_048_576

export function watch (cell: Cell, limits: { readonly memoryMb: number, readonly unresponsiveMs: number }): Watchdog {
  const memory = setInterval(() => {
    if (cell.running === 0 || cell.pid === undefined) return
    const found = memoryMb(cell.pid)
    if (found !== undefined && found > limits.memoryMb) cell.kill({ by: 'runner', reason: 'cell-memory', detail: `${Math.round(found)} MB` })
  }, MEMORY_MS).unref()

  let n = 0
  let askedAt: number | undefined
  const pulse = setInterval(() => {
    if (!cell.isReady) return
    if (askedAt !== undefined && cell.lastPongAt < askedAt) {
      if (performance.now() - askedAt > limits.unresponsiveMs) cell.kill({ by: 'runner', reason: 'unresponsive' })
      return
    }
    askedAt = performance.now()
    cell.ping(++n)
  }, PING_MS).unref()

  return {
    stop () {
      clearInterval(memory)
      clearInterval(pulse)
    }
  }
}

/** Resident memory of a process that it does not share, in MB; undefined when it is gone or the system has no /proc. */
export function memoryMb (pid: number): number | undefined {
  try {
    const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number)
    return ((resident as number) - (shared as number)) * PAGE_BYTES / MEGABYTE // the kernel writes seven numbers
  } catch {
    return undefined
  }
}
