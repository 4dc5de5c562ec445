/**
 * The last write of a run: it says how the run has ended, and nobody else knows. So a store that fails (a full disk, a lock that somebody
 * holds, a lost connection) is asked again and again, for about five minutes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { StoreError, type FinishPatch, type Run, type RunStore } from '../store/types.ts'

export interface PersistOptions {
  /** Aborted: the runner stops; there is one more try, at once. Whoever starts next settles the run. */
  readonly stopping: AbortSignal
  /** Once, at the first failure. */
  readonly onFailing: (error: unknown) => void
  /** The waits between tries. */
  readonly waitsMs?: readonly number[]
}

const WAITS_MS = [100, 200, 400, 800, 1_600, 3_200, 6_400, ...Array.from({ length: 29 }, () => 10_000)]
/** Of an error that does not come from a store that is out of reach: it will most likely come again. */
const TRIES_WHEN_REFUSED = 3

type Held = Pick<Run, '_id' | 'attempt'>

/** As `finish` of the store. Rejects with the last error of the store. */
export async function finishRun (runs: Pick<RunStore, 'finish' | 'get'>, { _id, attempt }: Held, patch: FinishPatch, options: PersistOptions): Promise<Run | undefined> {
  return await persist(async again => {
    const finished = await runs.finish(_id, attempt, patch)
    if (finished !== undefined || !again) return finished
    const run = await runs.get(_id) // the try that has failed may have been done all the same
    return run?.attempt === attempt && run.finishedAt === patch.finishedAt ? run : undefined
  }, options)
}

/** As `handBack` of the store, due at once by default. Rejects with the last error of the store. */
export async function handBackRun (runs: Pick<RunStore, 'handBack' | 'get'>, { _id, attempt }: Held, resumed: NonNullable<Run['resumed']>, options: PersistOptions & { readonly dueAt?: string }): Promise<Run | undefined> {
  return await persist(async again => {
    const back = await runs.handBack(_id, attempt, options.dueAt ?? new Date().toISOString(), resumed)
    if (back !== undefined || !again) return back
    const run = await runs.get(_id) // as above
    return run?.status === 'triggered' || (run !== undefined && run.attempt > attempt) ? run : undefined
  }, options)
}

/**
 * Answers what `write` answers. `again`: a former try has failed, and may have been done all the same.
 * Rejects with the last error of the store.
 */
export async function persist<T> (write: (again: boolean) => Promise<T>, { stopping, onFailing, waitsMs = WAITS_MS }: PersistOptions): Promise<T> {
  for (let tries = 1; ; tries++) {
    const last = stopping.aborted
    try {
      return await write(tries > 1)
    } catch (error) {
      if (tries === 1) onFailing(error)
      const waitMs = waitsMs[tries - 1]
      const reachable = !(error instanceof StoreError && error.code === 'unavailable')
      if (last || waitMs === undefined || (reachable && tries >= TRIES_WHEN_REFUSED)) throw error
      await delay(waitMs, undefined, { signal: stopping }).catch(() => {}) // aborted: the last try comes at once
    }
  }
}
