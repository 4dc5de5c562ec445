/** Valid documents, to be varied by the tests. */
import type { Account, ApiKey, FinishPatch, LogEntry, NewRun, OutcomeRecord, Processing, Run, Store } from '../../../store/types.ts'

export const TOWN: Account = { type: 'organization', id: 'town', name: 'Town' }

export const outcome: OutcomeRecord = { code: 'finished', message: 'The run is finished.' }

/** ISO date, `minutes` after the start of a day. */
export function at (minutes: number): string {
  return new Date(Date.UTC(2030, 0, 1, 0, minutes)).toISOString()
}

export function processing (id: string, fields: Partial<Processing> = {}): Processing {
  return {
    _id: id,
    title: `Processing ${id}`,
    owner: TOWN,
    plugin: '@example/hello',
    scheduling: [],
    webhookKey: `key-of-${id}`,
    created: { id: 'ada', name: 'Ada', date: at(0) },
    updated: { id: 'ada', name: 'Ada', date: at(0) },
    ...fields
  }
}

/** A triggered run of `processingId`, due at minute 0. */
export function run (id: string, processingId: string, fields: Partial<NewRun> = {}): NewRun {
  return {
    _id: id,
    owner: TOWN,
    processing: { _id: processingId, title: `Processing ${processingId}` },
    plugin: '@example/hello',
    status: 'triggered',
    createdAt: at(0),
    scheduledAt: at(0),
    ...fields
  }
}

export function apiKey (id: string, fields: Partial<ApiKey> = {}): ApiKey {
  return { _id: id, account: TOWN, title: `Key ${id}`, role: 'admin', hash: `hash of ${id}`, created: { id: 'ada', name: 'Ada', date: at(0) }, ...fields }
}

export function entry (seq: number, fields: Partial<LogEntry> = {}): LogEntry {
  return { seq, type: 'info', msg: `line ${seq}`, date: at(seq), ...fields }
}

export function finish (fields: Partial<FinishPatch> = {}): FinishPatch {
  return { status: 'finished', finishedAt: at(2), outcome, ...fields }
}

/** Inserts a run and claims it at minute 1. */
export async function claimed (store: Store, id: string, processingId: string, fields: Partial<NewRun> = {}): Promise<Run> {
  const result = await store.runs.replacePending(run(id, processingId, fields))
  if (!result.ok) throw new Error(`run ${id} is refused: ${result.active._id} is ${result.active.status}`)
  const claim = await store.runs.claim(id, 'runner-1', at(1))
  if (claim === undefined) throw new Error(`run ${id} cannot be claimed`)
  return claim
}

/** Inserts a run, claims it and ends it. */
export async function ended (store: Store, id: string, processingId: string, patch: Partial<FinishPatch> = {}, fields: Partial<NewRun> = {}): Promise<Run> {
  const { attempt } = await claimed(store, id, processingId, fields)
  const run = await store.runs.finish(id, attempt, finish(patch))
  if (run === undefined) throw new Error(`run ${id} cannot be ended`)
  return run
}

export const ids = (documents: readonly { readonly _id: string }[]): string[] => documents.map(document => document._id)
