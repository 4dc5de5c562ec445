/** What happens to all that belongs to an account: moved, renamed, removed. One transaction for each batch; the thread serves others between. */
import { setImmediate } from 'node:timers/promises'
import type { Account, AccountKey, AccountStore, Processing } from '../types.ts'
import type { Database, Value } from './database.ts'
import { applyPatch } from './processing-patch.ts'
import { removeProcessing } from './removal.ts'

const BATCH = 200

/** A table whose documents name an account or a user. `sql` selects `id`, `doc` and `position` of those after a position and an id. */
interface Renaming {
  readonly sql: string
  readonly values: readonly Value[]
  readonly update: string
  /** Answers what it was given when there is nothing to change. */
  rename (doc: string): string
}

const OWNED = 'owner_type = ? AND owner_id = ?'
const WRITE_PROCESSING = 'UPDATE processings SET doc = ?, revision = revision + 1 WHERE id = ?'

export function sqliteAccounts (database: Database): AccountStore {
  return {
    changeOwner: async (processingId, owner, ifRevision) => database.transaction(() => applyPatch(database, processingId, { owner }, [], ifRevision)),

    async renameOwner (account, name) {
      const limits = database.run('UPDATE limits SET name = ? WHERE owner_id = ? AND owner_type = ? AND name IS NOT ?', name, account.id, account.type, name)
      return limits + await renameAccounts(database, account, owner => owner.name === name ? owner : { ...owner, name })
    },

    async renameUser (userId, name) {
      const signed = (column: string): Renaming => ({
        sql: `SELECT id, doc, '' AS position FROM processings WHERE ${column} = ? AND ('', id) > (?, ?) ORDER BY id LIMIT ?`,
        values: [userId],
        update: WRITE_PROCESSING,
        rename: doc => signedAs(doc, userId, name)
      })
      return await renameEach(database, signed('created_by')) + await renameEach(database, signed('updated_by'))
    },

    renameDepartment: async (account, department, name) => await renameAccounts(database, account, owner =>
      owner.department !== department || owner.departmentName === name ? owner : { ...owner, departmentName: name }),

    removeOwner: async account => await removeOwner(database, account)
  }
}

async function renameAccounts (database: Database, { type, id }: AccountKey, change: (owner: Account) => Account): Promise<number> {
  const inside = (field: 'owner' | 'account') => (doc: string): string => {
    const parsed = JSON.parse(doc)
    const changed = change(parsed[field])
    return changed === parsed[field] ? doc : JSON.stringify({ ...parsed, [field]: changed })
  }
  const renamings: Renaming[] = [
    { ...after('processings', 'doc', 'updated_date', [type, id]), update: WRITE_PROCESSING, rename: inside('owner') },
    { ...after('runs', 'owner', 'created_at', [type, id]), update: 'UPDATE runs SET owner = ? WHERE id = ?', rename: doc => renamed(doc, change) },
    { ...after('api_keys', 'doc', 'created_date', [type, id]), update: 'UPDATE api_keys SET doc = ? WHERE id = ?', rename: inside('account') }
  ]
  let count = 0
  for (const renaming of renamings) count += await renameEach(database, renaming)
  return count
}

function after (table: string, doc: string, position: string, values: readonly Value[]): Pick<Renaming, 'sql' | 'values'> {
  return {
    sql: `SELECT id, ${doc} AS doc, ${position} AS position FROM ${table} WHERE ${OWNED} AND (${position}, id) > (?, ?) ORDER BY ${position}, id LIMIT ?`,
    values
  }
}

function renamed (doc: string, change: (owner: Account) => Account): string {
  const owner: Account = JSON.parse(doc)
  const changed = change(owner)
  return changed === owner ? doc : JSON.stringify(changed)
}

function signedAs (doc: string, userId: string, name: string): string {
  const { created, updated, ...rest } = JSON.parse(doc) as Processing // `processingColumns` wrote it
  const signed = (signature: Processing['created']): Processing['created'] => signature.id === userId ? { ...signature, name } : signature
  const same = [created, updated].every(({ id, name: found }) => id !== userId || found === name)
  return same ? doc : JSON.stringify({ ...rest, created: signed(created), updated: signed(updated) })
}

/** How many documents were changed. */
async function renameEach (database: Database, renaming: Renaming): Promise<number> {
  let changed = 0
  for (let position = '', id = ''; ;) {
    const rows = database.transaction(() => {
      const batch = database.all<{ id: string, doc: string, position: string }>(renaming.sql, ...renaming.values, position, id, BATCH)
      for (const row of batch) {
        const doc = renaming.rename(row.doc)
        if (doc !== row.doc) changed += database.run(renaming.update, doc, row.id)
      }
      return batch
    })
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH) return changed
    position = last.position
    id = last.id
    await setImmediate()
  }
}

async function removeOwner (database: Database, { type, id }: AccountKey): Promise<number> {
  database.run(`DELETE FROM api_keys WHERE ${OWNED}`, type, id)
  let removed = 0
  for (;;) {
    const batch = database.all<{ id: string }>(`SELECT id FROM processings WHERE ${OWNED} ORDER BY updated_date, id LIMIT ?`, type, id, BATCH)
    if (batch.length === 0) break
    for (const processing of batch) {
      if (await removeProcessing(database, processing.id)) removed++
      await setImmediate()
    }
  }
  database.run('DELETE FROM limits WHERE owner_id = ? AND owner_type = ?', id, type)
  database.run("DELETE FROM run_limits WHERE kind = 'owner' AND type = ? AND id = ?", type, id)
  return removed
}
