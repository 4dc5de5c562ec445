/**
 * Takes due runs and runs them. Start: cells warm, lease, orphans of dead runners settled, schedules armed, then new work.
 * Stop: no new work, running plugins are asked to stop and get the grace period, then nothing of them is left.
 */
import { beginRun } from './run.ts'
import { createTaker } from './take-due-runs.ts'
import { Forgotten, settleOrphans } from './settle.ts'
import type { Run } from '../store/types.ts'
import type { RunDeps } from './deps.ts'
import type { Lease } from './lease.ts'
import type { Queue } from './queue/types.ts'
import type { ActiveRun } from './run.ts'
import type { Triggers } from './types.ts'

export interface RunnerOptions extends RunDeps {
  readonly lease: Lease
  readonly queue: Queue
  readonly triggers: Triggers
  readonly concurrency: number
  /** How often the store is read for what no message told: due runs and kills; orphans and lost schedules ten times less often. @default 1000 */
  readonly pollMs?: number
}

export interface Runner {
  start(): Promise<void>
  /** Resolves when no run is under way any more. */
  stop(): Promise<void>
  readonly running: number
}

const POLL_MS = 1_000
/** Of pending runs told to the queue, and of lost schedules armed, in one pass. */
const BATCH = 1_000

export function createRunner (options: RunnerOptions): Runner {
  const { store, bus, queue, lease, triggers, pollMs = POLL_MS } = options
  const active = new Map<string, ActiveRun>()
  const forgotten = new Forgotten()
  const timers: NodeJS.Timeout[] = []
  let stopping = false
  let unsubscribe = (): void => {}
  let reconciling: Promise<void> | undefined

  const taker = createTaker({
    store,
    bus,
    runnerId: lease.id,
    capacity: options.concurrency,
    pollMs,
    onError: options.onError,
    async execute (run: Run) {
      const begun = beginRun(options, run)
      active.set(run._id, begun)
      if (stopping) begun.shutdown()
      await begun.done
      active.delete(run._id)
    }
  })

  async function killAsked (): Promise<void> {
    if (active.size === 0) return
    for (const run of await store.runs.held()) {
      if (run.status === 'kill') active.get(run._id)?.kill()
    }
  }

  async function reconcile (): Promise<void> {
    forgotten.begin()
    await settleOrphans(options, record => lease.isDead(record, Date.now()), run => run.runner === lease.id ? !forgotten.has(run, active.has(run._id)) : undefined)
    for (const processing of await store.processings.unarmed(BATCH)) {
      await triggers.arm(processing).catch(error => options.onError(error)) // one bad rule must not stop the others
    }
    for (const run of await store.runs.pending({ limit: BATCH })) await queue.schedule(run._id, run.scheduledAt ?? run.createdAt)
  }

  function every (ms: number, work: () => Promise<void>): void {
    timers.push(setInterval(() => { work().catch(options.onError) }, ms))
  }

  return {
    get running () { return active.size },
    async start () {
      await options.cells.warm()
      await lease.start()
      await reconcile()
      await queue.start(() => bus.publish('due'))
      unsubscribe = bus.subscribe('kill', () => { killAsked().catch(options.onError) })
      every(pollMs, killAsked)
      every(pollMs * 10, async () => { await (reconciling ??= reconcile().finally(() => { reconciling = undefined })) })
      taker.start()
    },
    async stop () {
      if (stopping) return
      stopping = true
      for (const timer of timers) clearInterval(timer)
      unsubscribe()
      await taker.stop()
      await reconciling
      for (const run of active.values()) run.shutdown()
      await Promise.all([...active.values()].map(run => run.done))
      await lease.stop()
    }
  }
}
