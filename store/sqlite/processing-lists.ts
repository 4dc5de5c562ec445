/** Lists of processings and their facets: filters, fields to sort by, counts. */
import { groupOwners, MAX_OWNERS } from '../owner-facets.ts'
import { titleWords } from '../title-words.ts'
import type { Facets, FacetsWanted, List, OwnerFacet, Page, Processing, ProcessingFilter, ProcessingStatus } from '../types.ts'
import type { Database } from './database.ts'
import { processingOf, selectProcessings, type ProcessingRow } from './processing-records.ts'
import { list, oneOf, whereOf, type Condition, type SortColumns } from './query.ts'
import { scopedTo } from './scope.ts'

/** What is known of runs without reading documents. Without the hint SQLite reads `last_runs` itself, which is fifteen times slower. */
const WITH_RUNS = `processings
  LEFT JOIN last_runs INDEXED BY last_runs_facts ON last_runs.processing = processings.id
  LEFT JOIN runs ON runs.slot = processings.id`

/** Of lastRun: that of the run that is held, else of the one that ended last. */
const ofLast = (column: string): string => `CASE WHEN runs.runner IS NULL THEN last_runs.${column} ELSE runs.${column} END`
/** Of nextRun: that of the run that waits. */
const ofNext = (column: string): string => `CASE WHEN runs.due IS NULL THEN NULL ELSE runs.${column} END`

const RUN_FIELDS: SortColumns = new Map([
  ['lastRun.status', ofLast('status')], ['lastRun.createdAt', ofLast('created_at')], ['lastRun.scheduledAt', ofLast('scheduled_at')],
  ['lastRun.startedAt', ofLast('started_at')], ['lastRun.finishedAt', ofLast('finished_at')],
  ['nextRun.status', ofNext('status')], ['nextRun.createdAt', ofNext('created_at')], ['nextRun.scheduledAt', ofNext('scheduled_at')]
])

const COLUMNS: SortColumns = new Map([
  ['_id', 'processings.id'], ['title', 'processings.title'], ['plugin', 'processings.plugin'],
  ['created.date', 'processings.created_date'], ['updated.date', 'processings.updated_date'], ...RUN_FIELDS
])

export function listProcessings (database: Database, filter: ProcessingFilter, page: Page): List<Processing> {
  const byRuns = filter.statuses !== undefined || page.sort?.some(([field]) => RUN_FIELDS.has(field)) === true
  const query = { select: selectProcessings, from: byRuns ? WITH_RUNS : 'processings', idsFirst: byRuns, conditions: conditionsOf(filter), columns: COLUMNS }
  const { results, count } = list<ProcessingRow>(database, query, page)
  return { results: results.map(processingOf), count }
}

export function facetsOf (database: Database, filter: ProcessingFilter, wanted: FacetsWanted): Facets {
  return {
    ...(wanted.statuses ? { statuses: statusFacet(database, filter) } : {}),
    ...(wanted.plugins ? { plugins: pluginFacet(database, filter) } : {}),
    ...(wanted.owners ? { owners: ownerFacet(database, filter) } : {})
  }
}

function conditionsOf (filter: ProcessingFilter): Condition[] {
  return [
    ...scopedTo('processings', 'processings.id', filter),
    ...matching(filter.q),
    ...(filter.plugins === undefined ? [] : [oneOf('processings.plugin', filter.plugins)]),
    ...(filter.statuses === undefined ? [] : [inStatus(filter.statuses)])
  ]
}

/** Each word sought must begin a word of the title. A text without any word finds nothing; an empty one is no filter. */
function matching (q: string | undefined): Condition[] {
  if (q === undefined || q === '') return []
  const words = titleWords(q)
  if (words.length === 0) return [{ sql: 'FALSE', values: [] }]
  return words.map(word => ({
    sql: 'processings.id IN (SELECT processing FROM title_words WHERE word >= ? AND word < ?)',
    values: [word, `${word}\u{10FFFF}`]
  }))
}

function inStatus (statuses: readonly ProcessingStatus[]): Condition {
  const { sql, values } = oneOf(ofLast('status'), statuses)
  const terms = [sql]
  if (statuses.includes('none')) terms.push(`${ofLast('status')} IS NULL`)
  if (statuses.includes('scheduled')) terms.push('runs.due IS NOT NULL')
  return { sql: `(${terms.join(' OR ')})`, values }
}

function statusFacet (database: Database, filter: ProcessingFilter): Map<ProcessingStatus, number> {
  const { where, values } = whereOf(conditionsOf(filter))
  const rows = database.all<{ status: ProcessingStatus | null, count: number, waiting: number }>(
    `SELECT ${ofLast('status')} AS status, count(*) AS count, count(runs.due) AS waiting FROM ${WITH_RUNS}${where} GROUP BY 1`, ...values)
  const counts = new Map<ProcessingStatus, number>([['scheduled', 0]])
  for (const { status, count, waiting } of rows) {
    counts.set(status ?? 'none', count)
    counts.set('scheduled', (counts.get('scheduled') ?? 0) + waiting)
  }
  return counts
}

function pluginFacet (database: Database, filter: ProcessingFilter): Map<string, number> {
  const { where, values } = whereOf(conditionsOf(filter))
  const from = filter.statuses === undefined ? 'processings' : WITH_RUNS
  const rows = database.all<{ plugin: string, count: number }>(
    `SELECT processings.plugin, count(*) AS count FROM ${from}${where} GROUP BY processings.plugin ORDER BY processings.plugin`, ...values)
  return new Map(rows.map(({ plugin, count }) => [plugin, count]))
}

/** The names are those of the document of a group that was changed last: SQLite takes `doc` from the row of `max()`. */
function ownerFacet (database: Database, filter: ProcessingFilter): OwnerFacet[] {
  const { where, values } = whereOf(conditionsOf(filter))
  const from = filter.statuses === undefined ? 'processings' : WITH_RUNS
  const rows = database.all<{ doc: string, count: number }>(`
    SELECT processings.doc, max(processings.updated_date), count(*) AS count FROM ${from}${where}
    GROUP BY processings.owner_type, processings.owner_id, processings.owner_department
    ORDER BY processings.owner_type, processings.owner_id, processings.owner_department LIMIT ${MAX_OWNERS}`, ...values)
  return groupOwners(rows.map(({ doc, count }) => ({ owner: JSON.parse(doc).owner, count })))
}
