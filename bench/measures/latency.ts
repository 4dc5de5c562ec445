/** How long a person waits who triggers a run: for its first line, and for its end. */
import { setTimeout as wait } from 'node:timers/promises'
import { accountOf } from '../accounts.ts'
import { describePhases, percentile } from '../statistics.ts'
import type { Account, Run } from '../../store/types.ts'
import type { Row, Target } from '../rows.ts'
import type { ServiceClient, Timed } from '../service/client.ts'
import type { Spawner } from '../spawn/index.ts'
import type { Contenders, Measure } from './types.ts'

/** Between two runs of one owner: a person does not trigger faster. */
const PAUSE_MS = 50
/** Until a new spare cell is ready after the last one was taken. */
const SPARE_MS = 700

export const latency: Measure = async contenders => {
  const { service, spawner, raw, quick } = contenders
  const warm = await warmOwner(service.client, quick ? 20 : 200)
  const fresh = await newOwners(service.client, quick ? 5 : 25)
  const spawned = await spawnedRuns(spawner, quick ? 8 : 40)
  const floor = raw.firstLineMs.map((firstLineMs, index) => ({ firstLineMs, finishedMs: raw.finishedMs[index] ?? NaN }))
  const [warmPhases, freshPhases] = [await phases(contenders, warm), await phases(contenders, fresh)]
  const times = { kind: 'times', value: 10 } as const
  return [
    ...rows('first line, warm owner', 'firstLineMs', { warm, spawned, floor }, [{ kind: 'below', value: 10 }, times], warmPhases),
    ...rows('finished, warm owner', 'finishedMs', { warm, spawned, floor }, [], warmPhases),
    ...rows('first line, new owner', 'firstLineMs', { warm: fresh, spawned, floor }, [{ kind: 'below', value: 40 }], freshPhases),
    ...rows('finished, new owner', 'finishedMs', { warm: fresh, spawned, floor }, [], freshPhases)
  ]
}

type Times = Pick<Timed, 'firstLineMs' | 'finishedMs'>

function rows (name: string, field: keyof Times, figures: { warm: readonly Times[], spawned: readonly Times[], floor: readonly Times[] }, targets: readonly Target[], phases: readonly string[]): Row[] {
  const at = (times: readonly Times[], share: number): number => percentile(times.map(time => time[field]), share)
  const row = (label: string, share: number): Row => ({ measure: `${name}, ${label}`, unit: 'ms', vivarium: at(figures.warm, share), spawn: at(figures.spawned, share), raw: at(figures.floor, share), phases })
  return [{ ...row('p50', 0.5), targets }, row('p95', 0.95)]
}

async function warmOwner (client: ServiceClient, count: number): Promise<Timed[]> {
  const owner = accountOf('warm')
  const processing = await client.create('tiny', owner)
  const times: Timed[] = []
  for (let i = -5; i < count; i++) { // the first ones warm: connections, cell, compiled code
    const time = await client.follow(processing, owner)
    if (i >= 0) times.push(time)
    await wait(PAUSE_MS)
  }
  return times
}

async function newOwners (client: ServiceClient, count: number): Promise<Timed[]> {
  const times: Timed[] = []
  for (let i = 0; i < count; i++) {
    const owner: Account = accountOf(`new-${i}`)
    const processing = await client.create('tiny', owner)
    await wait(SPARE_MS)
    times.push(await client.follow(processing, owner))
  }
  return times
}

async function spawnedRuns (spawner: Spawner, count: number): Promise<Times[]> {
  const processing = await spawner.create('tiny')
  const times: Times[] = []
  for (let i = -2; i < count; i++) { // the first ones bring the files into the page cache
    const start = performance.now()
    const run = await spawner.start(processing)
    await run.firstLine
    const firstLineMs = performance.now() - start
    await run.finished
    if (i >= 0) times.push({ firstLineMs, finishedMs: performance.now() - start })
    await wait(PAUSE_MS)
  }
  return times
}

async function phases ({ service }: Contenders, times: readonly Timed[]): Promise<string[]> {
  const runs: (Run | undefined)[] = []
  for (const { runId } of times) runs.push(await service.store.runs.get(runId))
  return describePhases(runs.filter(run => run !== undefined))
}
