/** Processings, runs and log entries, as they are stored and answered. Part of store/types.ts. */
import type { Account, Signature } from './base-types.ts'

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

/** How a secret reaches the plugin. */
interface SecretRule {
  /** `placeholder`: the plugin sees `{{secret:name}}`, the broker puts the value into requests to `hosts`. `value` when there is no rule. */
  readonly exposure: 'value' | 'placeholder'
  /** `host` or `host:port`; needed for a placeholder to be of any use. */
  readonly hosts?: readonly string[]
}

/** Which failures are retried is the runner's to say (those that can heal). */
interface Retry {
  readonly max: number
  readonly backoffSeconds: number
}

/** A run as its processing shows it. */
export type RunSnapshot = Omit<Run, 'processing' | 'owner' | 'trigger'>

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
  readonly secretRules?: Record<string, SecretRule>
  /** The only content that may run (`sha512-…`): an update that changes it is refused. */
  readonly pluginIntegrity?: string
  readonly retry?: Retry
  readonly permissions?: readonly Permission[]
  readonly webhookKey: string
  readonly created: Signature
  readonly updated: Signature
  /** One more at each change of the document (`patch`, `mergeConfig`, a new owner or name); absent until the first. Runs do not change it. */
  readonly revision?: number
  /** Snapshots kept in step by the store itself (`replacePending`, `claim`, `finish`, `kill`…). */
  readonly lastRun?: RunSnapshot
  readonly nextRun?: RunSnapshot
}

/** Fields of a processing that may be set or unset by `patch`. */
export type ProcessingPatch = Partial<Omit<Processing, '_id' | 'revision' | 'lastRun' | 'nextRun'>>

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

/** Why a run exists. */
export interface RunTrigger {
  readonly type: 'manual' | 'webhook' | 'schedule'
  /** JSON sent with a webhook, for the plugin. Only `get` and the operations that answer one run after a change tell it; lists, snapshots and runs in the way leave it out. */
  readonly body?: unknown
}

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
  /**
   * Set when the run was handed back to be run again: it then runs alone in a quarantine cell when `quarantine`.
   * `retry`: how many of the retries of its processing have been used, this one included.
   * `interruptions`: how often it was handed back because its runner stopped or died.
   */
  readonly resumed?: { readonly reason: string, readonly quarantine: boolean, readonly retry?: number, readonly interruptions?: number }
  readonly trigger?: RunTrigger
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
