/** The key by which a processing is triggered without a session. */
import { Router } from '@koa/router'
import { nanoid } from 'nanoid'
import { processingFor } from './access.ts'
import { readQuery } from './query.ts'
import type { ApiDeps, ApiState } from './types.ts'

/** 22 letters of 64: 132 random bits. */
const KEY_LETTERS = 22

export function newWebhookKey (): string {
  return nanoid(KEY_LETTERS)
}

/** Both answer the key as text, as upstream. */
export function webhookKeyRoutes (deps: ApiDeps): Router<ApiState> {
  const router = new Router<ApiState>({ prefix: '/api/v1/processings' })
  router.get('/:id/webhook-key', async ctx => {
    readQuery(ctx, [])
    const processing = await processingFor(ctx, deps, 'admin')
    sendKey(ctx, processing.webhookKey)
  })
  router.delete('/:id/webhook-key', async ctx => {
    readQuery(ctx, [])
    const processing = await processingFor(ctx, deps, 'admin')
    const webhookKey = newWebhookKey()
    await deps.store.processings.patch(processing._id, { webhookKey })
    sendKey(ctx, webhookKey)
  })
  return router
}

function sendKey (ctx: { type: string, body: unknown }, key: string): void {
  ctx.type = 'text'
  ctx.body = key
}
