/** Every question that the driver asks of a server must be answered by an index. A server that explains is asked how it would; of one that does not, the definitions are compared. */
import assert from 'node:assert/strict'
import { openMongoStore } from '../../store/mongo/index.ts'
import { INDEXES } from '../../store/mongo/indexes.ts'
import { useEverything } from '../store/use-everything.ts'
import { commandsOf, questionsOf, type Question } from './commands.ts'
import { testDatabase, type TestDatabase } from './mongo-server.ts'
import type { Document } from 'mongodb'

/** A handful of documents, read whole only when all are wanted. */
const SMALL = new Set(['runners', 'run-limits'])

describe('store mongo, its questions', function () {
  this.timeout(60_000)
  let database: TestDatabase
  let questions: Question[]
  let indexes: Map<string, Document[]>
  before(async () => {
    database = testDatabase()
    const url = new URL(database.url)
    url.searchParams.set('monitorCommands', 'true')
    questions = questionsOf(await commandsOf(async () => await useEverything(await openMongoStore({ url: url.href }))))
    const collections = await database.db.listCollections().toArray()
    indexes = new Map(await Promise.all(collections.map(async ({ name }) => [name, (await database.db.collection(name).indexes()).map(({ key }) => key)] as const)))
  })
  after(async () => await database.drop())

  it('are all seen here', () => {
    const collections = new Set(questions.map(({ collection }) => collection))
    for (const name of ['processings', 'runs', 'run-logs', 'limits', 'api-keys', 'audit', 'idempotency', 'outbox', 'service-meta', 'leases', 'plugin-crashes', 'services']) assert.ok(collections.has(name), name)
    assert.ok(questions.length > 300, `found ${questions.length}`)
  })

  it('name fields that an index begins with', () => {
    const without = questions.filter(question => !SMALL.has(question.collection) && !isIndexed(question, indexes.get(question.collection) ?? []))
    assert.deepEqual(without.map(({ command, collection, filter, sort }) => JSON.stringify({ command, collection, filter, sort })), [])
  })

  it('are explained without a scan of a collection, where the server explains', async function () {
    this.timeout(300_000)
    const explained = await Promise.all(distinct(questions).map(async ({ collection, sent }) => SMALL.has(collection) ? undefined : await planOf(database, sent)))
    if (explained.every(plan => plan === undefined)) return this.skip()
    for (const plan of explained) assert.doesNotMatch(plan ?? '', /COLLSCAN/)
  })

  it('that wait for work have an index of their own', () => {
    const due = questions.filter(({ collection, filter }) => collection === 'runs' && 'due' in filter && !('_id' in filter))
    assert.ok(due.length > 0)
    for (const { filter, sort } of due) assert.deepEqual([Object.keys(filter).slice(0, 2), Object.keys(sort)], [['status', 'due'], ['due', '_id']])
    assert.ok(indexes.get('runs')?.some(key => Object.keys(key).join() === 'status,due,_id'))
  })

  it('would be caught here if they had none', () => {
    const question = { command: 'find', collection: 'runs', sent: {} }
    const of = indexes.get('runs') ?? []
    assert.equal(isIndexed({ ...question, filter: { receipt: 1 }, sort: {} }, of), false)
    assert.equal(isIndexed({ ...question, filter: {}, sort: { finishedAt: 1 } }, of), false)
    assert.equal(isIndexed({ ...question, filter: { $or: [{ slot: 'p1' }, { receipt: 1 }] }, sort: {} }, of), false)
    assert.equal(isIndexed({ ...question, filter: { slot: { $ne: 1 } }, sort: {} }, of), false)
    assert.equal(isIndexed({ ...question, filter: { receipt: 1 }, sort: { createdAt: 1 } }, of), false)
    assert.equal(isIndexed({ ...question, filter: {}, sort: {} }, of), false)
  })

  it('find every index that the driver wants, unique where it says so', async () => {
    const names: Readonly<Record<string, string>> = { logs: 'run-logs', apiKeys: 'api-keys', crashes: 'plugin-crashes' }
    for (const [name, wanted] of Object.entries(INDEXES)) {
      if (wanted.length === 0) continue
      const found = await database.db.collection(names[name] ?? name).indexes()
      for (const { key, unique, sparse } of wanted) {
        const index = found.find(index => JSON.stringify(index.key) === JSON.stringify(key))
        assert.ok(index, `${name}: ${JSON.stringify(key)}`)
        assert.equal(index.unique === true, unique === true, `${name}: ${JSON.stringify(key)}`)
        assert.equal(index.sparse === true, sparse === true, `${name}: ${JSON.stringify(key)}`)
      }
    }
  })
})

/** By its conditions; or by its order, as far as a limit or when all are wanted; or by the index that it names itself. */
function isIndexed ({ filter, sort, sent }: Question, indexes: readonly Document[]): boolean {
  if (narrows(filter, indexes)) return true
  if (Object.keys(sort).length > 0) return (sent.limit > 0 || Object.keys(filter).length === 0) && follows(sort, indexes)
  return Object.keys(filter).length === 0 && sent.hint !== undefined
}

/** Some condition that must hold goes to an index: to its first field, or each alternative to one of its own. */
function narrows (filter: Document, indexes: readonly Document[]): boolean {
  return Object.entries(filter).some(([name, condition]) => {
    if (name === '$and') return condition.some((part: Document) => narrows(part, indexes))
    if (name === '$or') return condition.every((part: Document) => narrows(part, indexes))
    if (name.startsWith('$') || isOpen(condition)) return false
    const paths = [name, ...typeof condition === 'object' && condition !== null && '$elemMatch' in condition ? Object.keys(condition.$elemMatch).map(inner => `${name}.${inner}`) : []]
    return indexes.some(key => paths.includes(Object.keys(key)[0] ?? ''))
  })
}

function isOpen (condition: unknown): boolean {
  return typeof condition === 'object' && condition !== null && ['$ne', '$not', '$nin', '$exists'].some(operator => operator in condition)
}

function follows (sort: Document, indexes: readonly Document[]): boolean {
  const wanted = Object.entries(sort)
  const [, first] = wanted[0] ?? []
  return indexes.some(key => wanted.every(([field, direction], place) => Object.keys(key)[place] === field && direction === first))
}

/** Those of one shape have one plan. */
function distinct (questions: readonly Question[]): Question[] {
  const shape = (value: unknown): string => JSON.stringify(value, (_key, part) => typeof part === 'string' || typeof part === 'number' ? 0 : part)
  return [...new Map(questions.map(question => [`${question.command} ${question.collection} ${shape(question.filter)} ${JSON.stringify(question.sort)}`, question])).values()]
}

async function planOf ({ db }: TestDatabase, { lsid, $db, $clusterTime, txnNumber, ...command }: Document): Promise<string | undefined> {
  try {
    return JSON.stringify((await db.command({ explain: command, verbosity: 'queryPlanner' })).queryPlanner ?? undefined)
  } catch {
    return undefined // it explains no command of this kind
  }
}
