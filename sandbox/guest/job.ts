/** The job of this isolate: one, set once. */
import type { Job, JobLimits } from '../protocol.ts'
import { NativeError } from './primordials.ts'

/** Holds until the job has come: nothing but our own code runs before. */
const BEFORE_THE_JOB: JobLimits = { heapMb: 0, resultBytes: 1e6, logEntries: 1000, logBytes: 1e6, logEntryBytes: 1e5, messageBytes: 1e6, timers: 1000 }

let current: Job | undefined

export function acceptJob (job: Job): void {
  if (current !== undefined) throw new NativeError('this isolate already has a job')
  current = job
}

export function theJob (): Job {
  if (current === undefined) throw new NativeError('this isolate has no job yet')
  return current
}

export function limits (): JobLimits {
  return current === undefined ? BEFORE_THE_JOB : current.limits
}

/** True when lines of type debug are wanted. */
export function debugging (): boolean {
  return current !== undefined && current.debug
}
