/** Rows of the table `runs` and the `Run` they stand for. */
import type { Effects, FinishPatch, NewRun, Run, RunSnapshot, RunStatus } from '../types.ts'
import type { Value } from './database.ts'

export interface RunRow {
  readonly id: string
  readonly processing: string
  readonly status: RunStatus
  readonly attempt: number
  readonly runner: string | null
  readonly scheduled_at: string | null
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly owner: string
  readonly permissions: string | null
  /** What never changes: `_id`, `processing`, `plugin`, `createdAt`. */
  readonly doc: string
  readonly delete_on_complete: number | null
  readonly effects: string | null
  readonly resumed: string | null
  readonly outcome: string | null
  readonly receipt: string | null
  readonly trigger_type: NonNullable<Run['trigger']>['type'] | null
  /** Not selected by lists: it may be long. */
  readonly trigger_body?: string | null
}

/** All columns of a run but `trigger_body`. */
export const LISTED_COLUMNS = [
  'id', 'processing', 'status', 'attempt', 'runner', 'scheduled_at', 'started_at', 'finished_at', 'owner', 'permissions', 'doc',
  'delete_on_complete', 'effects', 'resumed', 'outcome', 'receipt', 'trigger_type'
].map(column => `runs.${column}`).join(', ')

/** The JSON columns are written by this driver alone: they are read back as what was written. */
export function runOf (row: RunRow): Run {
  const run: Record<string, unknown> = { ...JSON.parse(row.doc), owner: JSON.parse(row.owner), status: row.status, attempt: row.attempt }
  if (row.scheduled_at !== null) run.scheduledAt = row.scheduled_at
  if (row.started_at !== null) run.startedAt = row.started_at
  if (row.finished_at !== null) run.finishedAt = row.finished_at
  if (row.permissions !== null) run.permissions = JSON.parse(row.permissions)
  if (row.delete_on_complete !== null) run.deleteOnComplete = row.delete_on_complete === 1
  if (row.runner !== null) run.runner = row.runner
  if (row.effects !== null) run.effects = JSON.parse(row.effects)
  if (row.resumed !== null) run.resumed = JSON.parse(row.resumed)
  if (row.outcome !== null) run.outcome = JSON.parse(row.outcome)
  if (row.receipt !== null) run.receipt = JSON.parse(row.receipt)
  if (row.trigger_type !== null) run.trigger = triggerOf(row.trigger_type, row.trigger_body ?? null)
  return run as unknown as Run // see above
}

export function snapshotOf (run: Run): RunSnapshot {
  const { processing, owner, trigger, ...snapshot } = run
  return snapshot
}

function triggerOf (type: NonNullable<Run['trigger']>['type'], body: string | null): Run['trigger'] {
  return body === null ? { type } : { type, body: JSON.parse(body) }
}

/** The columns of a new run, by name. */
export function newRunColumns (run: NewRun): Record<string, Value> {
  return {
    id: run._id,
    processing: run.processing._id,
    slot: run.processing._id,
    status: run.status,
    attempt: 0,
    due: run.scheduledAt ?? run.createdAt,
    created_at: run.createdAt,
    scheduled_at: run.scheduledAt ?? null,
    ...ownerColumns(run.owner),
    permissions: json(run.permissions),
    doc: JSON.stringify({ _id: run._id, processing: run.processing, plugin: run.plugin, createdAt: run.createdAt }),
    delete_on_complete: flag(run.deleteOnComplete),
    effects: json(run.effects),
    resumed: json(run.resumed),
    outcome: json(run.outcome),
    receipt: json(run.receipt),
    trigger_type: run.trigger?.type ?? null,
    trigger_body: run.trigger?.body === undefined ? null : JSON.stringify(run.trigger.body)
  }
}

export function ownerColumns (owner: Run['owner']): Record<'owner' | 'owner_type' | 'owner_id' | 'owner_department', Value> {
  return { owner: JSON.stringify(owner), owner_type: owner.type, owner_id: owner.id, owner_department: owner.department ?? null }
}

/** Values of FINISH (runs.ts), in its order. */
export function finishValues (patch: FinishPatch): Value[] {
  return [patch.status, patch.finishedAt, json(patch.outcome), ...countedValues(patch), flag(patch.deleteOnComplete)]
}

/** Null keeps what is there. */
export function countedValues (set: { readonly effects?: Effects, readonly receipt?: Run['receipt'] }): Value[] {
  return [json(set.effects), json(set.receipt)]
}

/** Undefined and null both become an empty column. */
export function json (value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}

function flag (value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value)
}
