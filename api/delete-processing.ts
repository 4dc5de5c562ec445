/** Deletes a processing and whatever belongs to it, the run that is under way included. */
import type { Processing, Run } from '../store/types.ts'
import { Waker } from './waker.ts'
import type { ApiDeps } from './types.ts'

const WAIT_MS = 25_000
const POLL_MS = 250

type Deps = Pick<ApiDeps, 'store' | 'triggers' | 'bus' | 'removeFiles' | 'options'>

/**
 * 1. no new run can start: it is inactive, and nothing is planned  2. the run under way is stopped, and waited for (25 s by default)
 * Throws `StoreError` `conflict` before anything is done when the processing has another revision than `ifRevision`.
 * 3. documents and logs go, then the files. A run that has not stopped in time writes to nothing any more: its attempt is unknown.
 */
export async function deleteProcessing (deps: Deps, processing: Processing, ifRevision?: number): Promise<void> {
  const { store, triggers } = deps
  await store.processings.patch(processing._id, { active: false }, [], ifRevision === undefined ? {} : { ifRevision })
  await triggers.disarm(processing._id)
  const run = await runUnderWay(store, processing._id)
  if (run !== undefined) {
    await triggers.kill(run._id)
    await ended(deps, run._id)
  }
  await store.processings.remove(processing._id)
  await deps.removeFiles(processing._id)
}

/** The newest run: the one that runs has no successor yet. */
async function runUnderWay (store: ApiDeps['store'], processingId: string): Promise<Run | undefined> {
  const { results: [run] } = await store.runs.list({ processings: [processingId] }, { size: 1, skip: 0, sort: [['createdAt', -1]] })
  return isUnderWay(run) ? run : undefined
}

async function ended ({ store, bus, options }: Deps, runId: string): Promise<void> {
  const timeout = AbortSignal.timeout(options.deleteWaitMs ?? WAIT_MS)
  const waker = new Waker(bus, `run:${runId}`, timeout)
  try {
    while (!timeout.aborted && isUnderWay(await store.runs.get(runId))) await waker.wait(POLL_MS)
  } finally {
    waker.close()
  }
}

function isUnderWay (run: Run | undefined): boolean {
  return run?.status === 'running' || run?.status === 'kill'
}
