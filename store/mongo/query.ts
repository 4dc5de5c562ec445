/** From the contract's filters and pages to those of the database. Values from outside pass `text`: none can become an operator. */
import { sortTerms, wholeNumber } from '../arguments.ts'
import type { List, OwnerFilter, Page } from '../types.ts'
import type { Documents, Fields, Stored, Where } from './documents.ts'
import { text } from './encoding.ts'

/** Matches no document, by an index: `_id` is always there. */
export const NOTHING: Where = { _id: { $in: [] } }

interface ListQuery {
  readonly where: Where
  /** Field paths that may be sorted by, with those of the documents. */
  readonly offered: ReadonlyMap<string, string>
  readonly fields?: Fields
}

export async function list (documents: Documents, { where, offered, fields }: ListQuery, page: Page): Promise<List<Stored>> {
  const sort = sortTerms(page.sort ?? [], offered)
  const limit = wholeNumber('size', page.size)
  const skip = wholeNumber('skip', page.skip)
  const [count, results] = await Promise.all([
    documents.count(where),
    limit === 0 ? [] : documents.many(where, { sort, skip, limit, ...(fields === undefined ? {} : { fields }) })
  ])
  return { results, count }
}

/** All of them hold. */
export function all (conditions: readonly Where[]): Where {
  const [only, ...others] = conditions
  if (only === undefined) return {}
  return others.length === 0 ? only : { $and: [...conditions] }
}

export function any (alternatives: readonly Where[]): Where {
  const [only, ...others] = alternatives
  if (only === undefined) return NOTHING
  return others.length === 0 ? only : { $or: [...alternatives] }
}

export function oneOf (field: string, values: readonly string[]): Where {
  return { [field]: { $in: values.map(text) } }
}

/** Of documents that hold an account at `path`. */
export function ownedBy (path: 'owner' | 'account', { type, id, department }: OwnerFilter): Where {
  return {
    [`${path}.type`]: text(type),
    [`${path}.id`]: text(id),
    ...(department === undefined ? {} : { [`${path}.department`]: text(department) })
  }
}
