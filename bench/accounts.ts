/** Owners of the bench's processings. */
import type { Account } from '../store/types.ts'

export function accountOf (id: string): Account {
  return { type: 'user', id, name: id }
}
