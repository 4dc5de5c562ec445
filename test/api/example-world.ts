/** What the examples of the route table speak of, put into a store. */
import * as example from '../../api/routes/example.ts'
import type { Run, Store } from '../../store/types.ts'

/** The world is made anew for each example: what one changes, another does not see. */
export async function makeExampleWorld (store: Store): Promise<void> {
  const { processing, idle, run, endedRun, log, webhookKey, account } = example
  await store.audit.append(example.auditEntry)
  await store.limits.put(account, { name: account.name, lastUpdate: '2026-03-01T00:00:00.000Z', processings_seconds: { limit: 3600, consumption: 240 } })
  for (const one of [processing, idle]) await store.processings.insert({ ...one, webhookKey })
  await started(store, { ...endedRun, status: 'triggered' })
  await store.logs.append(endedRun._id, 1, log)
  await store.runs.finish(endedRun._id, 1, { status: 'finished', finishedAt: endedRun.finishedAt, outcome: endedRun.outcome })
  await started(store, { ...run, status: 'triggered' })
}

async function started (store: Store, run: Run): Promise<void> {
  const { startedAt, finishedAt, outcome, attempt, ...pending } = run
  await store.runs.replacePending(pending)
  await store.runs.claim(run._id, 'example-runner', startedAt ?? '')
}
