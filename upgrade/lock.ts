/**
 * The lock of an upgrade: one process at a time, the others wait for it. It is a lease, renewed while the work goes on, so that a process
 * that is killed holds the others up for `leaseMs` at most. The upgrade of data-fair/processings does not know it: stop that service first.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { mongoLocks } from '../store/mongo/service.ts'
import type { Database } from '../store/mongo/database.ts'
import { UpgradeFailure } from './failure.ts'
import type { Log } from './types.ts'

export interface LockOptions {
  readonly log: Log
  /** @default 30000 */
  readonly leaseMs?: number
  /** Gives the waiting up, and the work. */
  readonly signal?: AbortSignal
}

const NAME = 'upgrade'
const LEASE_MS = 30_000
const POLL_MS = 250
/** Between two sentences of who waits. */
const TELL_MS = 30_000
/** Times that a lease is renewed before it ends. */
const RENEWALS = 4

/** Throws what `work` throws, `UpgradeFailure` `upgrade-lock-lost`, or the reason of the signal; the work is not awaited then: close its connection. */
export async function withUpgradeLock (database: Database, options: LockOptions, work: () => Promise<void>): Promise<void> {
  const { leaseMs = LEASE_MS, signal } = options
  const owner = randomUUID()
  await acquire(database, owner, { ...options, leaseMs })
  const lease = holdLease(database, owner, leaseMs)
  try {
    await Promise.race([work(), lease.lost, ...(signal === undefined ? [] : [aborted(signal)])])
  } finally {
    lease.stop()
    await mongoLocks(database).release(NAME, owner).catch(() => {}) // it ends by itself
  }
}

async function acquire (database: Database, owner: string, { leaseMs, log, signal }: LockOptions & { readonly leaseMs: number }): Promise<void> {
  const locks = mongoLocks(database)
  let told = -Infinity
  for (;;) {
    signal?.throwIfAborted()
    const now = Date.now()
    if (await locks.acquire(NAME, owner, iso(now), iso(now + leaseMs))) return
    if (now - told >= TELL_MS) {
      told = now
      log('Another process upgrades the database: waiting until it is done.')
    }
    await wait(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => { signal?.throwIfAborted() })
  }
}

/** `lost` rejects once the lease is no longer ours, or may not be: it could not be renewed in time. */
function holdLease (database: Database, owner: string, leaseMs: number): { readonly lost: Promise<never>, stop(): void } {
  const { promise: lost, reject } = Promise.withResolvers<never>()
  lost.catch(() => {}) // nobody may be waiting for it any more
  let until = Date.now() + leaseMs
  const timer = setInterval(() => {
    const next = Date.now() + leaseMs
    mongoLocks(database).renew(NAME, owner, iso(next)).then(
      ours => { if (ours) until = next; else reject(lockLost()) },
      cause => { if (Date.now() > until) reject(lockLost(cause)) }
    )
  }, leaseMs / RENEWALS)
  return { lost, stop: () => clearInterval(timer) }
}

function lockLost (cause?: unknown): UpgradeFailure {
  return new UpgradeFailure('upgrade-lock-lost', 'The lock of the upgrade was lost: this process was held up, or the database was away, for longer than the lock holds. What was done stays done; start again, and it goes on with the rest.', { cause })
}

async function aborted (signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  if (signal.aborted) reject(signal.reason)
  return await promise
}

function iso (ms: number): string {
  return new Date(ms).toISOString()
}
