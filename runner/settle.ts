/**
 * Settles runs that a dead runner has left `running` or `kill`: at boot, and every now and then while the service lives.
 * One without effects is triggered again; the others end. The attempt fences whoever might still believe to hold the run.
 */
import { createLogBroker } from './brokers/log.ts'
import { decideOutcome } from './outcome.ts'
import { hasEffects } from './run.ts'
import type { Run, RunnerRecord } from '../store/types.ts'
import type { RunDeps } from './deps.ts'

/** Answers how many runs were settled. One that cannot be settled is reported, and tried again the next time. */
export async function settleOrphans (deps: RunDeps, isDead: (record: RunnerRecord) => boolean, isMine: (run: Run) => boolean): Promise<number> {
  const records = new Map((await deps.store.runners.list()).map(record => [record.id, record]))
  const orphans = (await deps.store.runs.held()).filter(run => {
    if (isMine(run)) return false
    const record = run.runner === undefined ? undefined : records.get(run.runner)
    return record === undefined || isDead(record)
  })
  for (const run of orphans) {
    try {
      await settle(deps, run)
    } catch (error) {
      deps.onError(error, run)
    }
  }
  const held = new Set((await deps.store.runs.held()).map(run => run.runner))
  for (const record of records.values()) {
    if (isDead(record) && !held.has(record.id)) await deps.store.runners.remove(record.id)
  }
  return orphans.length
}

async function settle (deps: RunDeps, run: Run): Promise<void> {
  const { store, bus } = deps
  if (run.status === 'running' && !hasEffects(run.effects)) {
    const back = await store.runs.handBack(run._id, run.attempt, new Date().toISOString(), { reason: 'interrupted', quarantine: run.resumed?.quarantine ?? false })
    if (back !== undefined) {
      bus.publish(`run:${run._id}`)
      bus.publish('due')
    }
    return
  }
  await finish(deps, run)
}

async function finish (deps: RunDeps, run: Run): Promise<void> {
  const { store, bus, limits, locale } = deps
  const base = { runId: run._id, plugin: run.plugin ?? '', owner: run.owner.name, limits }
  const outcome = decideOutcome(run.status === 'kill' ? { ...base, kill: 'cooperative' } : { ...base, stopping: 'waited' }, locale)
  const log = createLogBroker({
    store,
    runId: run._id,
    attempt: run.attempt,
    startSeq: await store.logs.last(run._id),
    limits: { entries: limits.logEntries, bytes: limits.logBytes, entryBytes: limits.logEntryBytes },
    debug: false,
    locale,
    onAppended: () => bus.publish(`run:${run._id}`),
    onFenced: () => {},
    onError: error => deps.onError(error, run)
  })
  log.entry('error', outcome.code, outcome.params)
  await log.close()
  const finished = await store.runs.finish(run._id, run.attempt, {
    status: outcome.status,
    finishedAt: new Date().toISOString(),
    outcome: { code: outcome.code, params: outcome.params, message: outcome.message }
  })
  bus.publish(`run:${run._id}`)
  const processing = await store.processings.get(run.processing._id)
  if (finished !== undefined && processing !== undefined) await deps.afterRun(finished, processing)
}
