/** Rows of the table `processings`, joined with the runs that its snapshots come from, and the `Processing` they stand for. */
import type { Processing } from '../types.ts'
import { titleWords } from '../title-words.ts'
import type { Database, Value } from './database.ts'
import { json, LISTED_COLUMNS, runOf, snapshotOf, type RunRow } from './run-records.ts'

/** Every processing with its last ended run and its live run, if any. Up to and without WHERE; selects a `ProcessingRow`. */
export const selectProcessings = `
  SELECT processings.doc AS processing_doc, processings.config, processings.revision, last_runs.run AS last_run, ${LISTED_COLUMNS}
  FROM processings
  LEFT JOIN last_runs ON last_runs.processing = processings.id
  LEFT JOIN runs ON runs.slot = processings.id`

/** Columns of the live run, all null when there is none; those of its processing; its last ended run. */
export type ProcessingRow = ProcessingPart & (RunRow | { readonly id: null })

interface ProcessingPart {
  readonly processing_doc: string
  readonly config: string | null
  readonly revision: number
  readonly last_run: string | null
}

export function processingOf (row: ProcessingRow): Processing {
  const processing = storedProcessing(row.processing_doc, row.config)
  if (row.revision > 0) processing.revision = row.revision
  if (row.last_run !== null) processing.lastRun = JSON.parse(row.last_run)
  if (row.id !== null) {
    const run = snapshotOf(runOf(row))
    const waits = run.status === 'scheduled' || run.status === 'triggered'
    processing[waits ? 'nextRun' : 'lastRun'] = run
  }
  return processing as unknown as Processing // the columns hold what processingColumns() wrote
}

export function storedProcessing (doc: string, config: string | null): Record<string, unknown> {
  const processing = JSON.parse(doc)
  if (config !== null) processing.config = JSON.parse(config)
  return processing
}

/** The columns of a processing, by name. Left out: its snapshots, read from the runs, and its revision, counted by each statement. */
export function processingColumns (processing: Processing): Record<string, Value> {
  const { config, revision, lastRun, nextRun, ...doc } = processing
  return {
    id: processing._id,
    owner_type: processing.owner.type,
    owner_id: processing.owner.id,
    owner_department: processing.owner.department ?? null,
    title: processing.title,
    plugin: processing.plugin,
    created_date: processing.created.date,
    updated_date: processing.updated.date,
    created_by: processing.created.id,
    updated_by: processing.updated.id,
    armed: Number(processing.active === true && processing.scheduling.length > 0),
    doc: JSON.stringify(doc),
    config: json(config)
  }
}

export function keepTitleWords (database: Database, id: string, title: string): void {
  database.run('DELETE FROM title_words WHERE processing = ?', id)
  for (const word of titleWords(title)) database.run('INSERT INTO title_words (word, processing) VALUES (?, ?)', word, id)
}
