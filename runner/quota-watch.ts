/** Stops a run once its account has used up the processing time that it is allowed. */
import { remainingSeconds, sharedMs } from './quota.ts'
import type { Run } from '../store/types.ts'
import type { RunDeps } from './deps.ts'

/** A quota that is lowered or raised, and runs that begin meanwhile, are seen so soon at the latest. */
const LOOK_MS = 30_000
/** Between two looks when the time is nearly up, and when the store fails: the run goes on, as it would with a store that is slow. */
const SOON_MS = 50
const FAILED_MS = 5_000

export interface QuotaWatch {
  close(): void
}

export interface QuotaWatchOptions extends Pick<RunDeps, 'store' | 'defaultSeconds' | 'onError'> {
  /** @default 30000 */
  readonly lookMs?: number
}

/** `onReached` is called once at most, and not after `close`. The run itself is among those that the store says are held. */
export function watchQuota (options: QuotaWatchOptions, run: Run, onReached: () => void): QuotaWatch {
  const { onError, lookMs = LOOK_MS } = options
  let closed = false
  let timer: NodeJS.Timeout | undefined
  const again = (ms: number): void => { timer = setTimeout(look, ms) }
  const look = (): void => {
    leftMs(options, run).then(left => {
      if (closed) return
      if (left <= 0) onReached()
      else again(Math.min(lookMs, Math.max(SOON_MS, left)))
    }).catch(error => {
      onError(error, run)
      if (!closed) again(FAILED_MS)
    })
  }
  look()
  return {
    close () {
      closed = true
      clearTimeout(timer)
    }
  }
}

async function leftMs ({ store, defaultSeconds }: QuotaWatchOptions, run: Run): Promise<number> {
  const remaining = remainingSeconds(await store.limits.get(run.owner), defaultSeconds)
  if (remaining === -1) return Infinity
  const held = (await store.runs.held()).filter(({ owner }) => owner.type === run.owner.type && owner.id === run.owner.id)
  return sharedMs(remaining, held.flatMap(({ startedAt }) => startedAt === undefined ? [] : [startedAt]), Date.now())
}
