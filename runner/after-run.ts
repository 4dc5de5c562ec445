/** What follows a run that has ended: failure policy, deletion, the next planned run. */
import { renderText, type Locale, type TextParams } from './outcome-texts.ts'
import { usedSeconds } from './quota.ts'
import type { Processing, Run, Store } from '../store/types.ts'
import type { Bus, Triggers } from './types.ts'

export interface AfterRunOptions {
  readonly store: Pick<Store, 'processings' | 'runs' | 'limits' | 'logs'>
  readonly bus: Bus
  /** Language of the lines added to logs. */
  readonly locale: Locale
  readonly triggers: Pick<Triggers, 'arm' | 'disarm'>
  /** Failures in a row after which a processing is deactivated. */
  readonly maxFailures: number
  /** Hours that these failures must span. */
  readonly cooldownHours: number
  /** Ended runs kept for each processing. */
  readonly retention: number
  /** A step that failed; the others are done all the same. */
  readonly onError: (step: AfterRunStep, run: Run, error: unknown) => void
  /** The failure policy has deactivated a processing; the log of its last run is about to say so. */
  readonly onDisabled?: (run: Run, processing: Processing) => void
}

type AfterRunStep = 'consumption' | 'failure-policy' | 'delete-on-complete' | 'retention' | 'next-run'

/** Never rejects. Expects a run whose end is in the store. Source: data-fair/processings v6, `finish`. */
export function createAfterRun (options: AfterRunOptions): (run: Run) => Promise<void> {
  const steps: readonly (readonly [AfterRunStep, (run: Run) => Promise<void>])[] = [
    ['consumption', run => addConsumption(options, run)],
    ['failure-policy', run => applyFailurePolicy(options, run)],
    ['delete-on-complete', run => deleteOnComplete(options, run)],
    ['retention', run => retain(options, run)],
    ['next-run', run => planNext(options, run)] // last: a processing that was just deactivated has no next run
  ]
  return async run => {
    for (const [name, step] of steps) {
      try {
        await step(run)
      } catch (error) {
        options.onError(name, run, error)
      }
    }
  }
}

/**
 * True when exactly `maxFailures` of `runs` are errors and the first and the last of them lie at least `cooldownHours` apart.
 * `runs` is the window to judge: the last `maxFailures` runs, so that exactly means all. Upstream looks at the span of errors
 * over all runs that are kept; a failure of long ago then cuts the cooldown short.
 */
export function shouldDisable (runs: readonly Pick<Run, 'status' | 'finishedAt'>[], maxFailures: number, cooldownHours: number): boolean {
  const errors = runs.filter(run => run.status === 'error')
  if (errors.length !== maxFailures) return false
  const dates = errors.flatMap(run => run.finishedAt === undefined ? [] : [Date.parse(run.finishedAt)])
  if (dates.length === 0) return false
  return Math.max(...dates) - Math.min(...dates) >= cooldownHours * 3_600_000
}

/** What a log says last because of what is about to follow the end. */
export interface LastLine {
  readonly type: 'warning'
  readonly code: 'processing-disabled'
  readonly params: TextParams
}

/**
 * Answers what follows the end that `run` is about to have and its log should say before: who follows it live reads on until the end only.
 * Never rejects: what could not be looked up is told after the end.
 */
export function createLastLine (options: AfterRunOptions): (run: Run, end: Pick<Run, 'status' | 'finishedAt'>) => Promise<LastLine | undefined> {
  return async (run, end) => {
    try {
      return await willDisable(options, run, end) ? disabledLine(options) : undefined
    } catch (error) {
      options.onError('failure-policy', run, error)
      return undefined
    }
  }
}

/** As `applyFailurePolicy` will see it, with this run among those that have ended. */
async function willDisable ({ store, maxFailures, cooldownHours }: AfterRunOptions, run: Run, end: Pick<Run, 'status' | 'finishedAt'>): Promise<boolean> {
  if (end.status !== 'error' || maxFailures < 1) return false
  if ((await store.processings.get(run.processing._id))?.active !== true) return false
  const before = maxFailures === 1 ? [] : await store.runs.lastEnded(run.processing._id, maxFailures - 1)
  return shouldDisable([end, ...before], maxFailures, cooldownHours)
}

function disabledLine ({ maxFailures }: AfterRunOptions): LastLine {
  return { type: 'warning', code: 'processing-disabled', params: { count: maxFailures, key: 'MAX_FAILURES' } }
}

async function addConsumption ({ store }: AfterRunOptions, run: Run): Promise<void> {
  const seconds = usedSeconds(run)
  if (seconds > 0) await store.limits.addConsumption(run.owner, seconds, run.finishedAt ?? run.createdAt)
}

async function applyFailurePolicy (options: AfterRunOptions, run: Run): Promise<void> {
  const { store, triggers, maxFailures, cooldownHours, onDisabled } = options
  if (run.status !== 'error') return
  const processing = await store.processings.get(run.processing._id)
  if (!processing?.active) return
  if (!shouldDisable(await store.runs.lastEnded(processing._id, maxFailures), maxFailures, cooldownHours)) return
  await store.processings.patch(processing._id, { active: false })
  await triggers.disarm(processing._id)
  onDisabled?.(run, processing)
  await tellDisabled(options, run)
}

/** In the log of the run that was one too many: its owner looks there first. It is there already when it was foreseen (`createLastLine`). */
async function tellDisabled (options: AfterRunOptions, run: Run): Promise<void> {
  const { store: { logs }, bus, locale } = options
  const line = disabledLine(options)
  const last = await logs.last(run._id)
  const [entry] = last === 0 ? [] : await logs.read(run._id, { after: last - 1, limit: 1 })
  if (entry?.code === line.code) return
  await logs.append(run._id, run.attempt, [{ ...line, msg: renderText(line.code, line.params, locale), seq: last + 1, date: new Date().toISOString() }])
  bus.publish(`run:${run._id}`)
}

async function deleteOnComplete ({ store }: AfterRunOptions, run: Run): Promise<void> {
  if (run.deleteOnComplete) await store.runs.remove(run._id)
}

async function retain ({ store, retention }: AfterRunOptions, run: Run): Promise<void> {
  await store.runs.retain(run.processing._id, retention)
}

async function planNext ({ store, triggers }: AfterRunOptions, run: Run): Promise<void> {
  const processing = await store.processings.get(run.processing._id)
  if (processing?.active && processing.scheduling.length > 0) await triggers.arm(processing)
}
