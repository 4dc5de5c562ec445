/** The door of the other services of the platform: a secret, and not through the reverse proxy. Source: data-fair/processings v6, `/api/identities`. */
import { HttpError } from '../errors.ts'
import { sameSecret } from '../same-secret.ts'
import type { Context } from '../types.ts'

export interface InternalDoor {
  /** When absent, nobody passes. */
  readonly secret: string | undefined
  /** Lets callers through the reverse proxy too, for platforms whose services call one another by their public addresses. */
  readonly public?: boolean
}

/** Throws 421 for who comes through the public door, 401 for a wrong secret. */
export function requireInternal (ctx: Pick<Context, 'get' | 'query' | 'state'>, { secret, public: anyDoor = false }: InternalDoor): void {
  if (ctx.state.door.public && !anyDoor) throw new HttpError(421, 'internal-only')
  if (!holdsSecret(ctx, secret)) throw new HttpError(401, 'bad-secret-key')
}

/** Where a person may call too: he sends none. */
export function sendsSecret (ctx: Pick<Context, 'get' | 'query'>): boolean {
  return givenSecret(ctx) !== ''
}

/** `x-secret-key`, else `?key=`. */
function givenSecret (ctx: Pick<Context, 'get' | 'query'>): string {
  const { key } = ctx.query
  const header = ctx.get('x-secret-key')
  return header === '' && typeof key === 'string' ? key : header
}

/** In constant time. No secret at all, on either side, is no match. */
function holdsSecret (ctx: Pick<Context, 'get' | 'query'>, secret: string | undefined): boolean {
  const given = givenSecret(ctx)
  const same = sameSecret(given, secret ?? '')
  return same && given !== ''
}
