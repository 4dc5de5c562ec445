/** The audit trail: who did what, when, in which account. Values of secrets and configurations are never in it, only the names of what was changed. */
import { nanoid } from 'nanoid'
import type { AuditEntry, Processing } from '../store/types.ts'
import { accountNamed, ownerFilterOf } from './account-name.ts'
import type { Change } from './processing-body.ts'
import { HttpError } from './errors.ts'
import { canReadAudit, type Session } from './permissions.ts'
import { readPage } from './query.ts'
import type { Call } from './routes/route.ts'
import { callerOf } from './session.ts'
import type { ApiDeps, Context } from './types.ts'

type Actor = AuditEntry['actor']

/** Of a long list the first ones are told. */
const MAX_PATHS = 100
const MAX_SHARES = 20

export const WEBHOOK: Actor = { type: 'webhook', id: 'webhook', name: 'webhook' }

export function serviceActor (id: 'limits' | 'identities'): Actor {
  return { type: 'service', id, name: id }
}

/**
 * Called once the thing is done. It is not undone when the trail cannot be written: that is logged, with what should have been in it.
 * `actor`: by default whoever sent the request.
 */
export async function record (ctx: Context, { store, logger }: Pick<ApiDeps, 'store' | 'logger'>, what: Pick<AuditEntry, 'account' | 'action' | 'target' | 'paths' | 'details'> & { readonly actor?: Actor }): Promise<void> {
  const entry: AuditEntry = { _id: nanoid(), date: new Date().toISOString(), ...what, actor: what.actor ?? actorOf(ctx) }
  try {
    await store.audit.append(entry)
  } catch (error) {
    logger.error({ err: error, requestId: ctx.state.requestId, audit: entry }, 'the audit trail could not be written')
  }
}

/** Those of an account, newest first; from the root of an organisation those of its departments too; to a super-admin by default all. */
export async function listAudit ({ deps: { store }, subject: session, query }: Call<Session>): Promise<Record<string, unknown>> {
  const account = accountNamed(query.account) ?? (session.adminMode ? undefined : session.account)
  if (account !== undefined && !canReadAudit(session, account)) throw new HttpError(403, 'audit-forbidden')
  const { results, count } = await store.audit.list({
    ...(account === undefined ? {} : { account: ownerFilterOf(account) }),
    ...(query.from === undefined ? {} : { from: new Date(query.from).toISOString() }),
    ...(query.until === undefined ? {} : { until: new Date(query.until).toISOString() })
  }, readPage(query, []))
  return { results, count }
}

export function processingTarget ({ _id: id, title }: Pick<Processing, '_id' | 'title'>): NonNullable<AuditEntry['target']> {
  return { type: 'processing', id, title }
}

/** Pure. Which fields were changed, those of the configuration one by one; to whom it was given, and who may see it now or no longer. */
export function changeOf ({ config, permissions, owner }: Pick<Processing, 'config' | 'permissions' | 'owner'>, { fields, set, unset }: Change): Pick<AuditEntry, 'paths' | 'details'> {
  const paths = [...set, ...unset].flatMap((name): string[] => name === 'config' ? configPaths(config ?? {}, fields.config ?? {}) : [name])
  const details = {
    ...(set.includes('owner') ? { from: nameOf(owner), to: nameOf(fields.owner) } : {}),
    ...([...set, ...unset].includes('permissions') ? sharesOf(permissions ?? [], fields.permissions ?? []) : {})
  }
  return { paths: paths.slice(0, MAX_PATHS), ...(Object.keys(details).length === 0 ? {} : { details }) }
}

function configPaths (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return ['config', ...names.filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name])).map(name => `config.${name.slice(0, 100)}`)]
}

function sharesOf (before: NonNullable<Processing['permissions']>, after: NonNullable<Processing['permissions']>): Record<string, string[]> {
  const [was, is] = [before.map(shareText), after.map(shareText)]
  return { given: is.filter(text => !was.includes(text)).slice(0, MAX_SHARES), withdrawn: was.filter(text => !is.includes(text)).slice(0, MAX_SHARES) }
}

function shareText ({ profile, target }: NonNullable<Processing['permissions']>[number]): string {
  return target.type === 'userEmail' ? `${profile} user:${target.email}` : `${profile} organization:${target.organization.id}:${target.roles.join(',')}`
}

function nameOf ({ type, id, department }: Processing['owner']): string {
  return [type, id, ...(department === undefined ? [] : [department])].join(':')
}

/** Who sends the key of the super-admin is that one, also when he acts as an account; a super-admin who has signed in is known by his own name. */
function actorOf (ctx: Context): Actor {
  const { user, apiKey, adminMode } = callerOf(ctx.state)
  if (apiKey !== undefined) return { type: 'api-key', id: apiKey.id, name: user.name }
  if (ctx.get('authorization') !== '') return { type: 'super-admin', id: 'superadmin', name: 'Super-admin' }
  return { type: adminMode ? 'super-admin' : 'user', id: user.id, name: user.name }
}
