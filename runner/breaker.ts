/**
 * Plugin contents that bring cells down (convicted: alone in the cell that died of them).
 *
 * 1. from the first conviction on, each run of the content is alone in a cell of its own
 * 2. `crashes` of them within `windowMs` pause the content for `pauseMs`: its runs end at once
 * 3. then one run at a time is a trial: it brings its cell down, and the pause begins anew; it does not, and the content may run again
 *
 * What is known lies in the store, so that all runners know it; it goes with the content, and a new version of a plugin starts afresh.
 */
import type { Store } from '../store/types.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { OutcomeFacts } from './outcome.ts'

export interface BreakerRules {
  /** Two at least. */
  readonly crashes: number
  readonly windowMs: number
  readonly pauseMs: number
}

export interface BreakerOptions {
  readonly store: Pick<Store, 'crashes' | 'locks'>
  readonly rules: BreakerRules
  /** Longest life of a trial: afterwards somebody else may try. */
  readonly trialMs: number
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
}

export type Admission =
  /** `alone`: it must not share its cell. */
  | { readonly ok: true, readonly alone: boolean, readonly trial: boolean }
  | { readonly ok: false, readonly paused: Paused }

/** `until` is absent while a trial goes on. */
interface Paused { readonly count: number, readonly minutes: number, readonly until?: string }

type Content = Pick<CachedPlugin, 'integrity' | 'artefact'>

export interface Breaker {
  /** Whether a run of the content may begin. A trial must be ended by `end`. */
  admit (content: Content, runId: string): Promise<Admission>
  /** The run has brought its cell down. */
  convict (content: Content, runId: string): Promise<void>
  /** A trial is over. `survived`: the plugin ran, and its cell is still there. */
  end (content: Content, runId: string, survived: boolean): Promise<void>
}

/** A content that has not crashed for so long is forgotten, its conviction included. */
const FORGET_MS = 90 * 86_400_000
const FORGET_AT_ONCE = 100

export function createBreaker ({ store: { crashes, locks }, rules, trialMs, clock = Date.now }: BreakerOptions): Breaker {
  const date = (ms: number): string => new Date(ms).toISOString()
  const trialOf = ({ integrity }: Content): string => `trial:${integrity}`
  return {
    async admit (content, runId) {
      const record = await crashes.get(content.integrity)
      const now = clock()
      const opened = openedBy(record?.crashes ?? [], rules)
      if (opened === undefined) return { ok: true, alone: record?.convicted !== undefined, trial: false }
      const { count, minutes, untilMs } = opened
      if (now < untilMs) return { ok: false, paused: { count, minutes, until: date(untilMs) } }
      const mine = await locks.acquire(trialOf(content), runId, date(now), date(now + trialMs))
      return mine ? { ok: true, alone: true, trial: true } : { ok: false, paused: { count, minutes } }
    },

    async convict ({ integrity, artefact }, runId) {
      await crashes.record({ content: integrity, artefact, runId, date: date(clock()), alone: true })
      await crashes.prune(date(clock() - FORGET_MS), FORGET_AT_ONCE)
    },

    async end (content, runId, survived) {
      if (survived) await forgive(content)
      await locks.release(trialOf(content), runId)
    }
  }

  /**
   * The conviction stays, and lies before the window: it is not counted with the next crashes. Cut short between the two steps, the content
   * is as good as new: it costs one cell to learn better.
   */
  async function forgive ({ integrity, artefact }: Content): Promise<void> {
    const convicted = (await crashes.get(integrity))?.convicted
    await crashes.pardon(integrity)
    if (convicted === undefined) return
    const before = Math.min(Date.parse(convicted.date), clock() - rules.windowMs - 1)
    await crashes.record({ content: integrity, artefact, runId: convicted.runId, date: date(before), alone: true })
  }
}

/**
 * Pure. Undefined: the content is not paused, nor to be tried. `dates`: of the crashes since the content was last forgiven, oldest first.
 * Once open, each later crash is that of a trial. The store keeps the last 20 dates: after as many trials that failed it takes
 * `crashes` within the window again.
 */
export function openedBy (dates: readonly string[], { crashes, windowMs, pauseMs }: BreakerRules): { readonly count: number, readonly minutes: number, readonly untilMs: number } | undefined {
  const times = dates.map(date => Date.parse(date))
  const first = times.findIndex((time, index) => (times[index + crashes - 1] ?? Infinity) - time <= windowMs)
  const [from, last] = [times[first], times.at(-1)]
  if (from === undefined || last === undefined) return undefined
  return { count: times.length - first, minutes: Math.max(1, Math.ceil((last - from) / 60_000)), untilMs: last + pauseMs }
}

/**
 * Pure. The run has brought down the cell in which it was alone, by its own doing. A cell that was killed because the run did not obey
 * the end of another limit is no crash, nor is one that the runner ends or that dies under a stop or a kill.
 */
export function isConvicted ({ cellDied, kill, ended, stopping }: OutcomeFacts): boolean {
  if (cellDied?.alone !== true || kill !== undefined || ended !== undefined || stopping !== undefined) return false
  const { death } = cellDied
  return death.by === 'itself' || death.reason === 'cell-memory' || death.reason === 'protocol' || death.reason === 'unresponsive'
}
