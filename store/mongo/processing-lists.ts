/** Lists of processings and their facets: filters, fields to sort by, counts. */
import { groupOwners, MAX_OWNERS } from '../owner-facets.ts'
import { titleWords } from '../title-words.ts'
import type { Facets, FacetsWanted, List, OwnerFacet, Page, Processing, ProcessingFilter, ProcessingStatus } from '../types.ts'
import type { Database } from './database.ts'
import type { Stored, Where } from './documents.ts'
import { all, any, list, NOTHING, oneOf } from './query.ts'
import { text } from './encoding.ts'
import { withRuns } from './processings-read.ts'
import { scopedTo } from './scope.ts'

const OFFERED = new Map([
  '_id', 'title', 'plugin', 'created.date', 'updated.date',
  'lastRun.status', 'lastRun.createdAt', 'lastRun.scheduledAt', 'lastRun.startedAt', 'lastRun.finishedAt',
  'nextRun.status', 'nextRun.createdAt', 'nextRun.scheduledAt'
].map(field => [field, field]))

/** A text that every other one follows: `$gt` it is `there is one`, from an index. */
const ANY = { $gt: '' }

export async function listProcessings (database: Database, filter: ProcessingFilter, page: Page): Promise<List<Processing>> {
  const { results, count } = await list(database.processings, { where: whereOf(filter), offered: OFFERED }, page)
  return { results: await withRuns(database, results), count }
}

export async function facetsOf (database: Database, filter: ProcessingFilter, wanted: FacetsWanted): Promise<Facets> {
  const $match = whereOf(filter)
  return {
    ...(wanted.statuses ? { statuses: await statusFacet(database, $match) } : {}),
    ...(wanted.plugins ? { plugins: await pluginFacet(database, $match) } : {}),
    ...(wanted.owners ? { owners: await ownerFacet(database, $match) } : {})
  }
}

function whereOf (filter: ProcessingFilter): Where {
  return all([
    ...scopedTo('_id', filter),
    ...matching(filter.q),
    ...(filter.plugins === undefined ? [] : [oneOf('plugin', filter.plugins)]),
    ...(filter.statuses === undefined ? [] : [inStatus(filter.statuses)])
  ])
}

/** Each word sought must begin a word of the title. A text without any word finds nothing; an empty one is no filter. */
function matching (q: string | undefined): Where[] {
  if (q === undefined || q === '') return []
  const words = titleWords(q)
  if (words.length === 0) return [NOTHING]
  return words.map(word => ({ 'kept.words': new RegExp(`^${word}`) })) // letters and digits alone: nothing to escape, and an index finds it
}

function inStatus (statuses: readonly ProcessingStatus[]): Where {
  const terms = [oneOf('lastRun.status', statuses)]
  if (statuses.includes('none')) terms.push({ 'lastRun.status': null })
  if (statuses.includes('scheduled')) terms.push({ 'nextRun.status': ANY })
  return any(terms)
}

async function statusFacet (database: Database, $match: Where): Promise<Map<ProcessingStatus, number>> {
  const [last, next] = await Promise.all(['lastRun.status', 'nextRun.status'].map(async field => await countBy(database, $match, field)))
  const counts = new Map<ProcessingStatus, number>([['scheduled', 0]])
  for (const { _id, count } of last ?? []) counts.set(_id ?? 'none', count)
  for (const { _id, count } of next ?? []) if (typeof _id === 'string') counts.set('scheduled', (counts.get('scheduled') ?? 0) + count)
  return counts
}

async function pluginFacet (database: Database, $match: Where): Promise<Map<string, number>> {
  const groups = await countBy(database, $match, 'plugin')
  return new Map(groups.map(({ _id, count }) => [_id, count]))
}

/** By value of a field, in its order. Of all processings it is a walk along the index of the field, without the documents. */
async function countBy (database: Database, $match: Where, field: string): Promise<Stored[]> {
  const along = Object.keys($match).length === 0 ? [{ $sort: { [field]: 1, _id: 1 } }] : []
  return await database.processings.aggregate([{ $match }, ...along, { $group: { _id: `$${field}`, count: { $sum: 1 } } }, { $sort: { _id: 1 } }])
}

/** The names are those of the document of a group that was changed last. */
async function ownerFacet (database: Database, $match: Where): Promise<OwnerFacet[]> {
  const groups = await database.processings.aggregate([
    { $match },
    { $sort: { 'updated.date': 1 } },
    { $group: { _id: { type: '$owner.type', id: '$owner.id', department: '$owner.department' }, last: { $last: '$_id' }, count: { $sum: 1 } } },
    { $sort: { '_id.type': 1, '_id.id': 1, '_id.department': 1 } },
    { $limit: MAX_OWNERS }
  ])
  if (groups.length === 0) return []
  const documents = await database.processings.many({ _id: { $in: groups.map(({ last }) => text(last)) } }, { fields: { owner: 1 } })
  const owners = new Map(documents.map(({ _id, owner }) => [_id, owner]))
  return groupOwners(groups.filter(({ last }) => owners.has(last)).map(({ last, count }) => ({ owner: owners.get(last), count })))
}
