/** Why a run waits: what must come to pass before it starts. */
import { openedBy, type BreakerRules } from '../runner/breaker.ts'
import { remainingSeconds } from '../runner/quota.ts'
import type { AccountKey, CrashRecord, Run, Store } from '../store/types.ts'
import { say, type Locale, type TextCode, type TextParams } from './texts.ts'
import type { ApiDeps, ApiOptions } from './types.ts'

export interface WaitingOptions {
  /** Runs at once on each runner. */
  readonly places: number
  /** Without a heartbeat for so long a runner is dead. */
  readonly deadAfterMs: number
  readonly breaker: BreakerRules
}

/** The text of each reason. */
const sentences = {
  date: 'waiting-date',
  retry: 'waiting-retry',
  'no-runner': 'waiting-no-runner',
  places: 'waiting-places',
  quota: 'waiting-quota',
  'plugin-paused': 'waiting-plugin-paused'
} as const satisfies Record<string, TextCode>

export const WAITING_CODES = Object.keys(sentences)

interface Reason {
  readonly code: keyof typeof sentences
  readonly params: TextParams
  /** Since when it holds, as far as it is known. */
  readonly since: string
}

interface Facts {
  readonly now: number
  /** Heartbeats of all runners there are or were. */
  readonly heartbeats: readonly string[]
  readonly held: readonly (AccountKey & { readonly count: number })[]
  /** Of the owner; -1: unlimited. */
  readonly quotaSeconds: number
  /** Contents of its plugin that have crashed. */
  readonly crashes: readonly Pick<CrashRecord, 'crashes'>[]
}

/** Contents that have crashed; the latest ones. */
const MAX_CRASHES = 1000

function waits ({ status }: Run): boolean {
  return status === 'scheduled' || status === 'triggered'
}

/** Answers the reasons for runs of one request: what holds for many of them is looked up once. Of a run that does not wait: undefined. */
export function waitingReasons ({ store, options }: Pick<ApiDeps, 'store' | 'options'>, locale: Locale): (run: Run) => Promise<Record<string, unknown>[] | undefined> {
  const common = lazily(async () => ({ now: Date.now(), heartbeats: (await store.runners.list()).map(({ heartbeatAt }) => heartbeatAt), held: await store.runs.heldByOwner(), crashes: await store.crashes.list(MAX_CRASHES) }))
  const quotas = new Map<string, Promise<number>>()
  return async run => {
    if (!waits(run)) return undefined
    const { crashes, ...facts } = await common()
    const reasons = reasonsOf(run, { ...facts, quotaSeconds: await quotaOf(store, options, quotas, run), crashes: crashes.filter(({ artefact }) => artefact === run.plugin) }, options.waiting)
    return reasons.map(({ code, params, since }) => ({ code, params, since, message: say(sentences[code], params, locale) }))
  }
}

/** Pure. Empty: it is about to start. Before its date nothing else is told but what will end it then. */
export function reasonsOf (run: Run, facts: Facts, { places, deadAfterMs, breaker }: Partial<WaitingOptions> = {}): Reason[] {
  const dueAt = run.scheduledAt ?? run.createdAt
  const due = Date.parse(dueAt) <= facts.now
  return [
    ...(due ? [] : [dateReason(run, dueAt)]),
    ...(due ? runnerReasons(run, dueAt, facts, places ?? Infinity, deadAfterMs ?? DEAD_AFTER_MS) : []),
    ...(facts.quotaSeconds === 0 ? [{ code: 'quota', params: {}, since: run.createdAt } as const] : []),
    ...(breaker === undefined ? [] : pausedReason(run, facts, breaker))
  ]
}

const DEAD_AFTER_MS = 60_000

function dateReason ({ resumed, createdAt }: Run, date: string): Reason {
  return resumed?.reason === 'retry' ? { code: 'retry', params: { date, count: resumed.retry ?? 1 }, since: createdAt } : { code: 'date', params: { date }, since: createdAt }
}

function runnerReasons ({ owner }: Run, dueAt: string, { now, heartbeats, held }: Facts, places: number, deadAfterMs: number): Reason[] {
  const alive = heartbeats.filter(date => now - Date.parse(date) < deadAfterMs).length
  if (alive === 0) return [{ code: 'no-runner', params: {}, since: heartbeats.reduce((latest, date) => date > latest ? date : latest, dueAt) }]
  const running = held.reduce((sum, { count }) => sum + count, 0)
  const own = held.find(({ type, id }) => type === owner.type && id === owner.id)?.count ?? 0
  return running < alive * places ? [] : [{ code: 'places', params: { own, places: alive * places }, since: dueAt }]
}

function pausedReason ({ plugin = '' }: Run, { now, crashes }: Facts, rules: BreakerRules): Reason[] {
  const paused = crashes.map(record => ({ since: record.crashes.at(-1) ?? '', until: openedBy(record.crashes, rules)?.untilMs ?? 0 })).find(({ until }) => until > now)
  return paused === undefined ? [] : [{ code: 'plugin-paused', params: { plugin, until: new Date(paused.until).toISOString() }, since: paused.since }]
}

async function quotaOf (store: Pick<Store, 'limits'>, { defaultSeconds = -1 }: ApiOptions, known: Map<string, Promise<number>>, { owner }: Run): Promise<number> {
  const key = `${owner.type}:${owner.id}`
  const found = known.get(key) ?? store.limits.get(owner).then(limits => remainingSeconds(limits, defaultSeconds))
  known.set(key, found)
  return await found
}

function lazily<T> (make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return async () => await (made ??= make())
}
