/**
 * Runs per second, each finished in the database: a batch is triggered over HTTP, and its end is read from the database by another process.
 * Beside it the computing time of a run: it says the same, and other work on the machine hardly changes it.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { accountOf } from '../accounts.ts'
import { cpuMsOf } from '../processes.ts'
import { describePhases, percentile } from '../statistics.ts'
import type { Account, Run, Store } from '../../store/types.ts'
import type { BenchService } from '../service/index.ts'
import type { Spawner } from '../spawn/index.ts'
import type { Measure } from './types.ts'

/** Triggers under way at once. */
const CLIENTS = 8
/** Processes at once of the spawner: the default of WORKER_CONCURRENCY, which the service keeps. */
const CONCURRENCY = 4
const POLL_MS = 5

interface Wanted { readonly processing: string, readonly owner: Account }
interface Rate { readonly runsPerSecond: number, readonly cpuMs: number | undefined }
interface Batch extends Rate { readonly runs: readonly Run[] }

export const throughput: Measure = async ({ service, spawner, raw, quick }) => {
  const count = quick ? 160 : 480
  const one = await medianBatch(service, await processings(service, count, ['one']), quick)
  const many = await medianBatch(service, await processings(service, count, Array.from({ length: 16 }, (_, index) => `many-${index}`)), quick)
  const spawned = await spawnBatch(spawner, quick ? 16 : 60)
  const times = { kind: 'times', value: 10 } as const
  return [
    { measure: 'durable runs, one owner', unit: 'runs/s', vivarium: one.runsPerSecond, spawn: spawned.runsPerSecond, raw: raw.runsPerSecond, targets: [{ kind: 'at-least', value: 300 }, times], phases: describePhases(one.runs) },
    { measure: 'durable runs, 16 owners', unit: 'runs/s', vivarium: many.runsPerSecond, spawn: spawned.runsPerSecond, raw: raw.runsPerSecond, targets: [times], phases: describePhases(many.runs) },
    { measure: 'computing time of a run, one owner', unit: 'ms', vivarium: one.cpuMs, ...(spawned.cpuMs === undefined ? {} : { spawn: spawned.cpuMs }), raw: raw.cpuMs, note: 'of all processes but the client' }
  ]
}

/** A processing runs once at a time: as many are needed as runs shall wait. */
async function processings ({ client }: BenchService, count: number, owners: readonly string[]): Promise<Wanted[]> {
  const wanted: Wanted[] = []
  for (let i = 0; i < count; i++) {
    const owner = accountOf(owners[i % owners.length] as string) // the list is not empty
    wanted.push({ processing: await client.create('tiny', owner), owner })
  }
  return wanted
}

/** The median batch: the first one, in which cells and threads start and code is compiled, does not count. */
async function medianBatch (service: BenchService, wanted: readonly Wanted[], quick: boolean): Promise<Batch> {
  await batch(service, wanted)
  const batches: Batch[] = []
  for (let i = 0; i < (quick ? 1 : 5); i++) batches.push(await batch(service, wanted))
  const middle = percentile(batches.map(({ runsPerSecond }) => runsPerSecond), 0.5)
  return batches.find(({ runsPerSecond }) => runsPerSecond === middle) as Batch // one of them
}

async function batch ({ client, store, pid }: BenchService, wanted: readonly Wanted[]): Promise<Batch> {
  const ids: string[] = []
  const left = [...wanted]
  const rate = await rateOf(wanted.length, pid, async () => {
    await Promise.all(Array.from({ length: CLIENTS }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) ids.push(await client.trigger(next.processing, next.owner))
    }))
    await drained(store)
  })
  const runs = await Promise.all(ids.map(async id => await store.runs.get(id)))
  const bad = runs.find(run => run?.status !== 'finished')
  if (bad !== undefined) throw new Error(`every run of a batch was expected to finish, found ${JSON.stringify(bad)}`)
  return { ...rate, runs: runs.filter(run => run !== undefined) }
}

async function drained (store: Store): Promise<void> {
  while ((await store.runs.pending({ limit: 1 })).length > 0 || (await store.runs.held()).length > 0) await wait(POLL_MS)
}

async function spawnBatch (spawner: Spawner, count: number): Promise<Rate> {
  const left = await Promise.all(Array.from({ length: count }, async () => await spawner.create('tiny')))
  return await rateOf(count, process.pid, async () => {
    await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await (await spawner.start(next)).finished
    }))
  })
}

/** `pid`: the process whose computing time counts, with that of its children. */
async function rateOf (count: number, pid: number, work: () => Promise<void>): Promise<Rate> {
  const [start, cpuBefore] = [performance.now(), await cpuMsOf(pid)]
  await work()
  const [seconds, cpuAfter] = [(performance.now() - start) / 1000, await cpuMsOf(pid)]
  return { runsPerSecond: count / seconds, cpuMs: cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / count }
}
