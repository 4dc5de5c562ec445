/**
 * A database that another process holds is waited for without holding this thread: each try gives up soon, and the event loop has its turn
 * before the next one. An operation is tried again as a whole: one that found the database busy has changed nothing, or is one of those
 * that may be said again (removals and renamings in batches).
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../types.ts'
import { isBusy, type Database } from './database.ts'

/** With up to as much again by chance, so that those who wait do not come together. */
const RETRY_MS = 50

type Operation = (...args: never[]) => Promise<unknown>
type Operations = { readonly [K in string]: Operation }

/** The store with operations that wait for `waitMs` at most, before `StoreError` `unavailable`. */
export function patientStore (store: Store, database: Database, waitMs: number): Store {
  const wrap = <T extends object>(part: T): T => patientPart(part, database, waitMs)
  return {
    ...store,
    processings: wrap(store.processings),
    runs: wrap(store.runs),
    logs: wrap(store.logs),
    runners: wrap(store.runners),
    accounts: wrap(store.accounts),
    limits: wrap(store.limits),
    runLimits: wrap(store.runLimits),
    apiKeys: wrap(store.apiKeys),
    audit: wrap(store.audit),
    idempotency: wrap(store.idempotency),
    outbox: wrap(store.outbox),
    meta: wrap(store.meta),
    locks: wrap(store.locks),
    crashes: wrap(store.crashes),
    ping: patient(store.ping, database, waitMs)
  }
}

/** All that a part of a store has are operations that answer promises (store/types.ts). */
function patientPart<T extends object> (part: T, database: Database, waitMs: number): T {
  const operations = Object.entries(part as Operations) // see above
  return Object.fromEntries(operations.map(([name, operation]) => [name, patient(operation, database, waitMs)])) as T // the same names, the same shapes
}

function patient<T extends Operation> (operation: T, database: Database, waitMs: number): T {
  const wait = async (...args: never[]): Promise<unknown> => {
    const giveUpAt = performance.now() + waitMs
    for (let waited = false; ; waited = true) {
      try {
        const answer = await operation(...args)
        database.answered(waited)
        return answer
      } catch (error) {
        if (!isBusy(error)) throw error
        const leftMs = giveUpAt - performance.now()
        if (leftMs <= 0) throw error
        await delay(Math.min(leftMs, RETRY_MS * (1 + Math.random())))
      }
    }
  }
  return wait as T // what the operation answers
}
