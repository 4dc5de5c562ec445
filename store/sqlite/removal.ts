/** Deletion of runs. A run takes its log with it (ON DELETE CASCADE), one run per transaction: a log may be long. */
import { setImmediate } from 'node:timers/promises'
import type { Database } from './database.ts'

const BEYOND_NEWEST = `
  SELECT id FROM runs WHERE processing = ? AND finished_at IS NOT NULL
  ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?`

export function removeRun (database: Database, id: string): boolean {
  return database.run('DELETE FROM runs WHERE id = ?', id) === 1
}

/** How many ended runs were removed. */
export function retainRuns (database: Database, processingId: string, keep: number): Promise<number> {
  return removeEach(database, database.all<{ id: string }>(BEYOND_NEWEST, processingId, keep))
}

/**
 * First the runs one after the other, so that nobody waits long for the database; the processing last, with whatever run
 * has come meanwhile. Cut short, it leaves a processing with fewer runs, which can be removed again.
 */
export async function removeProcessing (database: Database, id: string): Promise<boolean> {
  await removeEach(database, database.all<{ id: string }>('SELECT id FROM runs WHERE processing = ? ORDER BY created_at, id', id))
  return database.run('DELETE FROM processings WHERE id = ?', id) === 1
}

async function removeEach (database: Database, rows: readonly { readonly id: string }[]): Promise<number> {
  let removed = 0
  for (const { id } of rows) {
    if (removed > 0) await setImmediate() // the thread serves others too
    if (removeRun(database, id)) removed++
  }
  return removed
}
