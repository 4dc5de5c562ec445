/** Checks what a guest sends for its log. Nothing in it can be trusted: not the shape, not the date, not the size. Pure. */
import { cleanText, cutText } from '../clean-text.ts'
import type { TextCode, TextParams } from '../outcome-texts.ts'
import type { LogType } from '../../store/types.ts'

export type CheckedEntry =
  | { readonly kind: 'entry', readonly type: LogType, readonly msg: string, readonly date: number, readonly extra?: unknown, readonly bytes: number, readonly told?: Told }
  | { readonly kind: 'progress', readonly msg: string, readonly date: number, readonly progress: number, readonly total: number, readonly bytes: number }

/** The line is the platform's own: `msg` is one parameter of its text. */
interface Told {
  readonly code: TextCode
  readonly params: TextParams
}

export interface GuestLogRules {
  /** Of text and extra together. */
  readonly entryBytes: number
  /** Dates before it are moved to it: entries never go back in time. */
  readonly notBefore: number
  readonly now: number
  /** Gives the stacks in a text the positions of the plugin's files. Its answer is cleaned and counted like the text itself. */
  readonly readable: (text: string) => string
  /** Put in the place of an extra that is too large. */
  readonly leftOut: string
}

const TYPES: ReadonlySet<unknown> = new Set<LogType>(['step', 'info', 'warning', 'error', 'debug', 'task'])
const EXTRA_DEPTH = 16
/** A guest's clock may be late by what a batch waits, not by more. */
const OLDEST_MS = 60_000

/** Undefined: it is no entry. */
export function checkEntry (value: unknown, rules: GuestLogRules): CheckedEntry | undefined {
  if (!isRecord(value) || typeof value.msg !== 'string') return
  const msg = cutText(cleanText(rules.readable(cutText(value.msg, rules.entryBytes))), rules.entryBytes)
  const date = clampDate(value.date, rules)
  const bytes = Buffer.byteLength(msg)
  if (value.type === 'progress') {
    const { progress, total } = value
    return isAmount(progress) && isAmount(total) ? { kind: 'progress', msg, date, progress, total, bytes } : undefined
  }
  if (!TYPES.has(value.type)) return
  const type = value.type as LogType // one of TYPES
  if (value.extra === undefined || value.extra === null || value.extra === '') return { kind: 'entry', type, msg, date, bytes }
  const copy = copyExtra(value.extra, { left: rules.entryBytes - bytes, readable: rules.readable })
  if (value.code === 'http-retry') return { kind: 'entry', type, msg, date, bytes: bytes + (copy?.bytes ?? 0), told: retryOf(msg, copy?.extra) }
  const extra = copy === undefined ? rules.leftOut : copy.extra
  return { kind: 'entry', type, msg, date, extra, bytes: bytes + (copy?.bytes ?? Buffer.byteLength(rules.leftOut)) }
}

function retryOf (message: string, extra: unknown): Told {
  const { attempt, method, url } = isRecord(extra) ? extra : {}
  return { code: 'http-retry', params: { attempt: isAmount(attempt) ? attempt : 0, method: isText(method) ? method : '', url: isText(url) ? url : '', message } }
}

function clampDate (date: unknown, { notBefore, now }: GuestLogRules): number {
  const claimed = typeof date === 'number' && date >= now - OLDEST_MS && date <= now ? date : now
  return Math.max(Math.trunc(claimed), notBefore)
}

interface Budget { left: number, readonly readable: GuestLogRules['readable'] }

/** A cleaned copy of a JSON value; undefined when it is too large, too deep, or no JSON value. */
function copyExtra (value: unknown, budget: Budget): { readonly extra: unknown, readonly bytes: number } | undefined {
  const maxBytes = budget.left
  const extra = copyValue(value, EXTRA_DEPTH, budget)
  return extra === undefined || budget.left < 0 ? undefined : { extra, bytes: maxBytes - budget.left }
}

/** Stops as soon as the budget is used up, so that its cost is bounded too. */
function copyValue (value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= 1
  if (depth === 0 || budget.left < 0) return spoil(budget)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return copyText(value, budget)
  if (Array.isArray(value)) return copyItems(value, depth, budget)
  return isRecord(value) ? copyRecord(value, depth, budget) : null
}

function copyText (text: string, budget: Budget): unknown {
  if (text.length > budget.left) return spoil(budget)
  const readable = budget.readable(text)
  const clean = cleanText(readable.length > budget.left ? text : readable)
  budget.left -= Buffer.byteLength(clean)
  return clean
}

function copyItems (items: readonly unknown[], depth: number, budget: Budget): unknown {
  const copy: unknown[] = []
  for (const item of items) {
    copy.push(copyValue(item, depth - 1, budget))
    if (budget.left < 0) return spoil(budget)
  }
  return copy
}

function copyRecord (record: Readonly<Record<string, unknown>>, depth: number, budget: Budget): unknown {
  const pairs: [unknown, unknown][] = []
  for (const key of Object.keys(record)) {
    if (key === '__proto__') continue
    pairs.push([copyText(key, budget), copyValue(record[key], depth - 1, budget)])
    if (budget.left < 0) return spoil(budget)
  }
  return Object.fromEntries(pairs) // defines own fields: no setter is ever called
}

function spoil (budget: Budget): undefined {
  budget.left = -1
}

function isRecord (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText (value: unknown): value is string {
  return typeof value === 'string'
}

function isAmount (value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
