/** Lines per second from a plugin into the database, each line awaited by the plugin. */
import { accountOf } from '../accounts.ts'
import { median, phasesOf } from '../statistics.ts'
import type { Run } from '../../store/types.ts'
import type { BenchService } from '../service/index.ts'
import type { Spawner } from '../spawn/index.ts'
import type { Measure } from './types.ts'

/** The default limit of a run's log. */
export const LINES = 10_000

export const logLines: Measure = async ({ service, spawner, raw, quick }) => {
  const rounds = quick ? 1 : 5
  const ours: number[] = []
  const theirs: number[] = []
  for (let i = 0; i < rounds; i++) ours.push(await measureRun(service))
  for (let i = 0; i < rounds; i++) theirs.push(await measureSpawned(spawner))
  return [{ measure: 'log lines into the database', unit: 'lines/s', vivarium: median(ours), spawn: median(theirs), raw: raw.linesPerSecond }]
}

async function measureRun ({ client, store }: BenchService): Promise<number> {
  const owner = accountOf('lines')
  const processing = await client.create('logs-lines', owner, { lines: LINES })
  const { run } = await client.ended(await client.trigger(processing, owner), owner)
  const entries = await store.logs.last(run._id)
  if (run.status !== 'finished' || entries <= LINES) throw new Error(`${LINES} lines and a last one were expected, found ${entries}: ${JSON.stringify(run.outcome)}`)
  const firstLineAt = Date.parse(run.startedAt ?? '') + (phasesOf(run).firstLine ?? NaN)
  return linesPerSecond(run, firstLineAt)
}

async function measureSpawned (spawner: Spawner): Promise<number> {
  const spawned = await spawner.start(await spawner.create('logs-lines', { lines: LINES }))
  await spawned.finished
  const run = await spawner.store.runs.get(spawned.runId)
  const [first] = await spawner.store.logs.read(spawned.runId, { limit: 1 })
  return linesPerSecond(run, Date.parse(first?.date ?? ''))
}

function linesPerSecond (run: Run | undefined, firstLineAt: number): number {
  return LINES / (Date.parse(run?.finishedAt ?? '') - firstLineAt) * 1000
}
