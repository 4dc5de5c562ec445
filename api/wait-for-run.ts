/** A request that waits for the end of a run. */
import { isEnded } from './log-events.ts'
import type { ApiDeps, Context } from './types.ts'
import type { Run } from '../store/types.ts'
import { Waker } from './waker.ts'

/** Requests that wait at the same time, in this process; one more does not wait. */
const MAX_WAITS = 1000
const POLL_MS = 1000

export class RunWaits {
  readonly #deps: Pick<ApiDeps, 'store' | 'bus' | 'closing' | 'options'>
  #waiting = 0

  constructor (deps: Pick<ApiDeps, 'store' | 'bus' | 'closing' | 'options'>) {
    this.#deps = deps
  }

  /** The run as it is when it has ended, after `seconds`, when the reader leaves or when the service stops; undefined: it was deleted meanwhile. */
  async ended (ctx: Context, run: Run, seconds: number): Promise<Run | undefined> {
    const { maxWaits = MAX_WAITS } = this.#deps.options
    if (isEnded(run) || seconds === 0 || this.#waiting >= maxWaits) return run
    const left = new AbortController()
    const leave = () => { left.abort() }
    ctx.res.once('close', leave)
    this.#waiting++
    try {
      return await this.#follow(run, AbortSignal.any([left.signal, AbortSignal.timeout(seconds * 1000), ...(this.#deps.closing === undefined ? [] : [this.#deps.closing])]))
    } finally {
      this.#waiting--
      ctx.res.removeListener('close', leave)
    }
  }

  async #follow ({ _id }: Run, signal: AbortSignal): Promise<Run | undefined> {
    const { store, bus, options } = this.#deps
    const waker = new Waker(bus, `run:${_id}`, signal)
    try {
      for (;;) {
        const over = signal.aborted
        const run = await store.runs.get(_id)
        if (over || run === undefined || isEnded(run)) return run
        await waker.wait(options.pollMs ?? POLL_MS)
      }
    } finally {
      waker.close()
    }
  }
}
