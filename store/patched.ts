/** The patch of a processing: the new document. Pure; what of it its runs carry too is the drivers' work. */
import { StoreError, type Processing, type ProcessingPatch } from './types.ts'

const REQUIRED = new Set(['title', 'owner', 'plugin', 'scheduling', 'webhookKey', 'created', 'updated'])
const NOT_PATCHED = new Set(['_id', 'revision', 'lastRun', 'nextRun'])

/** Throws `StoreError` `invalid` for a field that is not the caller's to change, or that a processing cannot lack. */
export function patched (processing: Record<string, unknown>, set: ProcessingPatch, unset: readonly string[]): Processing {
  const given = Object.entries(set).filter(([, value]) => value !== undefined)
  const removed = new Set([...unset, ...given.filter(([, value]) => value === null).map(([name]) => name)])
  for (const name of [...given.map(([name]) => name), ...removed]) {
    if (NOT_PATCHED.has(name)) throw new StoreError('invalid', `patch: the field ${name} is kept by the store`)
    if (removed.has(name) && REQUIRED.has(name)) throw new StoreError('invalid', `patch: a processing needs its ${name}, it cannot be unset`)
  }
  const kept = Object.entries(processing).filter(([name]) => !removed.has(name))
  const added = given.filter(([name]) => !removed.has(name))
  return Object.fromEntries([...kept, ...added]) as unknown as Processing // every required field was there and none was removed
}
