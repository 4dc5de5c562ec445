/** The key by which a processing is triggered without a session. */
import { nanoid } from 'nanoid'
import type { Processing } from '../store/types.ts'
import { processingTarget, record } from './audit.ts'
import type { Call } from './routes/route.ts'

/** 22 letters of 64: 132 random bits. */
const KEY_LETTERS = 22

export function newWebhookKey (): string {
  return nanoid(KEY_LETTERS)
}

/** Both answer the key as text, as upstream. */
export function readWebhookKey ({ subject }: Call<Processing>): string {
  return subject.webhookKey
}

export async function renewWebhookKey ({ ctx, deps, subject }: Call<Processing>): Promise<string> {
  const webhookKey = newWebhookKey()
  await deps.store.processings.patch(subject._id, { webhookKey })
  await record(ctx, deps, { account: subject.owner, action: 'webhook-key.renew', target: processingTarget(subject) })
  return webhookKey
}
