/** /api/v1/runs: what became of each execution. */
import type { Run } from '../store/types.ts'
import { viewerOf } from './access.ts'
import { record } from './audit.ts'
import { HttpError } from './errors.ts'
import { presentRun, type Viewer } from './present.ts'
import type { Call } from './routes/route.ts'
import { readLog } from './run-log.ts'
import type { ApiDeps } from './types.ts'
import { waitingReasons } from './waiting-for.ts'

type Answer = Record<string, unknown>

export async function readRun ({ ctx, deps, subject }: Call<Run>): Promise<Answer> {
  return await withLog(deps, subject, viewerOf(ctx))
}

export async function killRun ({ ctx, deps, subject }: Call<Run>): Promise<Answer> {
  const killed = await deps.triggers.kill(subject._id)
  if (killed === undefined) throw await ended(deps, subject)
  await record(ctx, deps, { account: subject.owner, action: 'run.kill', target: { type: 'run', id: subject._id, title: subject.processing.title }, details: { processing: subject.processing._id } })
  return await withLog(deps, killed, viewerOf(ctx))
}

async function ended ({ store }: ApiDeps, run: Run): Promise<HttpError> {
  const { status } = await store.runs.get(run._id) ?? run
  return new HttpError(409, 'run-ended', { id: run._id, status })
}

/** Upstream embeds the log in the run. */
async function withLog (deps: ApiDeps, run: Run, viewer: Viewer): Promise<Answer> {
  const { entries, truncated } = await readLog(deps.store.logs, run._id, viewer)
  const waitingFor = await waitingReasons(deps, viewer.locale)(run)
  return { ...presentRun(run, viewer), ...(waitingFor === undefined ? {} : { waitingFor }), log: entries, ...(truncated ? { logTruncated: true } : {}) }
}
