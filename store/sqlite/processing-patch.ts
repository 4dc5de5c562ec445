/** The patch of a processing: the new document, and what of it its runs carry too. */
import { patched } from '../patched.ts'
import { StoreError, type Account, type Permission, type ProcessingPatch } from '../types.ts'
import type { Database } from './database.ts'
import { keepTitleWords, processingColumns, storedProcessing } from './processing-records.ts'
import { json, ownerColumns } from './run-records.ts'
import { keepShares } from './scope.ts'

/** Inside a transaction. False when there is no such processing. Throws `StoreError` `conflict` when it has another revision than `ifRevision`. */
export function applyPatch (database: Database, id: string, set: ProcessingPatch, unset: readonly (keyof ProcessingPatch)[], ifRevision?: number): boolean {
  const row = database.get<{ doc: string, config: string | null, revision: number }>('SELECT doc, config, revision FROM processings WHERE id = ?', id)
  if (row === undefined) return false
  if (ifRevision !== undefined && ifRevision !== row.revision) {
    throw new StoreError('conflict', `processing ${id}: revision ${ifRevision} is wanted, found ${row.revision}`)
  }
  const before = storedProcessing(row.doc, row.config)
  const processing = patched(before, set, unset)
  const columns = processingColumns(processing)
  const assignments = Object.keys(columns).map(name => `${name} = ?`).join(', ')
  database.run(`UPDATE processings SET ${assignments}, revision = revision + 1 WHERE id = ?`, ...Object.values(columns), id)
  if (processing.title !== before.title) keepTitleWords(database, id, processing.title)
  const touched = new Set<string>([...Object.keys(set), ...unset])
  if (touched.has('owner')) moveRuns(database, id, processing.owner)
  if (touched.has('permissions')) {
    keepShares(database, id, processing.permissions)
    permitRuns(database, id, processing.permissions)
  }
  return true
}

function moveRuns (database: Database, id: string, owner: Account): void {
  const { owner_type: type, owner_id: ownerId, owner_department: department, owner: doc } = ownerColumns(owner)
  database.run(
    'UPDATE runs SET owner_type = ?, owner_id = ?, owner_department = ?, owner = ? WHERE processing = ? AND owner IS NOT ?',
    type, ownerId, department, doc, id, doc)
}

/** The snapshot of the last ended run is a document of its own, since the run itself may be gone. */
function permitRuns (database: Database, id: string, permissions: readonly Permission[] | undefined): void {
  const doc = json(permissions)
  database.run('UPDATE runs SET permissions = ? WHERE processing = ? AND permissions IS NOT ?', doc, id, doc)
  const last = database.get<{ run: string }>('SELECT run FROM last_runs WHERE processing = ?', id)
  if (last === undefined) return
  const { permissions: previous, ...snapshot } = JSON.parse(last.run)
  database.run('UPDATE last_runs SET run = ? WHERE processing = ?', JSON.stringify({ ...snapshot, permissions }), id)
}
