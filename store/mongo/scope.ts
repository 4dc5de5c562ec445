/** Which documents a caller may see, as conditions. Processings and runs carry the owner and the permissions alike. Pure. */
import type { Grantee, OwnerFilter, Scope } from '../types.ts'
import type { Where } from './documents.ts'
import { text } from './encoding.ts'
import { all, any, oneOf, ownedBy } from './query.ts'

/** `id`: where the documents hold the id of the processing. */
export function scopedTo (id: '_id' | 'processing._id', filter: { readonly owner?: OwnerFilter, readonly scopes?: readonly Scope[] }): Where[] {
  const owned = filter.owner === undefined ? [] : [ownedBy('owner', filter.owner)]
  if (filter.scopes === undefined) return owned
  return [...owned, any(filter.scopes.map(scope => all([ownedBy('owner', scope.owner), ...sharedWith(scope.sharedWith), ...among(id, scope.processings)])))]
}

/** One permission must name him: each alternative is asked of a single element. */
function sharedWith (grantee: Grantee | undefined): Where[] {
  if (grantee === undefined) return []
  const { email, partner } = grantee
  const named: Where[] = []
  if (email !== undefined) named.push({ 'target.type': 'userEmail', 'target.email': text(email) })
  if (partner !== undefined) named.push({ 'target.type': 'partner', 'target.organization.id': text(partner.organization), 'target.roles': text(partner.role) })
  return [any(named.map(condition => ({ permissions: { $elemMatch: condition } })))]
}

function among (id: string, processings: readonly string[] | undefined): Where[] {
  return processings === undefined ? [] : [oneOf(id, processings)]
}
