/** What belongs to an account beside its processings: limits, keys, audit trail; and what happens to all of it at once. Part of store/types.ts. */
import type { Account, AccountKey, List, OwnerFilter, PlainPage, Signature } from './base-types.ts'

/** Follows the directory: accounts that are renamed or removed. Works in batches, others are served between them. */
export interface AccountStore {
  /**
   * Moves a processing with its runs to another owner. False when there is no such processing. Throws `StoreError` `conflict` as `patch` does.
   * A driver without transactions writes the processing first, then its runs. Cut short, some runs are listed for the former owner: said again,
   * with the same owner, it finishes the work.
   */
  changeOwner(processingId: string, owner: Account, ifRevision?: number): Promise<boolean>
  /** New name of an account in its processings, runs, keys and limits. Any order, each document once: cut short, it is said again. Answers how many documents changed. */
  renameOwner(account: AccountKey, name: string): Promise<number>
  /** New name of a user in the signatures (`created`, `updated`) of processings, whoever owns them. As `renameOwner`. */
  renameUser(userId: string, name: string): Promise<number>
  /** New `departmentName` in the processings, runs and keys of one department. As `renameOwner`. */
  renameDepartment(account: AccountKey, department: string, name: string): Promise<number>
  /**
   * Removes all that is of an account: first its keys (nobody may add to what is being removed), then its processings, each with runs and
   * logs, then its limits. Only its audit trail stays, until it is too old. Cut short, it is said again. Answers how many processings there were.
   * A run that is held loses what its holder still writes: stop it first.
   */
  removeOwner(account: AccountKey): Promise<number>
}

/** Quota of an account. Source: data-fair/processings v6, collection `limits`. */
export interface AccountLimits extends AccountKey {
  readonly name?: string
  readonly lastUpdate: string
  /** Made by this service because nobody had set one. Its `limit`, if any, says nothing: the configured default holds. */
  readonly defaults?: true
  readonly processings_seconds?: {
    /** Seconds; -1: unlimited; absent: the configured default holds. */
    readonly limit?: number
    /** Seconds used. */
    readonly consumption?: number
  }
}

type AccountLimitsPatch = Pick<AccountLimits, 'name' | 'lastUpdate' | 'defaults' | 'processings_seconds'>

export interface LimitStore {
  get(account: AccountKey): Promise<AccountLimits | undefined>
  /**
   * Merges, also inside `processings_seconds`: what the patch does not name stays, `consumption` above all; only `defaults` is removed when it is not named.
   * Makes the document when there is none. One step. Throws `StoreError` `invalid` for a number that is not finite.
   */
  put(account: AccountKey, patch: AccountLimitsPatch): Promise<AccountLimits>
  /** The document of an account, made when absent with `defaults: true`, `lastUpdate: now` and no limit. One step. */
  ensure(account: AccountKey, now: string): Promise<AccountLimits>
  /** Adds seconds to what was used, in one step, making the document as `ensure` does. Throws `StoreError` `invalid` for what is not a number from 0 up. */
  addConsumption(account: AccountKey, seconds: number, now: string): Promise<AccountLimits>
  /** Newest `lastUpdate` first. */
  list(filter: Partial<AccountKey>, page: PlainPage): Promise<List<AccountLimits>>
}

/** To whose runs an override applies. */
export type LimitSubject =
  | { readonly kind: 'owner', readonly owner: AccountKey }
  /** Registry artefact id. */
  | { readonly kind: 'plugin', readonly plugin: string }

/** What a super-admin has set for the runs of an owner or of a plugin, instead of the configured values. */
export interface RunLimitOverride {
  readonly subject: LimitSubject
  /** By configuration key, in the key's unit; text for those that are no number (`CELL_ISOLATION`). */
  readonly values: Readonly<Record<string, number | string>>
  readonly updated: Signature
}

export interface RunLimitStore {
  get(subject: LimitSubject): Promise<RunLimitOverride | undefined>
  /** Replaces the whole override. */
  put(override: RunLimitOverride): Promise<void>
  /** False when there was none. */
  remove(subject: LimitSubject): Promise<boolean>
  /** By kind, then owner or plugin. */
  list(page: PlainPage): Promise<List<RunLimitOverride>>
  /** Those that apply to a run: none, one or both. */
  of(owner: AccountKey, plugin: string): Promise<{ readonly owner?: RunLimitOverride, readonly plugin?: RunLimitOverride }>
}

export interface ApiKey {
  readonly _id: string
  /** The account on whose behalf it acts. */
  readonly account: Account
  readonly title: string
  readonly role: 'admin' | 'contrib' | 'user'
  /** Hash of the key: the key itself is never stored. */
  readonly hash: string
  /** Ids of the only processings that it reaches; absent: all. */
  readonly processings?: readonly string[]
  readonly expiresAt?: string
  readonly created: Signature
  /** Not exact: see `touch`. */
  readonly lastUsedAt?: string
}

export interface ApiKeyStore {
  /** Throws `StoreError` `duplicate` when the id or the hash exists. */
  insert(key: ApiKey): Promise<void>
  /** Whether it has expired is for the caller to see. */
  findByHash(hash: string): Promise<ApiKey | undefined>
  /** Keys of an account, or of one of its departments; newest first. */
  list(account: OwnerFilter, page: PlainPage): Promise<List<ApiKey>>
  /** Deletes it: from now on it is unknown. False when the account has no such key. */
  revoke(account: OwnerFilter, id: string): Promise<boolean>
  /** Keeps `now` as last use, unless one at or after `unlessSince` is known: a key in constant use is not written at each. */
  touch(id: string, now: string, unlessSince: string): Promise<void>
}

export interface AuditEntry {
  readonly _id: string
  /** Whose administrators may read it. */
  readonly account: Account
  readonly date: string
  readonly actor: { readonly type: 'user' | 'api-key' | 'super-admin' | 'webhook' | 'service', readonly id: string, readonly name: string }
  /** What was done: `processing.patch`, `run.kill`, `api-key.create`… */
  readonly action: string
  readonly target?: { readonly type: string, readonly id: string, readonly title?: string }
  /** Paths that were changed. Never a value of a secret. */
  readonly paths?: readonly string[]
  readonly details?: Readonly<Record<string, unknown>>
}

export interface AuditFilter {
  /** Absent: all accounts. */
  readonly account?: OwnerFilter
  /** Entries dated at it or later. */
  readonly from?: string
  /** Entries dated before it. */
  readonly until?: string
}

export interface AuditStore {
  append(entry: AuditEntry): Promise<void>
  /** Newest first. */
  list(filter: AuditFilter, page: PlainPage): Promise<List<AuditEntry>>
  /** Deletes the oldest of those dated before, `limit` at most. Answers how many. */
  prune(before: string, limit: number): Promise<number>
}
