/**
 * The contract of a store: named operations on processings, runs, log entries and runners.
 * Shapes are those of data-fair/processings v6 (collections `processings` and `runs`), with our own fields beside them.
 *
 * A driver needs from its database only single-document compare-and-set and full unique indexes.
 * Every date is an ISO 8601 string in UTC: upstream stores them so, and they compare as strings.
 */

type AccountType = 'user' | 'organization'

export interface Account {
  readonly type: AccountType
  readonly id: string
  readonly name: string
  readonly department?: string
  readonly departmentName?: string
}

export type RunStatus = 'scheduled' | 'triggered' | 'running' | 'finished' | 'error' | 'kill' | 'killed'

/** One scheduling rule; its fields make a five-field cron text (runner/schedule.ts). */
export interface Scheduling {
  readonly type: 'monthly' | 'weekly' | 'daily' | 'hours'
  readonly month: string
  readonly dayOfWeek: string
  readonly dayOfMonth: string | number
  readonly hour: string | number
  readonly minute: string | number
  readonly lastDayOfMonth?: boolean
  readonly hourStep?: number
  readonly minuteStep?: number
  readonly monthStep?: number
  readonly dayOfMonthStep?: number
  /** IANA name; `Europe/Paris` when absent, as upstream. */
  readonly timeZone?: string
}

type PermissionTarget =
  | { readonly type: 'userEmail', readonly email: string }
  | { readonly type: 'partner', readonly organization: { readonly id: string, readonly name: string }, readonly roles: readonly string[] }

export interface Permission {
  readonly profile: 'read' | 'exec'
  readonly target: PermissionTarget
}

/** A secret at rest. `aes256` is upstream's (CBC, hex), `aes-256-gcm` is ours. */
export interface CipheredSecret {
  readonly alg: string
  readonly iv: string
  readonly data: string
  readonly tag?: string
  readonly key?: string
}

export interface Signature {
  readonly id: string
  readonly name: string
  readonly date: string
}

export type RunSnapshot = Omit<Run, 'processing' | 'owner'>

export interface Processing {
  readonly _id: string
  readonly title: string
  readonly owner: Account
  /** Registry artefact id. */
  readonly plugin: string
  readonly scheduling: readonly Scheduling[]
  readonly active?: boolean
  readonly debug?: boolean
  readonly config?: Record<string, unknown>
  readonly secrets?: Record<string, CipheredSecret>
  readonly permissions?: readonly Permission[]
  readonly webhookKey: string
  readonly created: Signature
  readonly updated: Signature
  /** Snapshots kept in step by the store itself (`replacePending`, `claim`, `finish`, `kill`…). */
  readonly lastRun?: RunSnapshot
  readonly nextRun?: RunSnapshot
}

/** Fields of a processing that may be set or unset by `patch`. */
export type ProcessingPatch = Partial<Omit<Processing, '_id' | 'lastRun' | 'nextRun'>>

/** What a run has already done to the outside; a run without effects may be run again. */
export interface Effects {
  /** HTTP requests other than GET, HEAD and OPTIONS handed to the network. */
  readonly writes: number
  readonly configPatches: number
  readonly mails: number
}

export interface OutcomeRecord {
  readonly code: string
  readonly params?: Record<string, unknown>
  readonly message: string
  /** Only operators may see it. */
  readonly adminDetail?: string
}

/** Accounting of one run; see docs/architecture.md section 5. */
export type Receipt = Record<string, unknown>

export interface Run {
  readonly _id: string
  readonly owner: Account
  readonly processing: { readonly _id: string, readonly title: string }
  /** Artefact id at the time of creation. */
  readonly plugin?: string
  readonly status: RunStatus
  readonly createdAt: string
  readonly scheduledAt?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly permissions?: readonly Permission[]
  readonly deleteOnComplete?: boolean
  /** Fencing token: 0 until claimed, then one more at each claim. Writes that carry an older one are refused. */
  readonly attempt: number
  /** Id of the runner that holds the run while it is `running` or `kill`. */
  readonly runner?: string
  readonly effects?: Effects
  /** Set when the run was handed back to be run again: it then runs alone in a quarantine cell when `quarantine`. */
  readonly resumed?: { readonly reason: string, readonly quarantine: boolean }
  readonly outcome?: OutcomeRecord
  readonly receipt?: Receipt
}

export type LogType = 'step' | 'info' | 'warning' | 'error' | 'debug' | 'task'

export interface LogEntry {
  /** 1, 2, 3… within a run, no gap: it is what a reader resumes from. */
  readonly seq: number
  readonly type: LogType
  readonly msg: string
  readonly date: string
  readonly extra?: unknown
  /** Entries written by the platform carry the code and parameters of their text (runner/outcome-texts.ts). */
  readonly code?: string
  readonly params?: Record<string, unknown>
  readonly progress?: number
  readonly total?: number
  readonly progressDate?: string
}

export interface TaskProgress {
  readonly progress: number
  readonly total: number
  readonly progressDate: string
}

export interface Page {
  /** 0: only the count is wanted. */
  readonly size: number
  readonly skip: number
  /** Field paths with direction, applied in order; by `_id` when absent. A field that is not offered is refused (`StoreError` `invalid`). */
  readonly sort?: readonly (readonly [string, 1 | -1])[]
}

export interface List<T> { readonly results: T[], readonly count: number }

export type OwnerFilter = Pick<Account, 'type' | 'id' | 'department'>

export interface ProcessingStore {
  /** Throws `StoreError` `duplicate` when the id exists. */
  insert(processing: Processing): Promise<void>
  get(id: string): Promise<Processing | undefined>
  /**
   * Without `owner`: all; without `department`: the whole organisation. `q` matches words of the title, without case or accents:
   * each of its words must begin one of the title's (store/title-words.ts).
   */
  list(filter: { readonly owner?: OwnerFilter, readonly q?: string }, page: Page): Promise<List<Processing>>
  /** Sets and unsets top-level fields (undefined: left as it is; null: unset; a required field cannot be unset: `invalid`). The permissions and owner of its runs follow. Answers the new document. */
  patch(id: string, set: ProcessingPatch, unset?: readonly (keyof ProcessingPatch)[]): Promise<Processing | undefined>
  /** Shallow merge into `config`, in one step, refused (undefined) when `attempt` is no longer that of `runId`. Answers the new config. */
  mergeConfig(id: string, runId: string, attempt: number, patch: Record<string, unknown>): Promise<Record<string, unknown> | undefined>
  /** Removes the processing, its runs and their logs. False when there was none. */
  remove(id: string): Promise<boolean>
  /** Active processings with at least one scheduling rule and no pending or running run: what a reconciler must arm. */
  unarmed(limit: number): Promise<Processing[]>
}

export type NewRun = Omit<Run, 'attempt' | 'runner' | 'startedAt' | 'finishedAt'>

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
  list(filter: { readonly owner?: OwnerFilter, readonly processings?: readonly string[] }, page: Page): Promise<List<Run>>
  /** Runs that wait (`triggered`, `scheduled`), by scheduledAt. `before`: only those due by then. */
  pending(options: { readonly before?: string, readonly limit: number }): Promise<Run[]>
  /** Compare-and-set from a due pending run to `running`: attempt + 1, startedAt, runner. Undefined when somebody else has it or it is not due. Sets lastRun, unsets nextRun. */
  claim(id: string, runner: string, now: string): Promise<Run | undefined>
  /** Changes a held run; refused (false) when the attempt is old or the run is no longer running or kill. */
  update(id: string, attempt: number, set: { readonly effects?: Effects, readonly receipt?: Receipt }): Promise<boolean>
  /** Ends a held run. Undefined when refused as in `update`. Sets lastRun. */
  finish(id: string, attempt: number, patch: FinishPatch): Promise<Run | undefined>
  /**
   * Hands a held run back as `triggered`, due now, keeping its log and attempt count. Undefined when refused as in `update`. A `kill` run is refused too.
   * It becomes nextRun again, and lastRun is what it was before the claim.
   */
  handBack(id: string, attempt: number, now: string, resumed: NonNullable<Run['resumed']>): Promise<Run | undefined>
  /** running -> kill (somebody must stop it); scheduled, triggered -> killed at once with `outcome`. Undefined when the run has ended or does not exist. A second call on `kill` changes nothing and answers the run. */
  kill(id: string, now: string, outcome: OutcomeRecord): Promise<Run | undefined>
  /** All runs that are `running` or `kill`. */
  held(): Promise<Run[]>
  /** Removes pending runs of a processing (it was deactivated). Answers their ids. */
  removePending(processingId: string): Promise<string[]>
  remove(id: string): Promise<boolean>
  /** Deletes ended runs of a processing beyond the newest `keep` by createdAt, with their logs. Answers how many. */
  retain(processingId: string, keep: number): Promise<number>
  /** The newest `limit` ended runs of a processing by finishedAt, newest first (failure policy). */
  lastEnded(processingId: string, limit: number): Promise<Run[]>
}

export interface LogStore {
  /** Appends entries whose `seq` continues the run's log. Refused (false), as a whole, when the attempt is old. Throws `StoreError` `sequence` on a gap or a double. */
  append(runId: string, attempt: number, entries: readonly LogEntry[]): Promise<boolean>
  /** Updates the progress of a task entry in place. Refused (false) when the attempt is old. */
  progress(runId: string, attempt: number, seq: number, progress: TaskProgress): Promise<boolean>
  /** Entries with seq > after, in order. */
  read(runId: string, options: { readonly after?: number, readonly limit: number }): Promise<LogEntry[]>
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
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** `invalid`: what was asked for is outside the contract (an unknown sort field, a negative limit, a required field unset). */
export type StoreErrorCode = 'duplicate' | 'sequence' | 'unavailable' | 'too-new' | 'invalid'

/** The only class of error that a driver throws on purpose. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  constructor (code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
