/** POST /api/v1/processings/:id/_trigger: a run now or later, by a session or by the webhook key. */
import { Router } from '@koa/router'
import type { Processing } from '../store/types.ts'
import { idOf, processingFor } from './access.ts'
import { HttpError } from './errors.ts'
import { presentTriggered } from './present.ts'
import { badParameter, readQuery } from './query.ts'
import { sameSecret } from './same-secret.ts'
import type { ApiDeps, ApiState, Context } from './types.ts'

const MAX_DELAY_SECONDS = 30 * 86_400

/** Stands before the router that asks for a session: a webhook key is enough. */
export function triggerRoutes (deps: ApiDeps): Router<ApiState> {
  const router = new Router<ApiState>({ prefix: '/api/v1/processings' })
  router.post('/:id/_trigger', ctx => trigger(ctx, deps))
  return router
}

async function trigger (ctx: Context, deps: ApiDeps): Promise<void> {
  const key = webhookKey(ctx)
  const processing = key === undefined ? await processingFor(ctx, deps, 'exec') : await byKey(ctx, deps, key)
  const query = readQuery(ctx, ['key', 'delay'])
  const delaySeconds = readDelay(query.delay)
  const result = await deps.triggers.trigger(processing, delaySeconds === undefined ? {} : { delaySeconds })
  if (!result.ok) throw new HttpError(result.code === 'inactive' ? 409 : 400, result.code)
  ctx.body = presentTriggered(result.run)
}

/** An empty key is no key, as upstream; a repeated one is a wrong one. */
function webhookKey (ctx: Context): string | undefined {
  const { key } = ctx.query
  if (Array.isArray(key)) return key.join(',')
  const given = key === undefined || key === '' ? ctx.get('x-webhook-key') : key
  return given === '' ? undefined : given
}

/** A wrong key and an unknown processing answer alike. */
async function byKey (ctx: Context, { store }: ApiDeps, key: string): Promise<Processing> {
  const processing = await store.processings.get(idOf(ctx))
  const right = sameSecret(key, processing?.webhookKey ?? '')
  if (processing === undefined || !right) throw new HttpError(403, 'bad-webhook-key')
  return processing
}

function readDelay (text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const seconds = /^\d{1,8}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN
  if (seconds <= MAX_DELAY_SECONDS) return seconds
  throw badParameter('delay', { en: `a number of seconds from 0 to ${MAX_DELAY_SECONDS}`, fr: `un nombre de secondes de 0 à ${MAX_DELAY_SECONDS}` }, text)
}
