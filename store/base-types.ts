/** What all groups of the contract speak of: accounts, signatures, pages. Part of store/types.ts. */

type AccountType = 'user' | 'organization'

export interface Account {
  readonly type: AccountType
  readonly id: string
  readonly name: string
  readonly department?: string
  readonly departmentName?: string
}

/** A whole account, all its departments included. */
export type AccountKey = Pick<Account, 'type' | 'id'>

/** Without `department`: the whole account. */
export type OwnerFilter = Pick<Account, 'type' | 'id' | 'department'>

export interface Signature {
  readonly id: string
  readonly name: string
  readonly date: string
}

export interface Page {
  /** 0: only the count is wanted. */
  readonly size: number
  readonly skip: number
  /** Field paths with direction, applied in order; by `_id` when absent. A field that is not offered is refused (`StoreError` `invalid`). */
  readonly sort?: readonly (readonly [string, 1 | -1])[]
}

/** A page of a list whose order is fixed. */
export type PlainPage = Omit<Page, 'sort'>

export interface List<T> { readonly results: T[], readonly count: number }
