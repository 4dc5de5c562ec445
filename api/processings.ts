/** /api/v1/processings: saved configurations of plugins. */
import { Router } from '@koa/router'
import { nanoid } from 'nanoid'
import { CacheError } from '../cache/types.ts'
import type { Processing, ProcessingPatch, Signature } from '../store/types.ts'
import { processingFor, viewerOf } from './access.ts'
import { bodyOf, jsonBody } from './body.ts'
import { ConfigSchemas } from './config-schema.ts'
import { deleteProcessing } from './delete-processing.ts'
import { fromCacheError, HttpError } from './errors.ts'
import { listProcessings } from './lists.ts'
import { isAdmin, type Session } from './permissions.ts'
import { presentProcessing } from './present.ts'
import { readChange, readCreation, type Change } from './processing-body.ts'
import { readQuery } from './query.ts'
import { settleConfig, type SettledConfig } from './settle-config.ts'
import type { ApiDeps, ApiState, Context } from './types.ts'
import { newWebhookKey } from './webhook-key.ts'

const BODY_BYTES = 100 * 1024

export function processingRoutes (deps: ApiDeps): Router<ApiState> {
  const router = new Router<ApiState>({ prefix: '/api/v1/processings' })
  const schemas = new ConfigSchemas()
  const body = jsonBody(deps.options.bodyBytes ?? BODY_BYTES)
  router.get('/', ctx => listProcessings(ctx, deps))
  router.post('/', body, ctx => create(ctx, deps, schemas))
  router.get('/:id', ctx => read(ctx, deps))
  router.patch('/:id', body, ctx => change(ctx, deps, schemas))
  router.delete('/:id', ctx => remove(ctx, deps))
  router.get('/:id/plugin-config-schema', ctx => readConfigSchema(ctx, deps))
  return router
}

async function create (ctx: Context, deps: ApiDeps, schemas: ConfigSchemas): Promise<void> {
  const { session } = viewerOf(ctx)
  readQuery(ctx, [])
  const fields = readCreation(bodyOf(ctx), session.account)
  if (!isAdmin(session, fields.owner)) throw new HttpError(403, 'create-forbidden')
  if (fields.debug === true && !session.adminMode) throw new HttpError(403, 'debug-forbidden')
  const _id = nanoid()
  const settled = fields.config === undefined ? {} : await settleConfig(deps, schemas, { ...fields, config: fields.config, processingId: _id, secrets: {} })
  const created = signature(session)
  const processing: Processing = { ...fields, ...settled, _id, webhookKey: newWebhookKey(), created, updated: created }
  await deps.store.processings.insert(processing)
  await schedule(ctx, deps, processing)
  await answer(ctx, deps, processing)
}

async function read (ctx: Context, deps: ApiDeps): Promise<void> {
  readQuery(ctx, [])
  ctx.body = presentProcessing(await processingFor(ctx, deps, 'read'), viewerOf(ctx))
}

async function change (ctx: Context, deps: ApiDeps, schemas: ConfigSchemas): Promise<void> {
  const viewer = viewerOf(ctx)
  readQuery(ctx, [])
  const stored = await processingFor(ctx, deps, 'admin')
  const change = readChange(bodyOf(ctx), stored, presentProcessing(stored, viewer))
  checkRights(viewer.session, change)
  const settled = await settle(deps, schemas, stored, change)
  const set: ProcessingPatch = { ...pick(change), ...settled, updated: signature(viewer.session) }
  const changed = await deps.store.processings.patch(stored._id, set, change.unset)
  if (changed === undefined) throw new HttpError(404, 'unknown-processing', { id: stored._id })
  if (changesSchedule(change)) await schedule(ctx, deps, changed)
  await answer(ctx, deps, changed)
}

async function remove (ctx: Context, deps: ApiDeps): Promise<void> {
  readQuery(ctx, [])
  await deleteProcessing(deps, await processingFor(ctx, deps, 'admin'))
  ctx.status = 204
}

/** The plugin is asked for as the owner, whoever looks. */
async function readConfigSchema (ctx: Context, deps: ApiDeps): Promise<void> {
  readQuery(ctx, [])
  const processing = await processingFor(ctx, deps, 'read')
  try {
    const { plugin } = await deps.cache.ensure(processing.plugin, processing.owner, { integrity: processing.pluginIntegrity })
    if (plugin.schema === undefined) throw new HttpError(404, 'schema-not-found', { plugin: processing.plugin })
    ctx.body = plugin.schema
  } catch (error) {
    throw error instanceof CacheError ? fromCacheError(error, processing.owner) : error
  }
}

function checkRights (session: Session, { fields, set, unset }: Change): void {
  if (set.includes('owner') && !isAdmin(session, fields.owner)) {
    throw new HttpError(403, 'owner-forbidden', { owner: `${fields.owner.type}:${fields.owner.id}` })
  }
  if ((set.includes('debug') || unset.includes('debug')) && !session.adminMode) throw new HttpError(403, 'debug-forbidden')
}

/** A processing whose plugin is gone can still be renamed, shared and stopped: the registry is asked only when the answer matters. */
async function settle (deps: ApiDeps, schemas: ConfigSchemas, stored: Processing, { fields, set }: Change): Promise<SettledConfig | undefined> {
  const matters = set.includes('config') || set.includes('owner') || set.includes('pluginIntegrity') || (set.includes('active') && fields.active === true)
  if (fields.config === undefined || !matters) return undefined
  const { title, plugin, pluginIntegrity, owner, config } = fields
  return await settleConfig(deps, schemas, { processingId: stored._id, title, plugin, pluginIntegrity, owner, config, secrets: stored.secrets ?? {} })
}

function pick ({ fields, set }: Change): ProcessingPatch {
  return Object.fromEntries(set.map(name => [name, fields[name]]))
}

function changesSchedule ({ set, unset }: Change): boolean {
  return [...set, ...unset].some(name => name === 'active' || name === 'scheduling')
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

/** As it is now: arming has set its next run. */
async function answer (ctx: Context, { store }: ApiDeps, processing: Processing): Promise<void> {
  ctx.body = presentProcessing(await store.processings.get(processing._id) ?? processing, viewerOf(ctx))
}

function signature ({ user }: Session): Signature {
  return { id: user.id, name: user.name, date: new Date().toISOString() }
}
