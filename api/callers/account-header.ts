/** Header `x-account`: on whose behalf a super-admin acts. */
import type { Account } from '../../store/types.ts'
import { HttpError } from '../errors.ts'
import { printFound } from '../print-found.ts'

/**
 * `{"type","id","name"?,"department"?,"departmentName"?}`; names may be URI-encoded, as data-fair sends them. Node reads headers as
 * Latin-1, callers write UTF-8. Throws 400.
 */
export function readAccountHeader (header: string): Account {
  const value = parse(Buffer.from(header, 'latin1').toString('utf8'))
  if (value === undefined) throw badHeader(header)
  const { type, id, name, department, departmentName } = value
  if (type !== 'user' && type !== 'organization') throw badHeader(header)
  if (!isIdentifier(id) || !isOptionalText(name) || !isOptionalText(departmentName)) throw badHeader(header)
  if (department !== undefined && (!isIdentifier(department) || type === 'user')) throw badHeader(header)
  return {
    type,
    id,
    name: name === undefined || name === '' ? id : decode(name),
    ...(department === undefined ? {} : { department }),
    ...(departmentName === undefined ? {} : { departmentName: decode(departmentName) })
  }
}

function parse (text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined // the caller says what was wanted
  }
}

/** `:` and `,` separate owners in a query. */
function isIdentifier (value: unknown): value is string {
  return typeof value === 'string' && /^[^\s:,/\\\p{Cc}]{1,100}$/u.test(value)
}

function isOptionalText (value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= 1000)
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a name that holds a lone percent sign was not encoded
  }
}

function badHeader (header: string): HttpError {
  return new HttpError(400, 'bad-account-header', { found: printFound(header) })
}
