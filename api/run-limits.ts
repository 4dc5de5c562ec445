/** /api/v1/admin/limits: what super-admins allow the runs of an owner or of a plugin, instead of the configured limits. */
import { toRunLimits } from '../runner/limits.ts'
import { overrideBounds, type OverrideBound } from '../runner/run-limits.ts'
import type { Account, AuditEntry, LimitSubject, RunLimitOverride } from '../store/types.ts'
import { record } from './audit.ts'
import { HttpError } from './errors.ts'
import { accountOf } from './limits.ts'
import type { Session } from './permissions.ts'
import { readPage } from './query.ts'
import type { Call } from './routes/route.ts'
import { problem, refusal } from './schema-problems.ts'
import type { ApiDeps, Context } from './types.ts'

/** With the bounds of each key, as they are while the service runs with its present configuration. */
export async function listRunLimits ({ deps, query }: Call<Session>): Promise<Record<string, unknown>> {
  const { results, count } = await deps.store.runLimits.list(readPage(query, []))
  return { results, count, bounds: boundsOf(deps) }
}

/** Replaces the whole override: a key that is not sent has its configured value again. Runs that go on keep what they began with. */
export async function writeRunLimits ({ ctx, deps, subject: { user: { id, name }, account }, body }: Call<Session>): Promise<RunLimitOverride> {
  const values = body as Record<string, number> // the route table has checked it
  checkBounds(values, boundsOf(deps))
  const override = { subject: subjectOf(ctx), values, updated: { id, name, date: new Date().toISOString() } }
  await deps.store.runLimits.put(override)
  await record(ctx, deps, { ...aboutOf(override.subject, account), action: 'run-limits.set', details: values })
  return override
}

export async function removeRunLimits ({ ctx, deps, subject: { account } }: Call<Session>): Promise<undefined> {
  const subject = subjectOf(ctx)
  if (!await deps.store.runLimits.remove(subject)) throw new HttpError(404, 'unknown-run-limits')
  await record(ctx, deps, { ...aboutOf(subject, account), action: 'run-limits.remove' })
}

/** What is allowed to an owner is in the trail of the owner; what is allowed to a plugin is the business of super-admins. */
function aboutOf (subject: LimitSubject, own: Account): Pick<AuditEntry, 'account' | 'target'> {
  if (subject.kind === 'plugin') return { account: own, target: { type: 'plugin', id: subject.plugin } }
  const { type, id } = subject.owner
  return { account: { type, id, name: id }, target: { type, id } }
}

function subjectOf (ctx: Context): LimitSubject {
  const { plugin } = ctx.params
  return plugin === undefined ? { kind: 'owner', owner: accountOf(ctx) } : { kind: 'plugin', plugin }
}

function boundsOf ({ options }: Pick<ApiDeps, 'options'>): OverrideBound[] {
  return overrideBounds(options.runLimits ?? toRunLimits())
}

/** The schema holds the table's own bounds; those of some keys follow the configuration. */
function checkBounds (values: Readonly<Record<string, number>>, bounds: readonly OverrideBound[]): void {
  const problems = bounds.flatMap(({ key, min, max, unit }) => {
    const value = values[key]
    if (value === undefined || (value >= min && value <= max)) return []
    return [problem(`/${key}`, 'bad-field', { field: key, wanted: { en: `from ${min} to ${max} (${unit})`, fr: `de ${min} à ${max} (${unit})` }, found: value })]
  })
  if (problems.length > 0) throw refusal(problems)
}
