/** One call of a plugin outside a run, as any plugin code is called: in a cell of the owner, under limits, without network nor effects. */
import { nanoid } from 'nanoid'
import { CallsBusy, type CallPlaces } from './call-places.ts'
import { toJob, type JobInput } from './job.ts'
import { supervise } from './supervise.ts'
import { ownerKey } from './take-due-runs.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { HostMessage } from '../sandbox/protocol.ts'
import type { Account } from '../store/types.ts'
import type { Lease } from './cells/index.ts'
import type { RunDeps } from './deps.ts'
import type { RunFiles } from './folders.ts'
import type { SupervisedEnd } from './supervise.ts'

export interface CallOptions extends Pick<RunDeps, 'cache' | 'cells' | 'folders' | 'limits' | 'locale'> {
  /** Both of wall clock and of CPU. */
  readonly timeMs: number
  readonly places: CallPlaces
}

/**
 * `limits` of the job count; `options.timeMs` bounds it. Throws `CallsBusy` when too many calls are under way, or when no cell was free in
 * time; rejects with `CellStartError` when no process can be started.
 */
export async function callOnce (options: CallOptions, owner: Account, plugin: CachedPlugin, job: Pick<JobInput, 'call' | 'processing' | 'secrets'>): Promise<SupervisedEnd> {
  const signal = AbortSignal.timeout(options.places.waitMs)
  const leave = await options.places.enter(ownerKey({ owner }), signal)
  try {
    const lease = await options.cells.acquire(ownerKey({ owner }), { signal }).catch(error => {
      throw error === signal.reason ? new CallsBusy('all', 5) : error
    })
    return await callIn(lease, options, plugin, job)
  } finally {
    leave()
  }
}

async function callIn (lease: Lease, options: CallOptions, plugin: CachedPlugin, job: Pick<JobInput, 'call' | 'processing' | 'secrets'>): Promise<SupervisedEnd> {
  const limits = limitsOf(options)
  let files: RunFiles | undefined
  try {
    files = await options.folders.open({ cell: lease.cell.folders, plugin, limits }) // its package, and folders that are empty
    const supervised = supervise({
      cell: lease.cell,
      id: `${job.call}.${nanoid()}`,
      job: toJob({ ...job, plugin, limits, dataFairUrl: '' }),
      bundle: plugin.bundle,
      folders: files.folders,
      cpuMs: limits.cpuMs,
      wallMs: limits.wallMs,
      handlers: { onGuest: message => refuse(message, `${job.call}()`, answer => supervised.run.send(answer)) }
    })
    return await supervised.ended
  } finally {
    await files?.close()
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
