/** The lists of processings and of runs that a caller may see. */
import type { Facets, ProcessingFilter, ProcessingStatus } from '../store/types.ts'
import { checkId, viewerOf } from './access.ts'
import type { Session } from './permissions.ts'
import { presentProcessing, presentRun } from './present.ts'
import { badParameter, readPage, readScopeOf, type Query } from './query.ts'
import type { Call } from './routes/route.ts'
import { waitingReasons } from './waiting-for.ts'

/** What a processing is listed by; `none`: it has never run, `scheduled`: a run is planned. */
export const STATUSES = ['none', 'scheduled', 'triggered', 'running', 'finished', 'error', 'kill', 'killed'] as const satisfies readonly ProcessingStatus[]
export const PROCESSING_SORT = ['title', 'plugin', 'created.date', 'updated.date', '_id']
/** Those of one owner, or of some processings; all runs there are can be sorted by the last two only. */
export const RUN_SORT = ['scheduledAt', 'startedAt', 'finishedAt', 'createdAt', '_id']
const MAX_PROCESSINGS = 1000

interface List { readonly results: Record<string, unknown>[], readonly count: number }

/** `count` is that of all pages; it and the facets are of what the whole query leaves, and of what the caller may see. */
export async function listProcessings ({ ctx, deps: { store }, query }: Call<Session>): Promise<List & { readonly facets: Record<string, unknown> }> {
  const viewer = viewerOf(ctx)
  const scope = readScopeOf(query, viewer.session, false)
  const page = readPage(query, PROCESSING_SORT)
  const filter = { ...filterOf(query), ...(scope === undefined ? {} : { scopes: [scope] }) }
  const facets = await store.processings.facets(filter, { statuses: true, plugins: true, owners: query.showAll === 'true' })
  const { results, count } = await store.processings.list(filter, page)
  return { results: results.map(one => selected(presentProcessing(one, viewer), query.select)), facets: presentFacets(facets), count }
}

/** The route table has checked the statuses. */
function filterOf ({ q, statuses, plugins }: Query): ProcessingFilter {
  return {
    ...(q === undefined ? {} : { q }),
    ...(statuses === undefined ? {} : { statuses: statuses.split(',') as ProcessingStatus[] }),
    ...(plugins === undefined ? {} : { plugins: plugins.split(',') })
  }
}

/** Chosen from what the caller may see, once that is known: leaving a field out shows nothing more. */
function selected (shown: Record<string, unknown>, select: string | undefined): Record<string, unknown> {
  if (select === undefined) return shown
  const wanted = new Set(['_id', 'userProfile', ...select.split(',').map(path => path.split('.')[0] ?? '')])
  return Object.fromEntries(Object.entries(shown).filter(([field]) => wanted.has(field)))
}

function presentFacets ({ statuses = new Map(), plugins = new Map(), owners }: Facets): Record<string, unknown> {
  return { statuses: Object.fromEntries(statuses), plugins: Object.fromEntries(plugins), ...(owners === undefined ? {} : { owners }) }
}

/** Never with logs. A run is shared as its processing is. */
export async function listRuns ({ ctx, deps, query }: Call<Session>): Promise<List> {
  const viewer = viewerOf(ctx)
  const scope = readScopeOf(query, viewer.session, true)
  const wanted = query.processing === undefined ? undefined : readIds(query.processing)
  const narrow = scope !== undefined || wanted !== undefined
  const page = readPage(query, narrow ? RUN_SORT : RUN_SORT.slice(-2))
  const filter = { ...(scope === undefined ? {} : { scopes: [scope] }), ...(wanted === undefined ? {} : { processings: wanted }) }
  const { results, count } = await deps.store.runs.list(filter, page)
  const reasons = waitingReasons(deps, viewer.locale)
  const shown: Record<string, unknown>[] = []
  for (const run of results) {
    const waitingFor = await reasons(run)
    shown.push({ ...presentRun(run, viewer), ...(waitingFor === undefined ? {} : { waitingFor }) })
  }
  return { results: shown, count }
}

function readIds (text: string): string[] {
  const ids = text.split(',')
  if (ids.length > MAX_PROCESSINGS) throw badParameter('processing', { en: `at most ${MAX_PROCESSINGS} ids`, fr: `au plus ${MAX_PROCESSINGS} identifiants` }, ids.length)
  for (const id of ids) checkId('processing', id)
  return ids
}
