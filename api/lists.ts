/** The lists of processings and of runs that a caller may see. */
import type { OwnerFilter, Processing } from '../store/types.ts'
import { checkId, viewerOf } from './access.ts'
import { profileOf, type Session } from './permissions.ts'
import { presentProcessing, presentRun } from './present.ts'
import { badParameter, readPage, readQuery, readScopeOf } from './query.ts'
import type { ApiDeps, Context } from './types.ts'

const PAGE = ['size', 'page', 'skip', 'sort', 'owner', 'showAll']
const MAX_PROCESSINGS = 1000
/** An owner's documents are looked through for those that are shared with the caller: so many at most. */
const MAX_SHARED_SCAN = 10_000

/** `{ results, count }`; `count` is that of all pages. */
export async function listProcessings (ctx: Context, { store }: ApiDeps): Promise<void> {
  const viewer = viewerOf(ctx)
  const query = readQuery(ctx, [...PAGE, 'q'])
  const scope = readScopeOf(query, viewer.session, false)
  const page = readPage(query, ['title', 'plugin', 'created.date', 'updated.date', '_id'])
  const words = query.q === undefined || query.q === '' ? {} : { q: query.q }
  if (scope.kind === 'shared') {
    const shared = await sharedProcessings(store, viewer.session, scope.owner, { ...words, ...(page.sort === undefined ? {} : { sort: page.sort }) })
    ctx.body = { results: shared.slice(page.skip, page.skip + page.size).map(one => presentProcessing(one, viewer)), count: shared.length }
    return
  }
  const { results, count } = await store.processings.list({ ...words, ...(scope.kind === 'owner' ? { owner: scope.owner } : {}) }, page)
  ctx.body = { results: results.map(one => presentProcessing(one, viewer)), count }
}

/** `{ results, count }`, never with logs. A run is shared as its processing is. */
export async function listRuns (ctx: Context, { store }: ApiDeps): Promise<void> {
  const viewer = viewerOf(ctx)
  const query = readQuery(ctx, [...PAGE, 'processing', 'select'])
  const scope = readScopeOf(query, viewer.session, true)
  const wanted = query.processing === undefined || query.processing === '' ? undefined : readIds(query.processing)
  const narrow = scope.kind !== 'everything' || wanted !== undefined
  const page = readPage(query, narrow ? ['createdAt', 'scheduledAt', 'startedAt', 'finishedAt', '_id'] : ['createdAt', '_id'])
  const processings = scope.kind === 'shared' ? await readable(store, viewer.session, scope.owner, wanted) : wanted
  const filter = { ...(scope.kind === 'everything' ? {} : { owner: scope.owner }), ...(processings === undefined ? {} : { processings }) }
  const { results, count } = await store.runs.list(filter, page)
  ctx.body = { results: results.map(run => presentRun(run, viewer)), count }
}

function readIds (text: string): string[] {
  const ids = text.split(',')
  if (ids.length > MAX_PROCESSINGS) throw badParameter('processing', { en: `at most ${MAX_PROCESSINGS} ids`, fr: `au plus ${MAX_PROCESSINGS} identifiants` }, ids.length)
  for (const id of ids) checkId('processing', id)
  return ids
}

async function readable (store: ApiDeps['store'], session: Session, owner: OwnerFilter, wanted: readonly string[] | undefined): Promise<string[]> {
  const ids = (await sharedProcessings(store, session, owner, {})).map(one => one._id)
  return wanted === undefined ? ids : ids.filter(id => wanted.includes(id))
}

async function sharedProcessings (
  store: ApiDeps['store'], session: Session, owner: OwnerFilter, options: { readonly q?: string, readonly sort?: readonly (readonly [string, 1 | -1])[] }
): Promise<Processing[]> {
  const { q, sort } = options
  const { results } = await store.processings.list({ owner, ...(q === undefined ? {} : { q }) }, { size: MAX_SHARED_SCAN, skip: 0, ...(sort === undefined ? {} : { sort }) })
  return results.filter(one => profileOf(session, one) !== undefined)
}
