/** Deletes the first documents in an order: a server deletes all or one. Conditions are asked again of each document that is deleted. */
import type { Documents, Where } from './documents.ts'

/** Ids that one command names. */
const BATCH = 1000

export async function removeOldest (documents: Documents, where: Where, sort: Record<string, 1 | -1>, limit: number): Promise<number> {
  let removed = 0
  for (let left = limit; left > 0;) {
    const size = Math.min(left, BATCH)
    const ids = (await documents.many(where, { sort, limit: size, fields: { _id: 1 } })).map(({ _id }) => _id)
    if (ids.length === 0) break
    removed += await documents.removeAll({ ...where, _id: { $in: ids } })
    if (ids.length < size) break
    left -= size
  }
  return removed
}
