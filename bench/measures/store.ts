/** The store alone, without a service: claims and log lines per second, on SQLite and on MongoDB. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { accountOf } from '../accounts.ts'
import { withMongo } from '../mongo.ts'
import { median } from '../statistics.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { LogEntry, NewRun, Store } from '../../store/types.ts'
import type { Row } from '../rows.ts'
import type { Measure } from './types.ts'

/** Claims under way at once: those of a few runners. */
const CLAIMERS = 8
/** Lines of one write: what gathers while the one before is written. */
const LINES_AT_ONCE = 100
const OWNER = accountOf('store')
const DATE = '2026-01-01T00:00:00.000Z'

interface Size { readonly rounds: number, readonly claims: number, readonly lines: number }
interface Figures { readonly claimsPerSecond: number, readonly linesPerSecond: number }

export const store: Measure = async ({ quick }) => {
  const size = quick ? { rounds: 1, claims: 200, lines: 2_000 } : { rounds: 5, claims: 500, lines: 10_000 }
  const sqlite = await onSqlite(size)
  const { figures: mongo, note } = await withMongo(async store => await measure(store, size))
  return [...rows('SQLite', sqlite), ...rows('MongoDB', mongo, note)]
}

function rows (name: string, figures: Figures | undefined, note?: string): Row[] {
  const noted = note === undefined ? {} : { note }
  return [
    { measure: `claims of runs, ${name}`, unit: 'claims/s', vivarium: figures?.claimsPerSecond, ...noted },
    { measure: `log lines, ${name}`, unit: 'lines/s', vivarium: figures?.linesPerSecond, ...noted }
  ]
}

async function onSqlite (size: Size): Promise<Figures> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-bench-store-'))
  const store = openSqliteStore({ file: path.join(dir, 'vivarium.db') })
  try {
    return await measure(store, size)
  } finally {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** The first round, in which code is compiled and files grow, does not count. */
async function measure (store: Store, { rounds, claims, lines }: Size): Promise<Figures> {
  const figures: Figures[] = []
  for (let round = 0; round <= rounds; round++) {
    const claimsPerSecond = await claimAll(store, await planRuns(store, `round-${round}`, claims))
    const linesPerSecond = await appendLines(store, `round-${round}-0`, lines)
    if (round > 0) figures.push({ claimsPerSecond, linesPerSecond })
  }
  return { claimsPerSecond: median(figures.map(figure => figure.claimsPerSecond)), linesPerSecond: median(figures.map(figure => figure.linesPerSecond)) }
}

/** One due run for each processing. */
async function planRuns (store: Store, prefix: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  for (const _id of ids) {
    const signature = { id: OWNER.id, name: OWNER.name, date: DATE }
    await store.processings.insert({ _id, owner: OWNER, title: _id, plugin: 'tiny', active: true, scheduling: [], config: {}, permissions: [], webhookKey: '', revision: 0, created: signature, updated: signature })
    const run: NewRun = { _id, owner: OWNER, processing: { _id, title: _id }, plugin: 'tiny', status: 'triggered', createdAt: DATE, scheduledAt: DATE }
    await store.runs.replacePending(run)
  }
  return ids
}

async function claimAll (store: Store, ids: readonly string[]): Promise<number> {
  const left = [...ids]
  return await perSecond(ids.length, async () => {
    await Promise.all(Array.from({ length: CLAIMERS }, async (_, claimer) => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        if (await store.runs.claim(id, `runner-${claimer}`, new Date().toISOString()) === undefined) throw new Error(`run ${id} was expected to be claimed`)
      }
    }))
  })
}

/** Into the log of one run, each batch awaited. */
async function appendLines (store: Store, runId: string, count: number): Promise<number> {
  const line = (index: number): LogEntry => ({ seq: index + 1, type: 'info', date: DATE, msg: `line ${index + 1} of ${count}`, extra: '' })
  const batches = Array.from({ length: count / LINES_AT_ONCE }, (_, batch) => Array.from({ length: LINES_AT_ONCE }, (_, index) => line(batch * LINES_AT_ONCE + index)))
  return await perSecond(count, async () => {
    for (const batch of batches) {
      if (!await store.logs.append(runId, 1, batch)) throw new Error(`the log of run ${runId} was expected to take ${LINES_AT_ONCE} lines`)
    }
  })
}

async function perSecond (count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return count / (performance.now() - start) * 1000
}
