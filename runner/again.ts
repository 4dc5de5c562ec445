/** Whether a run that has ended badly is run again. Pure. */
import type { Effects, Run } from '../store/types.ts'
import type { OutcomeFacts } from './outcome.ts'

export const NO_EFFECTS: Effects = { writes: 0, configPatches: 0, mails: 0 }

export function hasEffects (effects: Effects | undefined): boolean {
  return effects !== undefined && effects.writes + effects.configPatches + effects.mails > 0
}

/**
 * Undefined: what has happened is the end of the run. Else why it is run again: it was interrupted, or is a suspect of its cell's death.
 * What a run was ended for (a limit, a kill) is an end of its own. Whoever calls has made sure that it has had no effects.
 */
export function whyAgain (facts: OutcomeFacts, run: Run, maxInterruptions: number): Run['resumed'] {
  if (facts.kill !== undefined || facts.ended !== undefined || facts.notStarted?.by === 'inactive') return undefined
  if (facts.stopping === 'asked' || (facts.stopping !== undefined && facts.result?.ok !== true)) return whyAgainInterrupted(run, maxInterruptions)
  if (facts.cellDied === undefined || facts.cellDied.again) return undefined
  const { death, alone } = facts.cellDied
  if (alone && death.by === 'runner' && (death.reason === 'cell-memory' || death.reason === 'protocol')) return undefined // convicted: the cause is known
  return { ...run.resumed, reason: 'cell-died', quarantine: true }
}

/** Undefined: often enough. A run that brings its runner down would else do so for ever. */
export function whyAgainInterrupted (run: Run, maxInterruptions: number): Run['resumed'] {
  const interruptions = interruptionsOf(run)
  return interruptions > maxInterruptions ? undefined : { ...run.resumed, reason: 'interrupted', quarantine: run.resumed?.quarantine ?? false, interruptions }
}

/** What an interruption is told as once the run is not run again any more; nothing of it before. */
export function interruptedTooOften (run: Run, maxInterruptions: number): Pick<OutcomeFacts, 'interruptions'> {
  const interruptions = interruptionsOf(run)
  return interruptions > maxInterruptions && maxInterruptions > 0 ? { interruptions } : {}
}

/** The one that happens now included. */
function interruptionsOf (run: Run): number {
  return (run.resumed?.interruptions ?? 0) + 1
}
