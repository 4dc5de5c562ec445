/** Starts, plans and stops runs by writing to the store; whoever runs them is woken by the queue and the bus. */
import { nanoid } from 'nanoid'
import { renderText, type Locale } from './outcome-texts.ts'
import { nextDate, ScheduleError } from './schedule.ts'
import type { NewRun, Processing, Run, RunTrigger, Store } from '../store/types.ts'
import type { Queue } from './queue/types.ts'
import type { Bus, TriggerResult, Triggers } from './types.ts'

export interface TriggersOptions {
  readonly store: Pick<Store, 'processings' | 'runs'>
  readonly queue: Queue
  readonly bus: Bus
  /** Language of the text kept with a run that is killed before it has started. */
  readonly locale: Locale
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
}

/** Longest delay of a trigger: a year. */
const MAX_DELAY_SECONDS = 31_536_000

/**
 * Source: data-fair/processings v6, `createNext`, with its delay made to work. The store keeps the promise that a processing has
 * at most one run that waits or runs; nothing is locked here.
 */
export function createTriggers (options: TriggersOptions): Triggers {
  return new StoreTriggers(options)
}

class StoreTriggers implements Triggers {
  readonly #runs: Store['runs']
  readonly #processings: Store['processings']
  readonly #queue: Queue
  readonly #bus: Bus
  readonly #locale: Locale
  readonly #clock: () => number

  constructor ({ store, queue, bus, locale, clock = Date.now }: TriggersOptions) {
    this.#runs = store.runs
    this.#processings = store.processings
    this.#queue = queue
    this.#bus = bus
    this.#locale = locale
    this.#clock = clock
  }

  /** Throws `RangeError` for a delay that is negative or longer than a year. */
  async trigger (processing: Processing, { delaySeconds, cause = { type: 'manual' } }: { readonly delaySeconds?: number, readonly cause?: RunTrigger } = {}): Promise<TriggerResult> {
    const delay = checkDelay(delaySeconds ?? 0)
    if (!processing.active) return { ok: false, code: 'inactive' }
    const scheduledAt = new Date(this.#clock() + delay * 1000).toISOString()
    const placed = await this.#place(processing, { ...this.#newRun(processing, cause), status: 'triggered', scheduledAt })
    if (placed.ok) return placed
    const { active } = placed
    if (active.status !== 'triggered') return { ok: false, code: 'already-running', active }
    return delaySeconds === undefined || active.scheduledAt === scheduledAt ? { ok: true, run: active } : await this.#move(processing, active, scheduledAt, cause)
  }

  /** Throws `ScheduleError` when a rule has no future date. */
  async arm (processing: Processing): Promise<Run | undefined> {
    return await this.#armAfter(processing, this.#clock())
  }

  async disarm (processingId: string): Promise<void> {
    await this.#forget(await this.#runs.removePending(processingId))
  }

  /** A planned run that is killed is skipped: the one after it is planned. */
  async kill (runId: string): Promise<Run | undefined> {
    const outcome = { code: 'killed', params: {}, message: renderText('killed', {}, this.#locale) }
    const before = await this.#runs.get(runId)
    const run = await this.#runs.kill(runId, new Date(this.#clock()).toISOString(), outcome)
    if (run === undefined) return
    this.#bus.publish(`run:${runId}`)
    if (run.status === 'kill') this.#bus.publish('kill')
    else await this.#replaceKilled(run, before?.status === 'scheduled')
    return run
  }

  async #place (processing: Processing, run: NewRun): Promise<{ readonly ok: true, readonly run: Run } | { readonly ok: false, readonly active: Run }> {
    const placed = await this.#runs.replacePending(run)
    if (!placed.ok) return placed
    const former = processing.nextRun?._id
    if (former !== undefined && former !== run._id) await this.#queue.cancel(former)
    await this.#announce(placed.run)
    return placed
  }

  async #announce (run: Run): Promise<void> {
    const dueAt = run.scheduledAt ?? run.createdAt
    await this.#queue.schedule(run._id, dueAt)
    this.#bus.publish(`run:${run._id}`)
    if (Date.parse(dueAt) <= this.#clock()) this.#bus.publish('due')
  }

  /** Gives a run that waits its new date, in one step: it is never gone. One that has run before keeps its date: it is to be resumed. */
  async #move (processing: Processing, waiting: Run, scheduledAt: string, cause: RunTrigger): Promise<TriggerResult> {
    const moved = await this.#runs.reschedule(waiting._id, scheduledAt)
    if (moved !== undefined) {
      await this.#announce(moved)
      return { ok: true, run: moved }
    }
    const found = await this.#runs.get(waiting._id)
    if (found?.status === 'triggered') return { ok: true, run: found }
    if (found?.status === 'running' || found?.status === 'kill') return { ok: false, code: 'already-running', active: found }
    // It has ended or was removed meanwhile: the caller asked for a run all the same.
    const placed = await this.#place(processing, { ...this.#newRun(processing, cause), status: 'triggered', scheduledAt })
    if (placed.ok) return placed
    // Somebody else was quicker: theirs is as good as ours while it waits.
    return placed.active.status === 'triggered' ? { ok: true, run: placed.active } : { ok: false, code: 'already-running', active: placed.active }
  }

  async #armAfter (processing: Processing, afterMs: number): Promise<Run | undefined> {
    const date = processing.active ? nextDate(processing.scheduling, new Date(afterMs)) : null
    if (date === null) {
      await this.#unplan(processing)
      return
    }
    const placed = await this.#place(processing, { ...this.#newRun(processing, { type: 'schedule' }), status: 'scheduled', scheduledAt: date.toISOString() })
    return placed.ok ? placed.run : undefined
  }

  /** Removes the planned run. A triggered one of an active processing stays: a person has asked for it. */
  async #unplan (processing: Processing): Promise<void> {
    await this.#forget(await this.#runs.removePending(processing._id, processing.active ? 'scheduled' : undefined))
  }

  /** Runs that were removed. */
  async #forget (runIds: readonly string[]): Promise<void> {
    for (const id of runIds) {
      await this.#queue.cancel(id)
      this.#bus.publish(`run:${id}`)
    }
  }

  async #replaceKilled (killed: Run, planned: boolean): Promise<void> {
    await this.#queue.cancel(killed._id)
    const processing = await this.#processings.get(killed.processing._id)
    if (!processing?.active) return
    try {
      await this.#armAfter(processing, planned ? Math.max(this.#clock(), Date.parse(killed.scheduledAt ?? killed.createdAt)) : this.#clock())
    } catch (error) {
      // A rule without a further date: there is nothing left to plan, and the kill itself is done.
      if (!(error instanceof ScheduleError)) throw error
    }
  }

  #newRun (processing: Processing, trigger: RunTrigger): Omit<NewRun, 'status'> {
    return {
      _id: nanoid(),
      owner: processing.owner,
      processing: { _id: processing._id, title: processing.title },
      plugin: processing.plugin,
      createdAt: new Date(this.#clock()).toISOString(),
      trigger,
      ...(processing.permissions === undefined ? {} : { permissions: processing.permissions })
    }
  }
}

function checkDelay (seconds: number): number {
  if (!(seconds >= 0 && seconds <= MAX_DELAY_SECONDS)) throw new RangeError(`a trigger needs a delay from 0 to ${MAX_DELAY_SECONDS} seconds, found ${seconds}`)
  return seconds
}
