/** Arguments of the contract's operations, checked alike by all drivers. Faults are told as `StoreError` `invalid`. */
import { StoreError, type Page } from './types.ts'

export function wholeNumber (name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new StoreError('invalid', `${name}: a whole number from 0 up is wanted, found ${value}`)
}

export function finite (name: string, value: number): number {
  if (Number.isFinite(value)) return value
  throw new StoreError('invalid', `${name}: a finite number is wanted, found ${value}`)
}

/** The order of a page, with the names that `offered` gives its fields. Ends with the id, so that pages neither overlap nor leave gaps between equal values. */
export function sortTerms (sort: NonNullable<Page['sort']>, offered: ReadonlyMap<string, string>): [name: string, direction: 1 | -1][] {
  const terms = sort.map(([field, direction]): [string, 1 | -1] => [offeredName(field, offered), directionOf(field, direction)])
  if (!sort.some(([field]) => field === '_id')) terms.push([offeredName('_id', offered), sort.at(-1)?.[1] === -1 ? -1 : 1])
  return terms
}

export function offeredName (field: string, offered: ReadonlyMap<string, string>): string {
  const name = offered.get(field)
  if (name !== undefined) return name
  throw new StoreError('invalid', `sort: one of ${[...offered.keys()].join(', ')} is wanted, found ${JSON.stringify(field)}`)
}

function directionOf (field: string, direction: unknown): 1 | -1 {
  if (direction === 1 || direction === -1) return direction
  throw new StoreError('invalid', `sort by ${field}: 1 or -1 is wanted, found ${JSON.stringify(direction)}`)
}
