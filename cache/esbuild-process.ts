/**
 * esbuild is a process of its own, started by the thread that uses it. It lives for one task: it is ended with it, the service
 * is told its process id so that it can be killed when the thread itself has to be, and its memory is watched.
 */
import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { initialize, stop } from 'esbuild'

const PAGE = 4096
const WATCH_MS = 50

/** It ended by itself in the middle of its work: a fault of the operating system, or code that brings it down. */
export class EsbuildDiedError extends Error {
  override readonly name = 'EsbuildDiedError'
}

export class EsbuildMemoryError extends Error {
  override readonly name = 'EsbuildMemoryError'
}

/**
 * Runs `work` while esbuild runs. `processId[0]` holds its process id meanwhile, 0 before and after.
 * Throws `EsbuildMemoryError` when it had to be killed for its memory, `EsbuildDiedError` when it ended by itself.
 */
export async function withEsbuild<T> (processId: Int32Array, memoryBytes: number, work: () => Promise<T>): Promise<T> {
  const child = await start()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  Atomics.store(processId, 0, child.pid ?? 0)
  let over = false
  const watch = setInterval(() => {
    if (residentBytes(child.pid) <= memoryBytes) return
    over = true
    child.kill('SIGKILL')
  }, WATCH_MS)
  try {
    return await work()
  } catch (cause) {
    if (over) throw new EsbuildMemoryError('esbuild was killed for its memory', { cause })
    throw hasDied(cause) ? new EsbuildDiedError('esbuild ended in the middle of its work', { cause }) : cause
  } finally {
    clearInterval(watch)
    await stop()
    child.kill('SIGKILL') // stop() asks with SIGTERM
    await ended
    Atomics.store(processId, 0, 0)
  }
}

/** esbuild's own words for it; those of a build that failed begin otherwise. */
function hasDied (error: unknown): boolean {
  return error instanceof Error && /^The service (?:was stopped|is no longer running)/.test(error.message)
}

/** Starts esbuild and catches the child process, which its API does not hand out. */
async function start (): Promise<ChildProcess> {
  let child: ChildProcess | undefined
  const see = (message: unknown): void => { child = (message as { process: ChildProcess }).process } // documented shape of the channel
  await stop() // a service that somebody else of this thread left running would not be ours to watch
  subscribe('child_process', see)
  try {
    await initialize({})
  } finally {
    unsubscribe('child_process', see)
  }
  if (child === undefined) throw new Error('esbuild was expected to start a process, and did not')
  return child
}

function residentBytes (pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE
  } catch {
    return 0 // ended, or a system without /proc
  }
}
