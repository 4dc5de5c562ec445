/** One call of a plugin outside a run, as any plugin code is called: in a cell of the owner, under limits, without network nor effects. */
import { nanoid } from 'nanoid'
import { toJob, type JobInput } from './job.ts'
import { supervise } from './supervise.ts'
import { ownerKey } from './take-due-runs.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { HostMessage } from '../sandbox/protocol.ts'
import type { Account } from '../store/types.ts'
import type { RunDeps } from './deps.ts'
import type { SupervisedEnd } from './supervise.ts'

export interface CallOptions extends Pick<RunDeps, 'cache' | 'cells' | 'limits' | 'locale'> {
  /** Both of wall clock and of CPU. */
  readonly timeMs: number
}

/** `limits` of the job count; `options.timeMs` bounds it. Rejects when no process can be started. */
export async function callOnce (options: CallOptions, owner: Account, plugin: CachedPlugin, job: Pick<JobInput, 'call' | 'processing' | 'secrets'>): Promise<SupervisedEnd> {
  const limits = limitsOf(options)
  const lease = await options.cells.acquire(ownerKey({ owner }))
  try {
    const supervised = supervise({
      cell: lease.cell,
      id: `${job.call}.${nanoid()}`,
      job: toJob({ ...job, plugin, limits, dataFairUrl: '' }),
      bundle: plugin.bundle,
      cpuMs: limits.cpuMs,
      wallMs: limits.wallMs,
      handlers: { onGuest: message => refuse(message, `${job.call}()`, answer => supervised.run.send(answer)) }
    })
    return await supervised.ended
  } finally {
    lease.release()
  }
}

export function limitsOf ({ limits, timeMs }: CallOptions): RunDeps['limits'] {
  return { ...limits, cpuMs: timeMs, wallMs: timeMs }
}

/** What such a call may not do is answered as an error that it can catch; its log lines go nowhere. */
function refuse (message: { readonly op: string, readonly id?: unknown }, call: string, send: (message: HostMessage) => void): void {
  if (typeof message.id !== 'number') return
  const error = { code: 'network-denied', message: `${call} has neither network nor other effects.` }
  if (message.op === 'http') send({ op: 'http-error', id: message.id, error })
  if (message.op === 'call') send({ op: 'reply-error', id: message.id, error })
}
