/** Query strings of lists, once the route table has checked them (routes/check-query.ts): nothing of them ever reaches a database as an operator. */
import type { OwnerFilter, Page, Scope } from '../store/types.ts'
import { HttpError } from './errors.ts'
import { scopeOf, type Session } from './permissions.ts'
import { printFound } from './print-found.ts'

export const DEFAULT_SIZE = 10
export const MAX_SIZE = 10_000
export const MAX_SKIP = 10_000_000

export type Query = Readonly<Record<string, string>>

/** `size` (10 by default, at most 10,000; 0 counts only) and `skip`, else `page` from 1. The route table has refused values that are none; here they count as absent, as upstream. */
export function readPage (query: Query, sortable: readonly string[]): Page {
  const size = number(query.size) ?? DEFAULT_SIZE
  if (size > MAX_SIZE) throw badParameter('size', { en: `at most ${MAX_SIZE}`, fr: `au plus ${MAX_SIZE}` }, size)
  const page = number(query.page)
  const skip = number(query.skip) ?? (page === undefined || page < 1 ? 0 : (page - 1) * size)
  if (skip > MAX_SKIP) throw badParameter(query.skip === undefined ? 'page' : 'skip', { en: `at most ${MAX_SKIP} entries before it`, fr: `au plus ${MAX_SKIP} entrées avant` }, skip)
  const sort = readSort(query.sort, sortable)
  return { size, skip, ...(sort.length === 0 ? {} : { sort }) }
}

/** `field:1,other:-1` */
export function readSort (text: string | undefined, sortable: readonly string[]): [string, 1 | -1][] {
  if (text === undefined || text === '') return []
  return text.split(',').map(part => {
    const [field = '', direction = '1', ...rest] = part.split(':')
    if (!sortable.includes(field) || !/^-?1$/.test(direction) || rest.length > 0) {
      throw badParameter('sort', { en: `field:1 or field:-1 with a field of ${sortable.join(', ')}`, fr: `champ:1 ou champ:-1 avec un champ parmi ${sortable.join(', ')}` }, part)
    }
    return [field, direction === '1' ? 1 : -1]
  })
}

/**
 * Whose documents are listed; undefined: everybody's. `owner` is `type:id` or `type:id:department`, the session's account by default;
 * `showAll=true` is for super-admins.
 */
export function readScopeOf (query: Query, session: Session, showAllByDefault: boolean): Scope | undefined {
  if (query.showAll === 'true' && !session.adminMode) throw new HttpError(400, 'show-all')
  if (query.showAll !== undefined && query.showAll !== 'true' && query.showAll !== 'false') throw badParameter('showAll', { en: 'true or false', fr: 'true ou false' }, query.showAll)
  const showAll = query.showAll === 'true' || (showAllByDefault && query.showAll === undefined && session.adminMode)
  if (query.owner === undefined && showAll) return undefined
  return scopeOf(session, query.owner === undefined ? session.account : readOwner(query.owner))
}

function readOwner (text: string): OwnerFilter {
  const [type, id = '', department, ...rest] = text.split(':')
  if (type !== 'user' && type !== 'organization') throw new HttpError(400, 'owner-type')
  if (id === '' || department === '' || rest.length > 0 || text.includes(',')) throw badParameter('owner', { en: 'one type:id or type:id:department', fr: 'un seul type:id ou type:id:department' }, text)
  return { type, id, ...(department === undefined ? {} : { department }) }
}

function number (text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

export function badParameter (field: string, wanted: { readonly en: string, readonly fr: string }, found: unknown): HttpError {
  return new HttpError(400, 'bad-parameter', { field, wanted, found: printFound(found) })
}
