/** HTTP in, JSON out. */
import Koa from 'koa'
import { answerErrors, answerUnknown } from './errors.ts'
import { healthRoutes } from './health.ts'
import { processingRoutes } from './processings.ts'
import { identifyRequest, indentJson, logRequests, secureHeaders } from './request.ts'
import { runRoutes } from './runs.ts'
import { readSession, requireSession } from './session.ts'
import { triggerRoutes } from './triggers.ts'
import type { ApiDeps, ApiState } from './types.ts'
import { webhookKeyRoutes } from './webhook-key.ts'

export type { ApiDeps, ApiOptions } from './types.ts'

/** The application; `createApp(deps).callback()` is what an HTTP server takes. It holds nothing that must be closed. */
export function createApp (deps: ApiDeps): Koa<ApiState> {
  const app = new Koa<ApiState>()
  app.on('error', error => logBrokenAnswer(deps, error))

  app.use(identifyRequest(deps.options))
  app.use(logRequests(deps))
  app.use(secureHeaders)
  app.use(indentJson)
  app.use(answerErrors(deps))

  app.use(healthRoutes(deps).routes())
  app.use(readSession(deps))
  app.use(triggerRoutes(deps).routes())
  app.use(requireSession)

  const routers = [processingRoutes(deps), webhookKeyRoutes(deps), runRoutes(deps)]
  for (const router of routers) app.use(router.routes())
  app.use(answerUnknown)
  return app
}

/** What goes wrong once the answer has begun; a reader who leaves is no fault. */
function logBrokenAnswer ({ logger }: ApiDeps, error: unknown): void {
  const left = error instanceof Error && 'code' in error && ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR'].includes(String(error.code))
  if (left) logger.debug({ err: error }, 'a reader left')
  else logger.error({ err: error }, 'an answer broke off')
}
