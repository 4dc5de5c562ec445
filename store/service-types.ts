/** What the service keeps for itself: idempotency keys, events to send, locks, versions, plugins that crash. Part of store/types.ts. */

export interface IdempotencyRecord {
  /** Whose key it is: keys of two scopes never meet. */
  readonly scope: string
  readonly key: string
  /** Hash of what was asked: the same key with another body is the caller's mistake. */
  readonly bodyHash: string
  readonly expiresAt: string
  /** What was answered (the id of a run); absent while the first caller is at work, or when he died. */
  readonly result?: string
}

type PutOnceResult =
  /** The caller is the first, or the first since the former one expired: he acts, then `setResult`. */
  | { readonly first: true }
  | { readonly first: false, readonly record: IdempotencyRecord }

export interface IdempotencyStore {
  /** Of many at once exactly one is the first. A record that has expired at `now` is replaced. */
  putOnce(record: Omit<IdempotencyRecord, 'result'>, now: string): Promise<PutOnceResult>
  /** False when the record is gone or has another body hash. */
  setResult(record: Pick<IdempotencyRecord, 'scope' | 'key' | 'bodyHash'>, result: string): Promise<boolean>
  /** The action was refused or failed: the next caller is the first again. Removes only a record without result and with this body hash. */
  forget(record: Pick<IdempotencyRecord, 'scope' | 'key' | 'bodyHash'>): Promise<boolean>
  /** Deletes records expired at `now`, `limit` at most. Answers how many. */
  expire(now: string, limit: number): Promise<number>
}

/** An event that waits to be sent. */
export interface OutboxEvent {
  readonly _id: string
  readonly createdAt: string
  /** JSON. */
  readonly body: unknown
}

export interface TakenEvent extends OutboxEvent {
  /** How many times it was taken, this one included. */
  readonly attempts: number
}

/** Sent at least once, about in order: a taken event that is not `done` when its lease ends is taken again. */
export interface OutboxStore {
  /**
   * Adds events, then deletes the oldest beyond `keep`; answers how many were deleted. Throws `StoreError` `duplicate` when an id exists
   * (the events before it may then be in). Concurrent appends may leave a few more than `keep`.
   */
  append(events: readonly OutboxEvent[], keep: number): Promise<number>
  /** The oldest events that nobody holds, held by `lease` (an id of this batch) until `until`; each is taken by one caller. */
  take(lease: string, options: { readonly limit: number, readonly now: string, readonly until: string }): Promise<TakenEvent[]>
  /** Deletes events of a batch; those that somebody else has taken since stay. Answers how many. */
  done(lease: string, ids: readonly string[]): Promise<number>
  /** Gives events of a batch back, to be taken again at `retryAt`. Answers how many. */
  release(lease: string, ids: readonly string[], retryAt: string): Promise<number>
  /** How many wait or are held. */
  count(): Promise<number>
}

export interface MetaStore {
  /** Version that the documents have been brought to by the upgrade scripts (`services` of data-fair), undefined when never recorded. */
  version(service: string): Promise<string | undefined>
  setVersion(service: string, version: string): Promise<void>
  /** A small JSON document by name: how far an upgrade script has come, when it was done. */
  read(name: string): Promise<unknown>
  write(name: string, value: unknown): Promise<void>
}

export interface LockRecord {
  readonly name: string
  /** Id of one acquisition, not of a process: two callers of one process are two owners. */
  readonly owner: string
  readonly until: string
}

/** A lock is a lease: it ends by itself at `until`. Whoever wants it waits by asking again; nothing is queued. */
export interface LockStore {
  /** True when it is now held by `owner`: nobody had it, its time was over, or it was his already. */
  acquire(name: string, owner: string, now: string, until: string): Promise<boolean>
  /** False when it is no longer his: he must stop. */
  renew(name: string, owner: string, until: string): Promise<boolean>
  /** False when it was not his, and then nothing is released. */
  release(name: string, owner: string): Promise<boolean>
  /** Who holds it, or held it last without releasing it. */
  get(name: string): Promise<LockRecord | undefined>
}

/** What is known of a plugin content that has killed cells. */
export interface CrashRecord {
  /** Integrity of the content. */
  readonly content: string
  /** Artefact id under which it crashed last. */
  readonly artefact: string
  /** Dates of the last crashes, oldest first, 20 at most. */
  readonly crashes: readonly string[]
  /** It killed a cell while alone in it: from now on it runs in quarantine. */
  readonly convicted?: { readonly date: string, readonly runId: string }
}

export interface CrashStore {
  get(content: string): Promise<CrashRecord | undefined>
  /** Keeps a crash; `alone` convicts (once: the first conviction stays). Single-document write. Answers the record as it is then. */
  record(crash: { readonly content: string, readonly artefact: string, readonly runId: string, readonly date: string, readonly alone: boolean }): Promise<CrashRecord>
  /** Latest crash first. */
  list(limit: number): Promise<CrashRecord[]>
  /** Forgets a content: an operator trusts it again. False when nothing was known. */
  pardon(content: string): Promise<boolean>
  /** Forgets contents whose last crash is older, `limit` at most. Answers how many. */
  prune(before: string, limit: number): Promise<number>
}
