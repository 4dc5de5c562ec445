/** HTTP in, JSON out. */
import Koa from 'koa'
import { WrongKeys } from './callers/wrong-keys.ts'
import { answerErrors, answerUnknown } from './errors.ts'
import { LogStreams } from './log-stream.ts'
import { answerRemoved } from './removed.ts'
import { compressAnswers, identifyRequest, indentJson, logRequests, secureHeaders, withoutSecrets } from './request.ts'
import { routes } from './routes/index.ts'
import { serveRoutes } from './routes/serve.ts'
import { readSession, requireSession } from './session.ts'
import type { ApiDeps, ApiParts, ApiState } from './types.ts'
import { RunWaits } from './wait-for-run.ts'
import { WebhookRate } from './webhook-rate.ts'

export type { ApiDeps, ApiOptions } from './types.ts'

/** The application; `createApp(deps).callback()` is what an HTTP server takes. It holds nothing that must be closed. */
export function createApp (given: ApiDeps): Koa<ApiState> {
  const deps = { ...given, logger: withoutSecrets(given.logger) }
  const parts: ApiParts = { ...deps, routes, streams: new LogStreams(deps), webhookRate: new WebhookRate(deps.options), waits: new RunWaits(deps), wrongKeys: new WrongKeys(deps.options) }
  const app = new Koa<ApiState>()
  app.on('error', error => logBrokenAnswer(deps, error))

  app.use(identifyRequest(deps.options))
  app.use(logRequests(deps))
  for (const set of secureHeaders) app.use(set)
  app.use(compressAnswers)
  app.use(indentJson)
  app.use(answerErrors(deps))

  app.use(serveRoutes(routes, parts, readSession(parts)))
  // What is not in the table: who does not say who he is learns nothing about it.
  app.use(readSession(parts))
  app.use(requireSession)
  app.use(answerRemoved(deps.options))
  app.use(answerUnknown)
  return app
}

/** What goes wrong once the answer has begun; a reader who leaves is no fault. */
function logBrokenAnswer ({ logger }: ApiDeps, error: unknown): void {
  const left = error instanceof Error && 'code' in error && ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR'].includes(String(error.code))
  if (left) logger.debug({ err: error }, 'a reader left')
  else logger.error({ err: error }, 'an answer broke off')
}
