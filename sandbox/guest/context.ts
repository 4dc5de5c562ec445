/** What run() is given: the members of data-fair/processings' context. One object for the whole run, which the plugin may change. */
import type { Job } from '../protocol.ts'
import { lazily } from './globals/lazily.ts'
import { call } from './link.ts'
import { createLog, writeLine } from './log.ts'
import { parts } from './parts.ts'
import { define, getOwnPropertyDescriptor, hasOwn, isArray, isView, jsonStringify, NativeTypeError, own, ownKeys } from './primordials.ts'
import { refusal } from './unsupported.ts'

const JOURNAL_TIMEOUT_MS = 300_000

export function createContext (job: Job): object {
  const log = createLog()
  const context = {
    pluginConfig: job.pluginConfig,
    processingConfig: job.processingConfig,
    processingId: job.processingId,
    dir: job.dir,
    tmpDir: job.tmpDir,
    secrets: job.secrets,
    trigger: job.trigger,
    log,
    patchConfig: (patch: unknown) => patchConfig(job.processingConfig, patch),
    ws: { waitForJournal, waitFor: refusal('ws.waitFor'), subscribe: refusal('ws.subscribe') },
    sendMail
  }
  lazily(context, 'axios', () => parts.axios().createAxios(job.dataFairUrl), true)
  return context
}

/** Shallow, at once in the object that the plugin holds; then stored by the platform, which may refuse it. */
async function patchConfig (config: Record<string, unknown>, patch: unknown): Promise<void> {
  if (typeof patch !== 'object' || patch === null || isArray(patch)) throw new NativeTypeError('patchConfig() wants an object')
  writeLine('debug', 'patch config', patch)
  const args = `[${jsonStringify(patch)}]` // before anything changes: what JSON refuses is not half done
  const keys = ownKeys(patch)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]
    if (typeof key === 'string' && getOwnPropertyDescriptor(patch, key)?.enumerable === true) define(config, key, (patch as Record<string, unknown>)[key], true)
  }
  await call('patchConfig', args)
}

/**
 * Waits for an event in the journal of a dataset of data-fair. Rejects when the dataset's journal tells an error, or after `timeoutMs`.
 */
async function waitForJournal (datasetId: unknown, eventType: unknown, timeoutMs: unknown = JOURNAL_TIMEOUT_MS): Promise<unknown> {
  writeLine('info', `wait for event "${eventType}" on dataset "${datasetId}"`, '')
  return await call('waitForJournal', jsonStringify([datasetId, eventType, timeoutMs]))
}

/** `message` is what nodemailer takes; the contents of attachments may be bytes. */
async function sendMail (message: unknown): Promise<unknown> {
  if (typeof message !== 'object' || message === null) throw new NativeTypeError('sendMail() wants an object with from, to, subject and text or html')
  const { attachments } = message as { attachments?: unknown }
  const sent = isArray(attachments) ? { ...message, attachments: encodeAttachments(attachments) } : message
  return await call('sendMail', `[${jsonStringify(sent)}]`)
}

/** Bytes cross as base64 text, which nodemailer decodes. */
function encodeAttachments (attachments: readonly unknown[]): unknown[] {
  const encoded: unknown[] = []
  for (let i = 0; i < attachments.length; i++) {
    const attachment: unknown = attachments[i]
    const content = typeof attachment === 'object' && attachment !== null && hasOwn(attachment, 'content') ? own(attachment as { content?: unknown }, 'content') : undefined
    const isBytes = typeof content === 'object' && content !== null && isView(content)
    define(encoded, i, isBytes ? { ...attachment as object, content: parts.buffer().bytesToBase64(content), encoding: 'base64' } : attachment, true)
  }
  return encoded
}
