/** From the contract's filters and pages to SQL. Only names written in this folder reach the text; values are always bound. */
import { offeredName, sortTerms, wholeNumber } from '../arguments.ts'
import type { List, OwnerFilter, Page } from '../types.ts'
import type { Database, Value } from './database.ts'

export interface Condition {
  readonly sql: string
  readonly values: readonly Value[]
}

/** Field paths of the contract that may be sorted by, with their columns. */
export type SortColumns = ReadonlyMap<string, string>

export interface ListQuery {
  /** What to select, up to and without WHERE. */
  readonly select: string
  /** What is counted: tables that hold all that the conditions name. */
  readonly from: string
  /** Finds the ids of a page in `from` before it reads their rows: for conditions and orders that look at many rows, when those of `select` are wide. */
  readonly idsFirst?: boolean
  readonly conditions: readonly Condition[]
  readonly columns: SortColumns
}

export function list<R extends object> (database: Database, query: ListQuery, page: Page): List<R> {
  const { where, values } = whereOf(query.conditions)
  const order = orderBy(page.sort ?? [], query.columns)
  const size = wholeNumber('size', page.size)
  const skip = wholeNumber('skip', page.skip)
  const count = database.get<{ count: number }>(`SELECT count(*) AS count FROM ${query.from}${where}`, ...values)?.count ?? 0
  const wanted = `${where} ${order} LIMIT ? OFFSET ?`
  const id = offeredName('_id', query.columns)
  const sql = query.idsFirst ? `${query.select} WHERE ${id} IN (SELECT ${id} FROM ${query.from}${wanted}) ${order}` : `${query.select}${wanted}`
  const results = size === 0 || skip >= count ? [] : database.all<R>(sql, ...values, size, skip)
  return { results, count }
}

/** All conditions together, as the end of a statement and what is bound to it. */
export function whereOf (conditions: readonly Condition[]): { readonly where: string, readonly values: readonly Value[] } {
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(condition => condition.sql).join(' AND ')}`
  return { where, values: conditions.flatMap(condition => condition.values) }
}

export function oneOf (column: string, values: readonly Value[]): Condition {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values }
}

/** Conditions on the owner columns of `table`. */
export function ownedBy (table: string, owner: OwnerFilter | undefined): Condition[] {
  if (owner === undefined) return []
  const whole = { sql: `${table}.owner_type = ? AND ${table}.owner_id = ?`, values: [owner.type, owner.id] }
  if (owner.department === undefined) return [whole]
  return [whole, { sql: `${table}.owner_department = ?`, values: [owner.department] }]
}

/** The columns' names are written in this folder; the values are bound in the same order. */
export function insertInto (table: string, columns: Readonly<Record<string, Value>>): string {
  const names = Object.keys(columns)
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
}

function orderBy (sort: NonNullable<Page['sort']>, columns: SortColumns): string {
  return `ORDER BY ${sortTerms(sort, columns).map(([column, direction]) => `${column} ${direction === 1 ? 'ASC' : 'DESC'}`).join(', ')}`
}
