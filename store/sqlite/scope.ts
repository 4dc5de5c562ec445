/** Whose documents, and which of them a caller may see, as conditions; and the table `processing_shares` that they look into. */
import type { Grantee, OwnerFilter, Permission, Scope } from '../types.ts'
import type { Database } from './database.ts'
import { oneOf, ownedBy, type Condition } from './query.ts'

const NOTHING: Condition = { sql: 'FALSE', values: [] }

/** Conditions on `table`, whose rows belong to the processings named by its `column`. */
export function scopedTo (table: string, column: string, filter: { readonly owner?: OwnerFilter, readonly scopes?: readonly Scope[] }): Condition[] {
  const owned = ownedBy(table, filter.owner)
  if (filter.scopes === undefined) return owned
  const scopes = filter.scopes.map(scope => [...ownedBy(table, scope.owner), ...sharedWith(column, scope.sharedWith), ...among(column, scope.processings)])
  const [only] = scopes
  if (only === undefined) return [NOTHING]
  return [...owned, ...(scopes.length === 1 ? only : [anyOf(scopes)])]
}

/** Keeps one row for each permission that names somebody. Inside a transaction. */
export function keepShares (database: Database, processingId: string, permissions: readonly Permission[] | undefined): void {
  database.run('DELETE FROM processing_shares WHERE processing = ?', processingId)
  for (const { target } of permissions ?? []) {
    if (target.type === 'userEmail') keepShare(database, target.email, target.type, '', processingId)
    else for (const role of target.roles) keepShare(database, target.organization.id, target.type, role, processingId)
  }
}

function keepShare (database: Database, ...values: [target: string, kind: string, role: string, processingId: string]): void {
  database.run('INSERT OR IGNORE INTO processing_shares (target, kind, role, processing) VALUES (?, ?, ?, ?)', ...values)
}

function sharedWith (column: string, grantee: Grantee | undefined): Condition[] {
  if (grantee === undefined) return []
  const { email, partner } = grantee
  const named: Condition[] = []
  if (email !== undefined) named.push({ sql: "target = ? AND kind = 'userEmail'", values: [email] })
  if (partner !== undefined) named.push({ sql: "target = ? AND kind = 'partner' AND role = ?", values: [partner.organization, partner.role] })
  if (named.length === 0) return [NOTHING]
  const { sql, values } = anyOf(named.map(condition => [condition]))
  return [{ sql: `${column} IN (SELECT processing FROM processing_shares WHERE ${sql})`, values }]
}

function among (column: string, processings: readonly string[] | undefined): Condition[] {
  return processings === undefined ? [] : [oneOf(column, processings)]
}

function anyOf (alternatives: readonly (readonly Condition[])[]): Condition {
  const terms = alternatives.map(conditions => `(${conditions.map(({ sql }) => sql).join(' AND ')})`)
  return { sql: `(${terms.join(' OR ')})`, values: alternatives.flat().flatMap(({ values }) => values) }
}
