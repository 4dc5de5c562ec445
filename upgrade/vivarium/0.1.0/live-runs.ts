/** Which of several runs of one processing that wait or are held stays. Pure. */

/** What is read of such a run. */
export interface LiveRun {
  readonly _id: string
  readonly status: string
  readonly createdAt: string
  readonly scheduledAt?: string
  readonly startedAt?: string
  /** Set by this service when it holds the run as the live one of its processing. */
  readonly slot?: unknown
}

export interface Verdict {
  readonly keep: LiveRun | undefined
  /** Planned runs: nobody asked for them, and the next one is planned anew. */
  readonly remove: readonly LiveRun[]
  /** Runs that a person has asked for, and that stand behind another one: they end as killed. */
  readonly kill: readonly LiveRun[]
  /** Runs that were left running by a worker that is gone: they end in error. */
  readonly interrupt: readonly LiveRun[]
}

export const HELD = ['running', 'kill']
export const WAITING = ['scheduled', 'triggered']

/** `wanted` false: the processing is gone, and none of them stays. Of runs that this service holds itself none is touched. */
export function judgeLiveRuns (runs: readonly LiveRun[], wanted: boolean): Verdict {
  const [first] = runs.toSorted(inOrder)
  const keep = wanted ? first : undefined
  const surplus = runs.filter(run => run !== keep && run.slot === undefined)
  return {
    keep,
    remove: surplus.filter(({ status }) => status === 'scheduled'),
    kill: surplus.filter(({ status }) => status === 'triggered'),
    interrupt: surplus.filter(({ status }) => HELD.includes(status))
  }
}

/** The one that this service knows, then the one that started last, then the one that was asked for first, then the one that is planned first. */
function inOrder (a: LiveRun, b: LiveRun): number {
  return rank(a) - rank(b) || (HELD.includes(a.status) ? compare(momentOf(b), momentOf(a)) : compare(momentOf(a), momentOf(b))) || compare(a._id, b._id)
}

function rank ({ slot, status }: LiveRun): number {
  if (slot !== undefined) return 0
  return HELD.includes(status) ? 1 : status === 'triggered' ? 2 : 3
}

function momentOf ({ status, startedAt, scheduledAt, createdAt }: LiveRun): string {
  return (HELD.includes(status) ? startedAt : scheduledAt) ?? createdAt
}

function compare (a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
