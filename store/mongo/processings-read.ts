/** Processings as they are answered: their documents, with the runs that wait or are held. */
import type { Processing, Run } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored } from './documents.ts'
import { text } from './encoding.ts'
import { isStale, processingOf } from './processing-records.ts'
import { LISTED, runOf } from './run-records.ts'
import { keepSnapshots, liveRun } from './snapshots.ts'

export async function findProcessing (database: Database, id: string): Promise<Processing | undefined> {
  const stored = await database.processings.one({ _id: text(id) })
  if (stored === undefined) return undefined
  const [processing] = await withRuns(database, [stored])
  return processing
}

export async function withRuns (database: Database, documents: readonly Stored[]): Promise<Processing[]> {
  if (documents.length === 0) return []
  const runs = await database.runs.many({ slot: { $in: documents.map(({ _id }) => text(_id)) } }, { fields: LISTED })
  const live = new Map(runs.map(run => [run.processing._id, runOf(run)]))
  const processings: Processing[] = []
  for (const stored of documents) processings.push(await mended(database, stored, live.get(stored._id)))
  return processings
}

/** Reading mends: whoever has ended a run may have died before he wrote it into its processing. */
async function mended (database: Database, stored: Stored, live: Run | undefined): Promise<Processing> {
  if (!isStale(stored, live) || !await keepSnapshots(database, stored._id)) return processingOf(stored, live)
  const again = await database.processings.one({ _id: text(stored._id) })
  return processingOf(again ?? stored, await liveRun(database, stored._id))
}
