/** The doors of the routes: who is let in. What they decide by is in access.ts and permissions.ts. */
import type { Processing, Run } from '../../store/types.ts'
import { processingFor, runFor } from '../access.ts'
import { requireInternal, sendsSecret } from '../callers/internal.ts'
import { HttpError } from '../errors.ts'
import { canReadLimits, type Session } from '../permissions.ts'
import { accountOf } from '../limits.ts'
import { callerOf } from '../session.ts'
import { processingByKey } from '../triggers.ts'
import type { ApiOptions } from '../types.ts'
import type { Access } from './route.ts'

const KEYS = ['key', 'session']

export const anybody: Access<undefined> = { needs: 'nothing', schemes: [], refuses: [], admit: () => undefined }

export const session: Access<Session> = { needs: 'session', schemes: KEYS, refuses: [401, 403], admit: ctx => callerOf(ctx.state) }

/** A super-admin who acts as such, not on behalf of an account. */
export const superAdmin: Access<Session> = {
  needs: 'super-admin',
  schemes: KEYS,
  refuses: [401, 403],
  admit (ctx) {
    const caller = callerOf(ctx.state)
    if (!caller.adminMode) throw new HttpError(403, 'super-admin-only')
    return caller
  }
}

/** The same, on a processing. */
export const superAdminOnProcessing: Access<Processing> = {
  ...superAdmin,
  refuses: [401, 403, 404],
  async admit (ctx, deps) {
    await superAdmin.admit(ctx, deps)
    return await processingFor(ctx, deps, 'read')
  }
}

export function processing (needed: 'read' | 'exec' | 'admin'): Access<Processing> {
  return { needs: `processing:${needed}`, schemes: KEYS, refuses: [401, 403, 404], admit: async (ctx, deps) => await processingFor(ctx, deps, needed) }
}

export function run (needed: 'read' | 'exec'): Access<Run> {
  return { needs: `run:${needed}`, schemes: KEYS, refuses: [401, 403, 404], admit: async (ctx, deps) => await runFor(ctx, deps, needed) }
}

/** A webhook key lets in without a session; it is tried so often only (webhook-rate.ts). */
export const webhookKey: Access<Processing> = {
  needs: 'webhook-key or processing:exec',
  schemes: [...KEYS, 'webhookKeyHeader', 'webhookKeyQuery'],
  refuses: [401, 403, 404, 429],
  admit: async (ctx, deps) => await processingByKey(ctx, deps) ?? await processingFor(ctx, deps, 'exec')
}

/** Not by a key. For which account is told by the query or the body, and checked with them. */
export const keyManager: Access<Session> = {
  needs: 'account:admin',
  schemes: KEYS,
  refuses: [401, 403],
  admit (ctx) {
    const caller = callerOf(ctx.state)
    if (caller.apiKey !== undefined) throw new HttpError(403, 'keys-by-key')
    return caller
  }
}

/** A service of the platform, by its secret and not through the public door. */
export function service (name: ServiceName): Access<undefined> {
  return {
    needs: 'secret',
    schemes: ['secretKeyHeader', 'secretKeyQuery'],
    refuses: [401, 403, 421],
    admit (ctx, { options: { secrets, internalThroughProxy = false } }) {
      requireInternal(ctx, { secret: secrets?.[name], public: internalThroughProxy })
      return undefined
    }
  }
}

type ServiceName = keyof NonNullable<ApiOptions['secrets']>

const SERVICE_OR_PERSON = { schemes: [...KEYS, 'secretKeyHeader', 'secretKeyQuery'], refuses: [401, 403, 421] } as const

/** Who sends a secret is known by it alone. */
export function serviceOrSuperAdmin (name: ServiceName): Access<unknown> {
  return {
    ...SERVICE_OR_PERSON,
    needs: 'secret or super-admin',
    admit: async (ctx, deps) => sendsSecret(ctx) ? await service(name).admit(ctx, deps) : await superAdmin.admit(ctx, deps)
  }
}

/** A member of the account of the path, or the service that sets limits. */
export const limitReader: Access<unknown> = {
  ...SERVICE_OR_PERSON,
  needs: 'secret or account:member',
  admit: async (ctx, deps) => {
    if (sendsSecret(ctx)) return await service('limits').admit(ctx, deps)
    if (!canReadLimits(callerOf(ctx.state), accountOf(ctx))) throw new HttpError(403, 'limits-forbidden')
  }
}
