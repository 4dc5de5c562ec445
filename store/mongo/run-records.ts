/** Documents of the collection `runs` and the `Run` they stand for. Pure. */
import type { NewRun, Run, RunSnapshot, RunStatus } from '../types.ts'
import type { Fields, Stored } from './documents.ts'
import { present, storedFields } from './encoding.ts'

export const WAITING = ['scheduled', 'triggered'] as const satisfies RunStatus[]
export const HELD = ['running', 'kill'] as const satisfies RunStatus[]
export const ENDED = ['finished', 'error', 'killed'] as const satisfies RunStatus[]

/** All of a run but its log, which data-fair/processings keeps in it. */
export const WHOLE: Fields = { log: 0 }
/** As lists tell it. */
export const LISTED: Fields = { log: 0, 'trigger.body': 0 }

/** A run that data-fair/processings has written was never claimed here. */
export function runOf (stored: Stored): Run {
  const { slot, due, logged, log, owner, ...fields } = stored
  const run = present(fields)
  return { ...run, ...(owner === undefined ? {} : { owner: present(owner) }), attempt: run.attempt ?? 0 } as Run // what `storedRun` wrote, or data-fair/processings in the same shape
}

export function snapshotOf (run: Run): RunSnapshot {
  const { processing, owner, trigger, ...snapshot } = run
  return snapshot
}

/** `logged` is the number of its last log entry: it is counted here so that one write both fences and numbers a batch (logs.ts). */
export function storedRun (run: NewRun): Stored {
  return { ...storedFields({ ...run, attempt: 0, slot: run.processing._id, due: run.scheduledAt ?? run.createdAt }), logged: 0 }
}

export function isOneOf (statuses: readonly RunStatus[], status: unknown): boolean {
  return (statuses as readonly unknown[]).includes(status)
}
