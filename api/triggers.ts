/** POST /api/v1/processings/:id/_trigger: a run now or later, by a session or by the webhook key. */
import type { Processing, Run } from '../store/types.ts'
import { idOf } from './access.ts'
import { record, WEBHOOK } from './audit.ts'
import { HttpError } from './errors.ts'
import { once, readIdempotencyKey } from './idempotency.ts'
import { isEnded } from './log-events.ts'
import { presentTriggered } from './present.ts'
import type { Call } from './routes/route.ts'
import { sameSecret } from './same-secret.ts'
import { callerOf } from './session.ts'
import type { ApiParts, Context } from './types.ts'

export const MAX_DELAY_SECONDS = 30 * 86_400

export const MAX_WAIT_SECONDS = 60
/** Of what a webhook sends for the plugin. */
export const TRIGGER_BYTES = 65_536

/** `delay` and `wait` have been checked by the route table. Answers 202 when it has waited for a run that goes on. */
export async function triggerProcessing (call: Call<Processing>): Promise<Record<string, unknown>> {
  const { ctx, deps, query: { wait } } = call
  const run = await triggered(call)
  if (wait === undefined) return presentTriggered(run)
  const found = await deps.waits.ended(ctx, run, Number(wait)) ?? await deletedWhenEnded(deps, run)
  if (!isEnded(found)) ctx.status = 202
  return presentTriggered(found)
}

async function triggered (call: Call<Processing>): Promise<Run> {
  const { ctx, deps: { store }, subject, query, body } = call
  const key = readIdempotencyKey(ctx.get('idempotency-key'))
  if (key === undefined) return await start(call)
  let started: Run | undefined
  const { id, replayed } = await once(store.idempotency, { scope: `trigger ${subject._id} ${callerName(ctx)}`, key, asked: [query.delay ?? null, body] }, async () => {
    started = await start(call)
    return started._id
  })
  if (replayed) ctx.set('Idempotency-Replayed', 'true')
  const run = started ?? await store.runs.get(id)
  if (run === undefined) throw new HttpError(404, 'unknown-run', { id }, { headers: { 'Idempotency-Replayed': 'true' } })
  return run
}

/** An empty body is none, as for whoever sends `{}` because his client must send something. */
async function start ({ ctx, deps, subject, query: { delay }, body }: Call<Processing>): Promise<Run> {
  const cause = { type: webhookKey(ctx) === undefined ? 'manual' : 'webhook', ...(Object.keys(body).length === 0 ? {} : { body }) } as const
  const result = await deps.triggers.trigger(subject, { cause, ...(delay === undefined ? {} : { delaySeconds: Number(delay) }) })
  if (!result.ok) throw new HttpError(result.code === 'inactive' ? 409 : 400, result.code)
  await record(ctx, deps, { account: subject.owner, action: 'run.trigger', target: { type: 'run', id: result.run._id, title: subject.title }, details: { processing: subject._id }, ...(cause.type === 'webhook' ? { actor: WEBHOOK } : {}) })
  return result.run
}

/** Keys are the caller's own: nobody meets the key of somebody else by chance. Who has the webhook key is one caller. */
function callerName (ctx: Context): string {
  if (webhookKey(ctx) !== undefined) return 'webhook'
  const { apiKey, user } = callerOf(ctx.state)
  return apiKey === undefined ? `user ${user.id}` : `key ${apiKey.id}`
}

/** A plugin may have its run deleted when it has ended well: the processing still tells of it. */
async function deletedWhenEnded ({ store }: Pick<ApiParts, 'store'>, run: Run): Promise<Run> {
  const last = (await store.processings.get(run.processing._id))?.lastRun
  if (last?._id !== run._id) throw new HttpError(404, 'unknown-run', { id: run._id })
  return { ...run, ...last }
}

/**
 * The processing whose webhook key was sent; undefined when none was. Throws 403: a wrong key and an unknown processing answer alike; 429
 * for who tries too often.
 */
export async function processingByKey (ctx: Context, { store, webhookRate }: Pick<ApiParts, 'store' | 'webhookRate'>): Promise<Processing | undefined> {
  const key = webhookKey(ctx)
  if (key === undefined) return undefined
  const id = idOf(ctx)
  const { address } = ctx.state.door
  await webhookRate.take(address, id)
  const processing = await store.processings.get(id)
  const right = sameSecret(key, processing?.webhookKey ?? '')
  if (processing !== undefined && right) return processing
  await webhookRate.countWrong(address)
  throw new HttpError(403, 'bad-webhook-key')
}

/** An empty key is no key, as upstream; a repeated one is a wrong one. */
function webhookKey (ctx: Context): string | undefined {
  const { key } = ctx.query
  if (Array.isArray(key)) return key.join(',')
  const given = key === undefined || key === '' ? ctx.get('x-webhook-key') : key
  return given === '' ? undefined : given
}
