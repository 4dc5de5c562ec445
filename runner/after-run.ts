/** What follows a run that has ended: failure policy, deletion, the next planned run. */
import { usedSeconds } from './quota.ts'
import type { Run, Store } from '../store/types.ts'
import type { Triggers } from './types.ts'

export interface AfterRunOptions {
  readonly store: Pick<Store, 'processings' | 'runs' | 'limits'>
  readonly triggers: Pick<Triggers, 'arm' | 'disarm'>
  /** Failures in a row after which a processing is deactivated. */
  readonly maxFailures: number
  /** Hours that these failures must span. */
  readonly cooldownHours: number
  /** Ended runs kept for each processing. */
  readonly retention: number
  /** A step that failed; the others are done all the same. */
  readonly onError: (step: AfterRunStep, run: Run, error: unknown) => void
  /** The failure policy has deactivated a processing. */
  readonly onDisabled?: (run: Run) => void
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

async function addConsumption ({ store }: AfterRunOptions, run: Run): Promise<void> {
  const seconds = usedSeconds(run)
  if (seconds > 0) await store.limits.addConsumption(run.owner, seconds, run.finishedAt ?? run.createdAt)
}

async function applyFailurePolicy ({ store, triggers, maxFailures, cooldownHours, onDisabled }: AfterRunOptions, run: Run): Promise<void> {
  if (run.status !== 'error') return
  const processing = await store.processings.get(run.processing._id)
  if (!processing?.active) return
  if (!shouldDisable(await store.runs.lastEnded(processing._id, maxFailures), maxFailures, cooldownHours)) return
  await store.processings.patch(processing._id, { active: false })
  await triggers.disarm(processing._id)
  onDisabled?.(run)
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
