/**
 * Reads a log in pages of bounded size. An entry has a hundred bytes or some megabytes: how many fit in a page is learned from those before.
 * Between two pages other requests have their turn.
 */
import { setImmediate } from 'node:timers/promises'
import type { LogEntry, LogFilter, LogStore } from '../store/types.ts'

interface Page { readonly entries: readonly LogEntry[], readonly bytes: number }

/** What one page is meant to hold: a few milliseconds of reading. */
const PAGE_BYTES = 262_144
const MAX_ENTRIES = 1_000
/** Nothing is known of the first ones. */
const FIRST_ENTRIES = 8

class PageSize {
  #entries = FIRST_ENTRIES

  get entries (): number { return this.#entries }

  learn ({ entries, bytes }: Page): void {
    if (entries.length === 0) return
    const fitting = Math.floor(PAGE_BYTES * entries.length / Math.max(bytes, 1))
    this.#entries = Math.min(Math.max(fitting, 1), 4 * this.#entries, MAX_ENTRIES)
  }
}

/** The entries after `after`, in order. */
export async function * entriesAfter (logs: LogStore, runId: string, after: number, filter: LogFilter = {}): AsyncGenerator<LogEntry> {
  for await (const page of pagesAfter(logs, runId, after, filter)) yield * page
}

/** The same, as they are read: a page has at least one entry. */
export async function * pagesAfter (logs: LogStore, runId: string, after: number, filter: LogFilter = {}): AsyncGenerator<readonly LogEntry[]> {
  const size = new PageSize()
  for (let last = after; ;) {
    const limit = size.entries
    const entries = await logs.read(runId, { ...filter, after: last, limit })
    if (entries.length > 0) yield entries
    if (entries.length < limit) return
    last = entries.at(-1)?.seq ?? last
    size.learn({ entries, bytes: sizeOf(entries) })
    await setImmediate()
  }
}

/** All entries, the last one first. What is appended meanwhile is not seen. */
export async function * entriesBackwards (logs: LogStore, runId: string, filter: LogFilter = {}): AsyncGenerator<LogEntry> {
  const size = new PageSize()
  for (let end = await logs.last(runId); end > 0;) {
    const start = Math.max(end - size.entries, 0) // sequence numbers have no gap
    const entries = await logs.read(runId, { ...filter, after: start, limit: end - start })
    yield * entries.filter(({ seq }) => seq <= end).reverse()
    end = start
    size.learn({ entries, bytes: sizeOf(entries) })
    await setImmediate()
  }
}

/** Characters of all texts, about. */
function sizeOf (entries: readonly LogEntry[]): number {
  return entries.reduce((sum, entry) => sum + entrySize(entry), 0)
}

/** Characters of an entry as JSON, about. */
export function entrySize ({ msg, extra, params }: Pick<LogEntry, 'msg' | 'extra' | 'params'>): number {
  return 100 + msg.length + jsonLength(extra) + jsonLength(params)
}

function jsonLength (value: unknown): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 0
}
