/** Counts of accounts and departments, grouped by account. Pure. */
import type { Account, OwnerFacet } from './types.ts'

/** 10,000 accounts and departments at most are counted. */
export const MAX_OWNERS = 10_000

/** `parts` come sorted by account. */
export function groupOwners (parts: readonly { readonly owner: Account, readonly count: number }[]): OwnerFacet[] {
  const facets: (OwnerFacet & { totalCount: number, departments: OwnerFacet['departments'][number][] })[] = []
  for (const { owner: { type, id, name, department, departmentName }, count } of parts) {
    let facet = facets.at(-1)
    if (facet?.type !== type || facet.id !== id) facets.push(facet = { type, id, name, totalCount: 0, departments: [] })
    facet.totalCount += count
    if (department !== undefined) facet.departments.push({ department, ...(departmentName === undefined ? {} : { departmentName }), count })
  }
  return facets
}
