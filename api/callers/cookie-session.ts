/** Cookies of simple-directory: `id_token` and `id_token_sign` are the token, `_org`, `_dep` and `_role` say for whom its user acts. */
import type { Account } from '../../store/types.ts'
import { HttpError } from '../errors.ts'
import type { Session } from '../permissions.ts'
import type { Context } from '../types.ts'
import { challenge } from './bearer.ts'
import { DirectoryUnavailable } from './directory-keys.ts'
import type { Directory, DirectoryOrganization, DirectoryUser } from './directory.ts'
import { isReading, isSameOrigin } from './same-origin.ts'

const COOKIES = ['id_token', 'id_token_sign', 'id_token_org', 'id_token_dep', 'id_token_role']

/** The account that the user has switched to. */
interface Switch {
  readonly organization?: string
  readonly department?: string
  readonly role?: string
}

/** Whether cookies of a session came at all. */
export function hasSession ({ cookies }: Pick<Context, 'cookies'>): boolean {
  return COOKIES.slice(0, 2).every(name => (cookies.get(name) ?? '') !== '')
}

/**
 * Undefined without cookies of a session. Throws 401 (the cookies are cleared) for a token that is not good, 500 (they are kept) when
 * the directory cannot say, 403 for a pseudo-session that writes and for a request that another site makes in the user's browser. From
 * then on he is told everything in the language that he has chosen (cookie `i18n_lang`).
 */
export async function callerByCookies (ctx: Pick<Context, 'cookies' | 'get' | 'method' | 'set' | 'state'>, directory: Directory): Promise<Session | undefined> {
  const [token, signature, organization, department, role] = COOKIES.map(name => ctx.cookies.get(name) ?? '')
  if (token === '' || signature === '') return undefined
  const user = await userOf(directory, `${token}.${signature}`)
  if (user === undefined) {
    ctx.set('Set-Cookie', COOKIES.map(name => `${name}=; Path=/; Expires=${new Date(0).toUTCString()}`))
    throw new HttpError(401, 'bad-session', {}, { headers: challenge })
  }
  const language = ctx.cookies.get('i18n_lang')
  if (language === 'en' || language === 'fr') ctx.state.locale = language
  if (user.pseudoSession && !isReading(ctx.method)) throw new HttpError(403, 'pseudo-session')
  const sent = { method: ctx.method, fetchSite: ctx.get('sec-fetch-site'), origin: ctx.get('origin') }
  if (!isSameOrigin(sent, ctx.state.door)) throw new HttpError(403, 'cross-origin')
  return sessionOf(user, { organization, department, role })
}

/** A switch to an organisation, department or role that the user does not have leaves him on his own account, as upstream. */
function sessionOf (user: DirectoryUser, { organization, department, role }: Switch): Session {
  const { id, name, email, adminMode, organizations } = user
  const current = organizations.find(one => one.id === organization && isOrEmpty(department, one.department) && isOrEmpty(role, one.role))
  return {
    user: { id, name, ...(email === undefined ? {} : { email }) },
    account: current === undefined ? { type: 'user', id, name } : accountOf(current),
    role: current?.role ?? 'admin',
    adminMode,
    organizations: organizations.map(({ id, role, department }) => ({ id, role, ...(department === undefined ? {} : { department }) }))
  }
}

function isOrEmpty (wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted === '' || wanted === found
}

function accountOf ({ id, name, department, departmentName }: DirectoryOrganization): Account {
  return {
    type: 'organization',
    id,
    name,
    ...(department === undefined ? {} : { department }),
    ...(departmentName === undefined ? {} : { departmentName })
  }
}

async function userOf (directory: Directory, token: string): Promise<DirectoryUser | undefined> {
  try {
    return await directory.userOf(token)
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error
    throw new HttpError(500, 'directory-unavailable', {}, { cause: error })
  }
}
