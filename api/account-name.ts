/** Accounts as parameters name them: `type:id` or `type:id:department`. */
import type { OwnerFilter } from '../store/types.ts'

/** The route table has checked it (`accountPattern` of schemas/api-key.ts). */
export function accountNamed (text: string | undefined): OwnerFilter | undefined {
  if (text === undefined) return undefined
  const [type, id = '', department] = text.split(':')
  return { type: type === 'user' ? 'user' : 'organization', id, ...(department === undefined ? {} : { department }) }
}

/** Without what a filter does not look at. */
export function ownerFilterOf ({ type, id, department }: OwnerFilter): OwnerFilter {
  return { type, id, ...(department === undefined ? {} : { department }) }
}
