/** Keeps the audit trail from growing for ever. */
import type { AuditStore } from '../store/types.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Deleted in one step: others use the store between two. */
const BATCH = 1000

export interface AuditRetentionOptions {
  readonly audit: Pick<AuditStore, 'prune'>
  readonly days: number
  readonly onError: (error: unknown) => void
}

/** Deletes what is too old, now and every hour. Answers how to stop. */
export function startAuditRetention (options: AuditRetentionOptions): () => void {
  const prune = (): void => { pruneAudit(options.audit, options.days, Date.now()).catch(options.onError) }
  const timer = setInterval(prune, HOUR_MS).unref()
  prune()
  return () => clearInterval(timer)
}

/** Answers how many entries were deleted. */
export async function pruneAudit (audit: Pick<AuditStore, 'prune'>, days: number, now: number): Promise<number> {
  const before = new Date(now - days * DAY_MS).toISOString()
  for (let deleted = 0; ;) {
    const count = await audit.prune(before, BATCH)
    deleted += count
    if (count < BATCH) return deleted
  }
}
