/** The processing time that an account may use (upstream: `processings_seconds`). */
import type { AccountLimits } from '../store/account-types.ts'
import type { Run } from '../store/types.ts'

/** Pure. Seconds left: -1 without a limit, never below 0. `defaultLimit`: DEFAULT_LIMITS_PROCESSINGS_SECONDS. */
export function remainingSeconds (limits: AccountLimits | undefined, defaultLimit: number): number {
  const seconds = limits?.processings_seconds
  const limit = limits?.defaults === true ? defaultLimit : seconds?.limit ?? defaultLimit
  return limit === -1 ? -1 : Math.max(0, limit - (seconds?.consumption ?? 0))
}

/** Pure. What an ended run has used, rounded to seconds as upstream does; a run that never started has used nothing. */
export function usedSeconds ({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>): number {
  if (startedAt === undefined || finishedAt === undefined) return 0
  return Math.max(0, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000))
}
