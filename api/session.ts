/** Who calls: the holder of the super-admin key, as himself or (header `x-account`) as the administrator of an account. */
import type { Middleware } from 'koa'
import type { Account } from '../store/types.ts'
import { HttpError } from './errors.ts'
import type { Session } from './permissions.ts'
import { printFound } from './print-found.ts'
import { sameSecret } from './same-secret.ts'
import type { ApiDeps, ApiState } from './types.ts'

const SUPER_ADMIN = { id: 'superadmin', name: 'Super-admin' }

/** Sets `ctx.state.session` when credentials are sent; throws 401 for wrong ones. No credentials are no error yet: see `requireSession`. */
export function readSession ({ adminKey }: Pick<ApiDeps, 'adminKey'>): Middleware<ApiState> {
  return async (ctx, next) => {
    const authorization = ctx.get('authorization')
    if (authorization !== '') {
      const key = /^Bearer ([^\s]+)$/i.exec(authorization)?.[1]
      if (key === undefined || !sameSecret(key, adminKey)) throw new HttpError(401, 'bad-credentials', {}, { headers: challenge })
      ctx.state.session = superAdmin(ctx.get('x-account'))
    }
    await next()
  }
}

/** Lets nobody pass who has not said who he is. */
export const requireSession: Middleware<ApiState> = async (ctx, next) => {
  callerOf(ctx.state)
  await next()
}

/** Throws 401 when nobody said who calls. */
export function callerOf (state: ApiState): Session {
  if (state.session === undefined) throw new HttpError(401, 'not-authenticated', {}, { headers: challenge })
  return state.session
}

const challenge = { 'WWW-Authenticate': 'Bearer' }

function superAdmin (accountHeader: string): Session {
  if (accountHeader === '') {
    return { user: SUPER_ADMIN, account: { type: 'user', ...SUPER_ADMIN }, role: 'admin', adminMode: true }
  }
  const account = readAccount(accountHeader)
  const user = account.type === 'user' ? { id: account.id, name: account.name } : SUPER_ADMIN
  return { user, account, role: 'admin', adminMode: false }
}

/**
 * `{"type","id","name"?,"department"?,"departmentName"?}`; names may be URI-encoded, as data-fair sends them. Node reads headers as
 * Latin-1, callers write UTF-8. Throws 400.
 */
function readAccount (header: string): Account {
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
