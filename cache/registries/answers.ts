/** What the statuses of a registry mean. */
import type { Dispatcher } from 'undici'
import { reason, type Reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import { Retryable, retryAfterMs } from './retry.ts'

const TEXT_CHARACTERS = 200

/** The error of an answer that is neither 200, 304 nor a redirect. Reads its text for operators. */
export async function refusalOf (artefact: string, head: Dispatcher.ResponseData, now: number): Promise<Error> {
  const status = head.statusCode
  const detail = `${status}: ${await shortText(head.body)}`
  if (status === 403) return new CacheError('plugin-forbidden', artefact, reason('no-access'), { detail })
  if (status === 404) return new CacheError('plugin-not-found', artefact, reason('not-in-registry'), { detail })
  // 409: its content is being replaced.
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) {
    const after = head.headers['retry-after']
    return new Retryable(unavailable(artefact, reason('registry-status', { status }), detail), retryAfterMs(Array.isArray(after) ? after[0] : after, now))
  }
  if (status === 401) return new CacheError('registry-misconfigured', artefact, reason('secret-refused'), { detail })
  return new CacheError('registry-misconfigured', artefact, reason('registry-status', { status }), { detail })
}

export function unavailable (artefact: string, why: Reason, detail: string, cause?: unknown): CacheError {
  return new CacheError('registry-unavailable', artefact, why, { detail, cause })
}

async function shortText (body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = ''
  try {
    for await (const chunk of body) {
      text += String(chunk)
      if (text.length > TEXT_CHARACTERS) break
    }
  } catch {
    // The status is known; its text is a courtesy.
  }
  return text.slice(0, TEXT_CHARACTERS).replaceAll(/\s+/g, ' ').trim()
}
