/** The processing time that an account may use (upstream: `processings_seconds`). */
import type { AccountLimits } from '../store/account-types.ts'
import type { Run } from '../store/types.ts'

/** Pure. What holds for an account, in seconds; a limit of -1: unlimited. `defaultLimit`: DEFAULT_LIMITS_PROCESSINGS_SECONDS. */
export function quotaOf (limits: AccountLimits | undefined, defaultLimit: number): { readonly limit: number, readonly consumption: number } {
  const seconds = limits?.processings_seconds
  return { limit: limits?.defaults === true ? defaultLimit : seconds?.limit ?? defaultLimit, consumption: seconds?.consumption ?? 0 }
}

/** Pure. Seconds left: -1 without a limit, never below 0. */
export function remainingSeconds (limits: AccountLimits | undefined, defaultLimit: number): number {
  const { limit, consumption } = quotaOf(limits, defaultLimit)
  return limit === -1 ? -1 : Math.max(0, limit - consumption)
}

/**
 * Pure. For how many milliseconds the runs of an account may still go on side by side; never below 0, Infinity without a limit.
 * `startedAt`: of the runs that go on. Their time is not in the consumption yet, and is used up all the same.
 */
export function sharedMs (remaining: number, startedAt: readonly string[], now: number): number {
  if (remaining === -1) return Infinity
  const used = startedAt.reduce((sum, date) => sum + Math.max(0, now - Date.parse(date)), 0)
  return Math.max(0, (remaining * 1000 - used) / Math.max(1, startedAt.length))
}

/** Pure. What an ended run has used, rounded to seconds as upstream does; a run that never started has used nothing. */
export function usedSeconds ({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>): number {
  if (startedAt === undefined || finishedAt === undefined) return 0
  return Math.max(0, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000))
}
