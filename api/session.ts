/** Who calls: a super-admin, a user who has signed in to simple-directory, a program with an API key, or nobody who says so. */
import type { Middleware } from 'koa'
import { callerByBearer, challenge } from './callers/bearer.ts'
import { callerByCookies, hasSession } from './callers/cookie-session.ts'
import type { Directory } from './callers/directory.ts'
import type { Credentials } from './callers/wrong-keys.ts'
import { HttpError } from './errors.ts'
import type { Session } from './permissions.ts'
import type { ApiParts, ApiState } from './types.ts'

/**
 * Sets `ctx.state.session` when credentials are sent; throws for wrong ones (callers/bearer.ts, callers/cookie-session.ts), and 429 for who
 * sends them too often. Who sends `Authorization` is known by it alone. No credentials are no error yet: see `requireSession`.
 */
export function readSession (deps: Pick<ApiParts, 'adminKey' | 'store' | 'directory' | 'wrongKeys'>): Middleware<ApiState> {
  return async (ctx, next) => {
    const authorization = ctx.get('authorization')
    const session = authorization !== ''
      ? await counted(ctx, deps, 'key', async () => await callerByBearer(deps, authorization, ctx.get('x-account')))
      : deps.directory && await bySession(ctx, deps, deps.directory)
    if (session !== undefined) ctx.state.session = session
    await next()
  }
}

type AnyContext = Parameters<Middleware<ApiState>>[0]
type Counting = Pick<ApiParts, 'wrongKeys'>

async function bySession (ctx: AnyContext, deps: Counting, directory: Directory): Promise<Session | undefined> {
  if (!hasSession(ctx)) return undefined
  return await counted(ctx, deps, 'session', async () => await callerByCookies(ctx, directory))
}

/** Credentials that are refused for what they are, and not for what their holder wants. */
const WRONG = new Set<string>(['bad-credentials', 'bad-session'])

async function counted<T> (ctx: AnyContext, { wrongKeys }: Counting, kind: Credentials, find: () => Promise<T>): Promise<T> {
  const { address } = ctx.state.door
  await wrongKeys.check(kind, address)
  try {
    return await find()
  } catch (error) {
    if (error instanceof HttpError && WRONG.has(error.code)) await wrongKeys.count(kind, address)
    throw error
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
