/** /api/v1/limits: the processing time that accounts may use. Source: data-fair/processings v6. */
import { quotaOf } from '../runner/quota.ts'
import type { AccountKey, AccountLimits } from '../store/types.ts'
import { record, serviceActor } from './audit.ts'
import { sendsSecret } from './callers/internal.ts'
import { MAX_SIZE, readPage } from './query.ts'
import type { Call } from './routes/route.ts'
import type { ApiDeps, Context } from './types.ts'

type Answer = Record<string, unknown>

/** What the route table lets through. */
interface Wanted extends Omit<AccountLimits, keyof AccountKey | 'defaults'> {
  readonly defaults?: boolean
}

/** Merges: unlike upstream, a limit that is set without a consumption does not wipe what was used. */
export async function writeLimits ({ ctx, deps, body }: Call<unknown>): Promise<Answer> {
  const { defaults, lastUpdate, ...fields } = body as unknown as Wanted // the route table has checked it
  const patch = { ...fields, lastUpdate: new Date(lastUpdate).toISOString(), ...(defaults === true ? { defaults } : {}) }
  const stored = await deps.store.limits.put(accountOf(ctx), patch)
  const { type, id, name = id } = stored
  const actor = sendsSecret(ctx) ? { actor: serviceActor('limits') } : {}
  await record(ctx, deps, { account: { type, id, name }, action: 'limits.set', target: { type, id }, details: { ...fields.processings_seconds, ...(defaults === undefined ? {} : { defaults }) }, ...actor })
  return present(stored, deps)
}

/** Made when there is none, as upstream: who looks finds what holds. */
export async function readLimits ({ ctx, deps }: Call<unknown>): Promise<Answer> {
  return present(await deps.store.limits.ensure(accountOf(ctx), new Date().toISOString()), deps)
}

/** All of them by default, as upstream. */
export async function listLimits ({ deps, query }: Call<unknown>): Promise<Answer> {
  const { type, id } = query
  const filter = { ...(type === undefined ? {} : { type: typeOf(type) }), ...(id === undefined ? {} : { id }) }
  const { results, count } = await deps.store.limits.list(filter, readPage({ size: String(MAX_SIZE), ...query }, []))
  return { results: results.map(limits => present(limits, deps)), count }
}

/** Of the path; the route table has checked it. */
export function accountOf ({ params }: Pick<Context, 'params'>): AccountKey {
  return { type: typeOf(params.type), id: params.account ?? '' }
}

function typeOf (text: string | undefined): AccountKey['type'] {
  return text === 'user' ? 'user' : 'organization'
}

/** With what holds where nothing was set: the same default as for runs. */
function present (limits: AccountLimits, { options }: Pick<ApiDeps, 'options'>): Answer {
  return { ...limits, processings_seconds: quotaOf(limits, options.defaultSeconds ?? -1) }
}
