/** Whether a run that has failed is tried again, as its processing wants it (`retry`). Pure. */
import type { Processing, Run } from '../store/types.ts'
import type { Outcome, OutcomeFacts } from './outcome.ts'

export interface RetryPlan {
  readonly resumed: NonNullable<Run['resumed']>
  /** Parameters of the line that tells it. */
  readonly told: { readonly count: number, readonly max: number, readonly delayMs: number }
}

const MAX_DELAY_MS = 3_600_000

/** Node's codes of a network that may be back soon, in the words of an error or of its cause. */
const NETWORK = /\b(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ENOTFOUND|EAI_AGAIN|EPIPE)\b|\bsocket hang up\b/
/** As the text of an HTTP error begins: its status. */
const PASSING_STATUS = /^(?:408|425|429|500|502|503|504)\b/

/**
 * Undefined: that was the end. Only what may heal by itself is tried again: a registry that is away, an interruption, the network. The first
 * retry comes after `backoffSeconds`, each one after twice as long as the one before, an hour at most. The plugin starts from the beginning, whatever
 * it has written already: whoever wants retries has said so.
 */
export function planRetry (outcome: Pick<Outcome, 'code' | 'params'>, facts: Pick<OutcomeFacts, 'result'>, run: Pick<Run, 'resumed'>, retry: Processing['retry']): RetryPlan | undefined {
  const count = (run.resumed?.retry ?? 0) + 1
  if (retry === undefined || count > retry.max || !canHeal(outcome, facts)) return undefined
  const delayMs = Math.min(retry.backoffSeconds * 1000 * 2 ** (count - 1), MAX_DELAY_MS)
  return {
    resumed: { ...run.resumed, reason: 'retry', quarantine: run.resumed?.quarantine ?? false, retry: count },
    told: { count, max: retry.max, delayMs }
  }
}

export function dueAfter ({ told }: RetryPlan, now: number): string {
  return new Date(now + told.delayMs).toISOString()
}

function canHeal ({ code, params }: Pick<Outcome, 'code' | 'params'>, { result }: Pick<OutcomeFacts, 'result'>): boolean {
  switch (code) {
    case 'registry-unavailable':
    case 'interrupted': return true
    case 'network-limit': return params.variant === 'time' // nobody has answered in time
    case 'http-error': return typeof params.message === 'string' && PASSING_STATUS.test(params.message)
    case 'plugin-error': return result?.ok === false && result.error.code === 'plugin-error' && NETWORK.test(`${result.error.message}\n${result.error.stack ?? ''}`)
    default: return false
  }
}
