/**
 * Log entries: one document each, in a collection of their own. The run counts them (`logged`): a batch first takes its numbers there, by a
 * compare-and-set on the attempt and the count, and is inserted then. So whoever lost the run can neither write nor disturb, and of two
 * writers one is refused. A holder who dies between the two leaves numbers without entries; what he was told was never that they are kept.
 */
import { wholeNumber } from '../arguments.ts'
import { StoreError, type LogEntry, type LogStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored } from './documents.ts'
import { storedFields, text } from './encoding.ts'
import { isUnavailable } from './errors.ts'
import { InTurn } from './in-turn.ts'
import { countLog, lastOf, readLog } from './log-search.ts'
import { splitLog } from './embedded-logs.ts'

/** A batch of which it is not known how far it was written: its writer will say it again, with `last` or more. */
interface Doubtful { readonly attempt: number, readonly first: number, readonly last: number }

/** Of so many runs at once a doubt is remembered; each is gone when its writer has said the batch again. */
const MAX_DOUBTS = 10_000

export function mongoLogs (database: Database): LogStore {
  const turns = new InTurn()
  const doubts = new Map<string, Doubtful>()
  return {
    append: async (runId, attempt, entries) => await turns.take(runId, async () => {
      if (entries.length === 0) return await current(database, runId, attempt) !== undefined
      assertSequence(runId, entries[0]?.seq ?? 0, entries)
      return await append(database, doubts, runId, attempt, entries)
    }),

    async progress (runId, attempt, seq, { progress, total, progressDate }) {
      if (await current(database, runId, attempt) === undefined) return false
      // An entry of a later attempt is out of reach of whoever loses the run just now.
      const task = { run: text(runId), seq, type: 'task', attempt: { $not: { $gt: attempt } } }
      return await database.logs.update(task, { $set: storedFields({ progress, total, progressDate }) })
    },

    read: async (runId, { after = 0, limit, ...filter }) => await readLog(database, runId, filter, after, wholeNumber('limit', limit)),
    count: async (runId, filter = {}) => await countLog(database, runId, filter),
    last: async runId => await lastOf(database, runId)
  }
}

async function append (database: Database, doubts: Map<string, Doubtful>, runId: string, attempt: number, entries: readonly LogEntry[]): Promise<boolean> {
  const first = entries[0]?.seq ?? 0
  const last = entries.at(-1)?.seq ?? 0
  const doubt = doubts.get(runId)
  const known = doubt?.attempt === attempt && doubt.first === first ? doubt.last : first - 1
  try {
    if (!await takeNumbers(database, runId, attempt, { known, first, last })) return false
    await database.logs.insertMissing(entries.map(entry => storedEntry(runId, attempt, entry)))
    doubts.delete(runId)
    return true
  } catch (error) {
    if (isUnavailable(error)) remember(doubts, runId, { attempt, first, last: Math.max(last, known) })
    throw error
  }
}

/** `known`: how far the log may have come already, with this very batch. False when the attempt is old. Throws `StoreError` `sequence` when the log is longer, or not so long. */
async function takeNumbers (database: Database, runId: string, attempt: number, { known, first, last }: { readonly known: number, readonly first: number, readonly last: number }): Promise<boolean> {
  const take = async (): Promise<boolean> => await database.runs.update({ _id: text(runId), attempt, logged: { $gte: first - 1, $lte: known } }, { $set: { logged: last } })
  if (await take()) return true
  const run = await current(database, runId, attempt)
  if (run === undefined) return false
  if (run.logged === undefined) {
    await splitLog(database, runId)
    if (await take()) return true
  }
  throw new StoreError('sequence', `log of run ${runId}: entry ${await lastOf(database, runId) + 1} is wanted, found ${first}`)
}

/** The attempt is enough: the holder of a run may add to its log after it has ended, until somebody else claims it. */
async function current (database: Database, runId: string, attempt: number): Promise<Stored | undefined> {
  return await database.runs.one({ _id: text(runId), attempt }, { logged: 1 })
}

function storedEntry (runId: string, attempt: number, entry: LogEntry): Stored {
  return { run: text(runId), attempt, ...storedFields(entry) }
}

function assertSequence (runId: string, first: number, entries: readonly LogEntry[]): void {
  for (const [index, { seq }] of entries.entries()) {
    if (seq !== first + index) throw new StoreError('sequence', `log of run ${runId}: entry ${first + index} is wanted, found ${seq}`)
  }
}

function remember (doubts: Map<string, Doubtful>, runId: string, doubt: Doubtful): void {
  doubts.delete(runId)
  const [oldest] = doubts.keys()
  if (doubts.size >= MAX_DOUBTS && oldest !== undefined) doubts.delete(oldest)
  doubts.set(runId, doubt)
}
