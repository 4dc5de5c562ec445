/** /api/v1/runs: what became of each execution. */
import { Router } from '@koa/router'
import type { Run } from '../store/types.ts'
import { runFor, viewerOf } from './access.ts'
import { HttpError } from './errors.ts'
import { listRuns } from './lists.ts'
import { LogStreams } from './log-stream.ts'
import { presentRun, type Viewer } from './present.ts'
import { readQuery } from './query.ts'
import { readLog } from './run-log.ts'
import type { ApiDeps, ApiState, Context } from './types.ts'

export function runRoutes (deps: ApiDeps): Router<ApiState> {
  const router = new Router<ApiState>({ prefix: '/api/v1/runs' })
  const streams = new LogStreams(deps)
  router.get('/', ctx => listRuns(ctx, deps))
  router.get('/:id', ctx => read(ctx, deps))
  router.post('/:id/_kill', ctx => kill(ctx, deps))
  router.get('/:id/log/stream', ctx => streams.open(ctx))
  return router
}

async function read (ctx: Context, deps: ApiDeps): Promise<void> {
  readQuery(ctx, [])
  ctx.body = await withLog(deps, await runFor(ctx, deps, 'read'), viewerOf(ctx))
}

async function kill (ctx: Context, deps: ApiDeps): Promise<void> {
  readQuery(ctx, [])
  const run = await runFor(ctx, deps, 'exec')
  const killed = await deps.triggers.kill(run._id)
  if (killed === undefined) throw await ended(deps, run)
  ctx.body = await withLog(deps, killed, viewerOf(ctx))
}

async function ended ({ store }: ApiDeps, run: Run): Promise<HttpError> {
  const { status } = await store.runs.get(run._id) ?? run
  return new HttpError(409, 'run-ended', { id: run._id, status })
}

/** Upstream embeds the log in the run. */
async function withLog ({ store }: ApiDeps, run: Run, viewer: Viewer): Promise<Record<string, unknown>> {
  const { entries, truncated } = await readLog(store.logs, run._id, viewer)
  return { ...presentRun(run, viewer), log: entries, ...(truncated ? { logTruncated: true } : {}) }
}
