/**
 * Settles runs that nobody runs any more although the store calls them `running` or `kill`: of runners that have died (at boot, and every
 * now and then while the service lives), and of this very runner, when it could not write how they ended. One without effects is triggered
 * again; the others end. The attempt fences whoever might still believe to hold the run.
 */
import { hasEffects, interruptedTooOften, whyAgainInterrupted } from './again.ts'
import { decideOutcome, type Outcome } from './outcome.ts'
import { dueAfter, planRetry } from './retry.ts'
import { openRunLog } from './run-log.ts'
import type { Run, RunnerRecord } from '../store/types.ts'
import type { RunDeps } from './deps.ts'

/** Runs that this runner holds, as the store says, and knows nothing of. */
export class Forgotten {
  #suspects: ReadonlySet<string> = new Set()
  #seen = new Set<string>()

  /** A new look at the store begins. */
  begin (): void {
    this.#suspects = this.#seen
    this.#seen = new Set()
  }

  /**
   * True for a run that was not known in the former look either: between two steps of one look a run may be claimed, or have ended.
   * `known`: it is under way now.
   */
  has (run: Run, known: boolean): boolean {
    if (known) return false
    const attempt = `${run._id}.${run.attempt}`
    this.#seen.add(attempt)
    return this.#suspects.has(attempt)
  }
}

/**
 * Answers how many runs were settled. One that cannot be settled is reported, and tried again the next time.
 * `isMine`: held by this runner; true when somebody still runs it, undefined when it is held by another runner.
 */
export async function settleOrphans (deps: RunDeps, isDead: (record: RunnerRecord) => boolean, isMine: (run: Run) => boolean | undefined): Promise<number> {
  const records = new Map((await deps.store.runners.list()).map(record => [record.id, record]))
  const orphans = (await deps.store.runs.held()).filter(run => {
    const mine = isMine(run)
    if (mine !== undefined) return !mine
    const record = run.runner === undefined ? undefined : records.get(run.runner)
    return record === undefined || isDead(record)
  })
  let settled = 0
  for (const run of orphans) {
    try {
      await settle(deps, run)
      settled++
    } catch (error) {
      deps.onError(error, run)
    }
  }
  if (settled > 0) deps.events.publish({ event: 'settled', count: settled })
  const held = new Set((await deps.store.runs.held()).map(run => run.runner))
  for (const record of records.values()) {
    if (isDead(record) && !held.has(record.id)) await deps.store.runners.remove(record.id)
  }
  return settled
}

async function settle (deps: RunDeps, run: Run): Promise<void> {
  const { store, bus, events, maxInterruptions } = deps
  const resumed = run.status === 'running' && !hasEffects(run.effects) ? whyAgainInterrupted(run, maxInterruptions) : undefined
  if (resumed === undefined) return await finish(deps, run)
  const back = await store.runs.handBack(run._id, run.attempt, new Date().toISOString(), resumed)
  if (back === undefined) return // killed meanwhile: the next look ends it; or somebody else has settled it
  bus.publish(`run:${run._id}`)
  bus.publish('due')
  events.publish({ event: 'handed-back', run: back, reason: resumed.reason, settled: true })
}

async function finish (deps: RunDeps, run: Run): Promise<void> {
  const { store, bus, events, limits, locale, maxInterruptions } = deps
  const base = { runId: run._id, plugin: run.plugin ?? '', owner: run.owner.name, limits, ...interruptedTooOften(run, maxInterruptions) }
  const outcome = decideOutcome(run.status === 'kill' ? { ...base, kill: 'cooperative' } : { ...base, stopping: 'waited' }, locale)
  if (await retry(deps, run, outcome)) return
  await writeLastLine(deps, run, outcome)
  const finished = await store.runs.finish(run._id, run.attempt, {
    status: outcome.status,
    finishedAt: new Date().toISOString(),
    outcome: { code: outcome.code, params: outcome.params, message: outcome.message }
  })
  bus.publish(`run:${run._id}`)
  if (finished === undefined) return
  events.publish({ event: 'ended', run: finished })
  const processing = await store.processings.get(run.processing._id)
  if (processing !== undefined) await deps.afterRun(finished, processing)
}

/** Answers whether the run waits to be tried again, as its processing wants it. */
async function retry (deps: RunDeps, run: Run, outcome: Outcome): Promise<boolean> {
  const { store, bus, events } = deps
  const plan = planRetry(outcome, {}, run, (await store.processings.get(run.processing._id))?.retry)
  if (plan === undefined) return false
  const log = openRunLog(deps, run, { startSeq: await store.logs.last(run._id), debug: false, onFenced: () => {}, onError: error => deps.onError(error, run) })
  log.entry('error', outcome.code, outcome.params)
  log.entry('warning', 'run-retry', plan.told)
  await log.close()
  const back = await store.runs.handBack(run._id, run.attempt, dueAfter(plan, Date.now()), plan.resumed)
  if (back === undefined) return false
  bus.publish(`run:${back._id}`)
  events.publish({ event: 'handed-back', run: back, reason: plan.resumed.reason, settled: true })
  return true
}

/** Once, however often the end itself could not be written. */
async function writeLastLine (deps: RunDeps, run: Run, outcome: Outcome): Promise<void> {
  const last = await deps.store.logs.last(run._id)
  const [entry] = last === 0 ? [] : await deps.store.logs.read(run._id, { after: last - 1, limit: 1 })
  if (entry?.code === outcome.code || entry?.code === 'processing-disabled') return
  const log = openRunLog(deps, run, { startSeq: last, debug: false, onFenced: () => {}, onError: error => deps.onError(error, run) })
  log.entry('error', outcome.code, outcome.params)
  const line = await deps.lastLine?.(run, { status: outcome.status, finishedAt: new Date().toISOString() })
  if (line !== undefined) log.entry(line.type, line.code, line.params)
  await log.close()
}
