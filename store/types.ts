/**
 * The contract of a store: named operations on processings, runs, log entries, runners, accounts, and what the service keeps for itself.
 * The documents are in document-types.ts; accounts and the service have files of their own.
 * Shapes are those of data-fair/processings v6 (collections `processings` and `runs`), with our own fields beside them.
 *
 * A driver needs from its database only single-document compare-and-set and full unique indexes. Where an operation touches several
 * documents, its comment says in which order, so that a crash between them is harmless or mended by saying it again.
 * Every date is an ISO 8601 string in UTC: upstream stores them so, and they compare as strings.
 */

import type { AccountStore, ApiKeyStore, AuditStore, LimitStore, RunLimitStore } from './account-types.ts'
import type { AccountKey, List, OwnerFilter, Page } from './base-types.ts'
import type { Effects, LogEntry, LogType, OutcomeRecord, Processing, ProcessingPatch, Receipt, Run, RunStatus, TaskProgress } from './document-types.ts'
import type { CrashStore, IdempotencyStore, LockStore, MetaStore, OutboxStore } from './service-types.ts'

export type * from './account-types.ts'
export type * from './base-types.ts'
export type * from './document-types.ts'
export type * from './service-types.ts'

/** Whom permissions may name. */
export interface Grantee {
  /** Compared as it is. */
  readonly email?: string
  /** The organisation he acts for, and his role there. */
  readonly partner?: { readonly organization: string, readonly role: string }
}

/** What a caller sees of an owner's documents. */
export interface Scope {
  readonly owner: OwnerFilter
  /** Only documents whose permissions name this caller (read or exec). Absent: all of the owner's. */
  readonly sharedWith?: Grantee
  /** Only these processings and their runs. Absent: all. Empty: none. */
  readonly processings?: readonly string[]
}

export interface ProcessingFilter {
  /** Documents of any of these scopes. Absent: of everybody. Empty: none. */
  readonly scopes?: readonly Scope[]
  /** Short for one scope without `sharedWith`. With both, both hold. */
  readonly owner?: OwnerFilter
  /** Words of the title, without case or accents: each must begin one of the title's (store/title-words.ts). Empty: no filter. */
  readonly q?: string
  /** Any of: `none` (no lastRun), `scheduled` (a nextRun), or the status of lastRun. Empty: none. */
  readonly statuses?: readonly ProcessingStatus[]
  /** Any of these artefact ids. Empty: none. */
  readonly plugins?: readonly string[]
}

export type ProcessingStatus = 'none' | RunStatus

/** Counts of the processings that a filter leaves: the whole filter holds for each facet. */
export interface Facets {
  /** By status as `ProcessingFilter.statuses` tells them; `scheduled` is always there; a processing with lastRun and nextRun counts twice. */
  readonly statuses?: ReadonlyMap<ProcessingStatus, number>
  /** By artefact id. */
  readonly plugins?: ReadonlyMap<string, number>
  /** By type and id; 10,000 owners and departments at most. */
  readonly owners?: readonly OwnerFacet[]
}

export interface OwnerFacet extends AccountKey {
  readonly name: string
  readonly totalCount: number
  /** Only what lies in departments. */
  readonly departments: readonly { readonly department: string, readonly departmentName?: string, readonly count: number }[]
}

export interface FacetsWanted {
  readonly statuses?: boolean
  readonly plugins?: boolean
  readonly owners?: boolean
}

export interface ProcessingStore {
  /** Throws `StoreError` `duplicate` when the id exists. */
  insert(processing: Processing): Promise<void>
  get(id: string): Promise<Processing | undefined>
  /**
   * Sorted by `_id`, `title`, `plugin`, `created.date`, `updated.date`, `lastRun.` `status`, `createdAt`, `scheduledAt`, `startedAt`, `finishedAt`,
   * `nextRun.` `status`, `createdAt`, `scheduledAt`; what is absent comes first. `count` is of all pages.
   */
  list(filter: ProcessingFilter, page: Page): Promise<List<Processing>>
  facets(filter: ProcessingFilter, wanted: FacetsWanted): Promise<Facets>
  /**
   * Sets and unsets top-level fields (undefined: left as it is; null: unset; a required field cannot be unset: `invalid`). Answers the new document.
   * `ifRevision`: throws `StoreError` `conflict` and changes nothing when the document has another revision (0: none yet).
   * The permissions and owner of its runs follow. A driver without transactions writes the processing first, then its runs; cut short, the same
   * fields said again, or `accounts.changeOwner`, finish the work.
   */
  patch(id: string, set: ProcessingPatch, unset?: readonly (keyof ProcessingPatch)[], options?: { readonly ifRevision?: number }): Promise<Processing | undefined>
  /** Shallow merge into `config`, in one step, refused (undefined) when `attempt` is no longer that of `runId`. Answers the new config. */
  mergeConfig(id: string, runId: string, attempt: number, patch: Record<string, unknown>): Promise<Record<string, unknown> | undefined>
  /** Removes the runs with their logs, the processing last: cut short, it is said again. False when there was none. */
  remove(id: string): Promise<boolean>
  /** Active processings with at least one scheduling rule and no pending or running run: what a reconciler must arm. */
  unarmed(limit: number): Promise<Processing[]>
}

export type NewRun = Omit<Run, 'attempt' | 'runner' | 'startedAt' | 'finishedAt'>

/** Of any of the scopes (absent: everybody; empty: nobody), and of any of the processings. A run is shared as its processing is. */
interface RunFilter {
  readonly scopes?: readonly Scope[]
  /** Short for one scope without `sharedWith`. With both, both hold. */
  readonly owner?: OwnerFilter
  readonly processings?: readonly string[]
}

export type PendingResult =
  | { readonly ok: true, readonly run: Run }
  /** Another run of the processing stands in the way: it is returned. */
  | { readonly ok: false, readonly active: Run }

export interface FinishPatch {
  readonly status: 'finished' | 'error' | 'killed'
  readonly finishedAt: string
  readonly outcome: OutcomeRecord
  readonly receipt?: Receipt
  readonly effects?: Effects
  readonly deleteOnComplete?: boolean
}

export interface RunStore {
  /**
   * Inserts a `triggered` or `scheduled` run, replacing the pending `scheduled` run of the same processing.
   * A processing has at most one run that is scheduled, triggered, running or kill (one unique index):
   * when one that may not be replaced exists (triggered, running, kill), it is returned instead.
   * Sets `processing.nextRun`. Throws `StoreError` `duplicate` when the id exists, `invalid` when the processing does not.
   */
  replacePending(run: NewRun): Promise<PendingResult>
  get(id: string): Promise<Run | undefined>
  /** Never with a log, nor with `trigger.body`. Sorted by `_id`, `createdAt` and, for a filter that is not empty, `scheduledAt`, `startedAt`, `finishedAt`. */
  list(filter: RunFilter, page: Page): Promise<List<Run>>
  /** Runs that wait (`triggered`, `scheduled`), by scheduledAt. `before`: only those due by then. `except`: none of these accounts, so that a full page of one account does not hide the others. */
  pending(options: { readonly before?: string, readonly limit: number, readonly except?: readonly AccountKey[] }): Promise<Run[]>
  /** Compare-and-set from a due pending run to `running`: attempt + 1, startedAt, runner. Undefined when somebody else has it or it is not due. Sets lastRun, unsets nextRun. */
  claim(id: string, runner: string, now: string): Promise<Run | undefined>
  /** Changes a held run; refused (false) when the attempt is old or the run is no longer running or kill. */
  update(id: string, attempt: number, set: { readonly effects?: Effects, readonly receipt?: Receipt }): Promise<boolean>
  /** Ends a held run. Undefined when refused as in `update`. Sets lastRun. */
  finish(id: string, attempt: number, patch: FinishPatch): Promise<Run | undefined>
  /**
   * Hands a held run back as `triggered`, due at `dueAt` (now, or later for a retry), keeping its log and attempt count. Undefined when refused as in `update`.
   * A `kill` run is refused too.
   * It becomes nextRun again, and lastRun is what it was before the claim.
   */
  handBack(id: string, attempt: number, dueAt: string, resumed: NonNullable<Run['resumed']>): Promise<Run | undefined>
  /** running -> kill (somebody must stop it); scheduled, triggered -> killed at once with `outcome`. Undefined when the run has ended or does not exist. A second call on `kill` changes nothing and answers the run. */
  kill(id: string, now: string, outcome: OutcomeRecord): Promise<Run | undefined>
  /** All runs that are `running` or `kill`. */
  held(): Promise<Run[]>
  /** How many runs are held for each account (all its departments): why others of it wait. */
  heldByOwner(): Promise<(AccountKey & { readonly count: number })[]>
  /** Compare-and-set of the date of a run that waits and was never claimed. Undefined when it is no such run. */
  reschedule(id: string, scheduledAt: string): Promise<Run | undefined>
  /** Removes the pending run of a processing (it was deactivated); `scheduled`: only one that nobody has asked for. One step. Answers its id, or nothing. */
  removePending(processingId: string, only?: 'scheduled'): Promise<string[]>
  remove(id: string): Promise<boolean>
  /** Deletes ended runs of a processing beyond the newest `keep` by createdAt, with their logs. Answers how many. */
  retain(processingId: string, keep: number): Promise<number>
  /** The newest `limit` ended runs of a processing by finishedAt, newest first (failure policy). */
  lastEnded(processingId: string, limit: number): Promise<Run[]>
}

export interface LogFilter {
  /** Only entries of these types. Empty: none. */
  readonly types?: readonly LogType[]
  /** Only entries whose stored `msg` contains this text, in any case. */
  readonly q?: string
}

export interface LogStore {
  /** Appends entries whose `seq` continues the run's log. Refused (false), as a whole, when the attempt is old. Throws `StoreError` `sequence` on a gap or a double. */
  append(runId: string, attempt: number, entries: readonly LogEntry[]): Promise<boolean>
  /** Updates the progress of a task entry in place. Refused (false) when the attempt is old. */
  progress(runId: string, attempt: number, seq: number, progress: TaskProgress): Promise<boolean>
  /** Entries with seq > after, in order. */
  read(runId: string, options: LogFilter & { readonly after?: number, readonly limit: number }): Promise<LogEntry[]>
  count(runId: string, filter?: LogFilter): Promise<number>
  /** The last sequence number, 0 for an empty log. */
  last(runId: string): Promise<number>
}

/** A runner process that is, or was, alive: what tells a held run from an orphan. */
export interface RunnerRecord {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly startedAt: string
  readonly heartbeatAt: string
}

export interface RunnerStore {
  beat(record: RunnerRecord): Promise<void>
  list(): Promise<RunnerRecord[]>
  remove(id: string): Promise<void>
}

export interface Store {
  readonly processings: ProcessingStore
  readonly runs: RunStore
  readonly logs: LogStore
  readonly runners: RunnerStore
  readonly accounts: AccountStore
  readonly limits: LimitStore
  readonly runLimits: RunLimitStore
  readonly apiKeys: ApiKeyStore
  readonly audit: AuditStore
  readonly idempotency: IdempotencyStore
  readonly outbox: OutboxStore
  readonly meta: MetaStore
  readonly locks: LockStore
  readonly crashes: CrashStore
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * `invalid`: what was asked for is outside the contract (an unknown sort field, a negative limit, a required field unset).
 * `conflict`: the document is no longer the one that the caller has seen (`ifRevision`).
 */
export type StoreErrorCode = 'duplicate' | 'conflict' | 'sequence' | 'unavailable' | 'too-new' | 'invalid'

/** The only class of error that a driver throws on purpose. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  constructor (code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
