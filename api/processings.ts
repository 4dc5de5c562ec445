/** /api/v1/processings: saved configurations of plugins. */
import { nanoid } from 'nanoid'
import { CacheError, type CachedPlugin } from '../cache/types.ts'
import type { Processing, ProcessingPatch, Signature } from '../store/types.ts'
import { viewerOf } from './access.ts'
import { changeOf, processingTarget, record } from './audit.ts'
import { deleteProcessing } from './delete-processing.ts'
import { fromCacheError, HttpError } from './errors.ts'
import { etagOf, orChanged, requireMatch } from './etag.ts'
import { canCreateFor, canGiveTo, profileOf, type Session } from './permissions.ts'
import { presentProcessing } from './present.ts'
import { readChange, readCreation, type Change } from './processing-body.ts'
import type { Call } from './routes/route.ts'
import { settleConfig, type SettledConfig } from './settle-config.ts'
import type { ApiDeps, Context } from './types.ts'
import { newWebhookKey } from './webhook-key.ts'

type Answer = Record<string, unknown>

export async function createProcessing ({ ctx, deps, subject: session, body }: Call<Session>): Promise<Answer> {
  const fields = readCreation(body, session.account)
  if (!canCreateFor(session, fields.owner)) throw new HttpError(403, 'create-forbidden')
  if (fields.debug === true && !session.adminMode) throw new HttpError(403, 'debug-forbidden')
  const _id = nanoid()
  const settled = fields.config === undefined ? {} : await settleConfig(deps, { ...fields, config: fields.config, processingId: _id, secrets: {} })
  const created = signature(session)
  const processing: Processing = { ...fields, ...settled, _id, webhookKey: newWebhookKey(), created, updated: created }
  await deps.store.processings.insert(processing)
  await record(ctx, deps, { account: processing.owner, action: 'processing.create', target: processingTarget(processing), details: { plugin: processing.plugin } })
  await schedule(ctx, deps, processing)
  return await asItIsNow(ctx, deps, processing)
}

export function readProcessing ({ ctx, subject }: Call<Processing>): Answer {
  return present(ctx, subject)
}

export async function changeProcessing ({ ctx, deps, subject: stored, body }: Call<Processing>): Promise<Answer> {
  const viewer = viewerOf(ctx)
  const change = readChange(body, stored, presentProcessing(stored, viewer))
  checkRights(viewer.session, change)
  const match = ctx.get('if-match')
  const ifRevision = requireMatch(match, stored)
  const settled = await settle(deps, stored, change)
  const set: ProcessingPatch = { ...pick(change), ...settled, updated: signature(viewer.session) }
  const { processings } = deps.store
  const changed = await orChanged(match, () => processings.get(stored._id), () => processings.patch(stored._id, set, change.unset, ifRevision === undefined ? {} : { ifRevision }))
  if (changed === undefined) throw new HttpError(404, 'unknown-processing', { id: stored._id })
  await recordChange(ctx, deps, stored, change)
  if (changesSchedule(change)) await schedule(ctx, deps, changed)
  return await asItIsNow(ctx, deps, changed)
}

export async function removeProcessing ({ ctx, deps, subject }: Call<Processing>): Promise<void> {
  const match = ctx.get('if-match')
  const ifRevision = requireMatch(match, subject)
  await orChanged(match, () => deps.store.processings.get(subject._id), () => deleteProcessing(deps, subject, ifRevision))
  await record(ctx, deps, { account: subject.owner, action: 'processing.delete', target: processingTarget(subject) })
}

export async function readConfigSchema ({ deps, subject }: Call<Processing>): Promise<Answer> {
  const schema = await configSchemaOf(deps, subject)
  if (schema === undefined) throw new HttpError(404, 'schema-not-found', { plugin: subject.plugin })
  return schema
}

/** What the registry has for its plugin now, under the names of its description. Throws 403, 404, 502 for the registry. */
export async function readPlugin ({ deps, subject }: Call<Processing>): Promise<Answer> {
  const { artefact, name, version, integrity, origin } = await pluginOf(deps, subject)
  return { _id: artefact, format: 'npm', packageName: name, version, integrity, origin }
}

/** Of its plugin, which is asked for as the owner, whoever looks; undefined when it has none. Throws 403, 404, 502 for the registry. */
export async function configSchemaOf (deps: Pick<ApiDeps, 'cache'>, processing: Processing): Promise<Answer | undefined> {
  return (await pluginOf(deps, processing)).schema
}

async function pluginOf ({ cache }: Pick<ApiDeps, 'cache'>, { plugin, owner, pluginIntegrity }: Processing): Promise<CachedPlugin> {
  try {
    return (await cache.ensure(plugin, owner, { integrity: pluginIntegrity })).plugin
  } catch (error) {
    throw error instanceof CacheError ? fromCacheError(error, owner) : error
  }
}

function checkRights (session: Session, { fields, set, unset }: Change): void {
  if (set.includes('owner') && !canGiveTo(session, fields.owner)) {
    throw new HttpError(403, 'owner-forbidden', { owner: `${fields.owner.type}:${fields.owner.id}` })
  }
  if ((set.includes('debug') || unset.includes('debug')) && !session.adminMode) throw new HttpError(403, 'debug-forbidden')
}

/** A processing whose plugin is gone can still be renamed, shared and stopped: the registry is asked only when the answer matters. */
async function settle (deps: ApiDeps, stored: Processing, { fields, set }: Change): Promise<SettledConfig | undefined> {
  const matters = set.includes('config') || set.includes('owner') || set.includes('pluginIntegrity') || (set.includes('active') && fields.active === true)
  if (fields.config === undefined || !matters) return undefined
  const { title, plugin, pluginIntegrity, owner, config } = fields
  return await settleConfig(deps, { processingId: stored._id, title, plugin, pluginIntegrity, owner, config, secrets: stored.secrets ?? {} })
}

function pick ({ fields, set }: Change): ProcessingPatch {
  return Object.fromEntries(set.map(name => [name, fields[name]]))
}

function changesSchedule ({ set, unset }: Change): boolean {
  return [...set, ...unset].some(name => name === 'active' || name === 'scheduling')
}

/** Who gets a processing finds it in his own trail too. Nothing is told of a change that changes nothing. */
async function recordChange (ctx: Context, deps: ApiDeps, stored: Processing, change: Change): Promise<void> {
  if (change.set.length + change.unset.length === 0) return
  const target = processingTarget({ _id: stored._id, title: change.fields.title })
  const changed = changeOf(stored, change)
  await record(ctx, deps, { account: stored.owner, action: 'processing.patch', target, ...changed })
  if (change.set.includes('owner')) await record(ctx, deps, { account: change.fields.owner, action: 'processing.receive', target, details: { from: changed.details?.from } })
}

/** The document is stored already: what fails here is logged, and made up for by the runner's reconciler. */
async function schedule (ctx: Context, { triggers, logger }: ApiDeps, processing: Processing): Promise<void> {
  try {
    if (processing.active === true) await triggers.arm(processing)
    else await triggers.disarm(processing._id)
  } catch (error) {
    logger.error({ err: error, requestId: ctx.state.requestId, processing: processing._id }, 'a schedule could not be armed')
  }
}

/** Arming has set its next run. */
async function asItIsNow (ctx: Context, { store }: ApiDeps, processing: Processing): Promise<Answer> {
  return present(ctx, await store.processings.get(processing._id) ?? processing)
}

function present (ctx: Context, processing: Processing): Answer {
  const viewer = viewerOf(ctx)
  ctx.set('ETag', etagOf(processing, profileOf(viewer.session, processing)))
  return presentProcessing(processing, viewer)
}

function signature ({ user }: Session): Signature {
  return { id: user.id, name: user.name, date: new Date().toISOString() }
}
