/** Memory of a cell that waits for its owner's next run, and of a run that is alive. */
import { setTimeout as wait } from 'node:timers/promises'
import { accountOf } from '../accounts.ts'
import { cellPid, memoryOf, type ProcessMemory } from '../processes.ts'
import type { Row } from '../rows.ts'
import type { BenchService } from '../service/index.ts'
import type { Spawner } from '../spawn/index.ts'
import type { Measure } from './types.ts'

type Shown = Pick<ProcessMemory, 'pssMb' | 'rssMb'>

/** As many as one cell has threads. */
const LIVE = 4
/** For the spare isolate of each thread, and for garbage to go. */
const SETTLE_MS = 1_500

export const memory: Measure = async ({ service, spawner, raw }) => {
  const cell = await measureCell(service)
  const process = await measureProcess(spawner)
  const row = (measure: string, field: keyof Shown): Row => ({ measure: `${measure}, ${field === 'pssMb' ? 'PSS' : 'RSS'}`, unit: 'MB', vivarium: undefined })
  return [
    { ...row('idle cell', 'pssMb'), vivarium: cell?.idle.pssMb },
    { ...row('idle cell', 'rssMb'), vivarium: cell?.idle.rssMb },
    { ...row('live run', 'pssMb'), vivarium: cell?.run.pssMb, spawn: process?.pssMb, ...(raw.isolateMb === undefined ? {} : { raw: raw.isolateMb }), note: `of ${LIVE} in one cell, the cell itself not counted` },
    { ...row('live run', 'rssMb'), vivarium: cell?.run.rssMb, spawn: process?.rssMb }
  ]
}

async function measureCell ({ client }: BenchService): Promise<{ idle: Shown, run: Shown } | undefined> {
  const owner = accountOf('memory')
  const first = await client.follow(await client.create('tiny', owner), owner)
  const pid = cellPid(await client.run(first.runId, owner))
  await wait(SETTLE_MS)
  const idle = await memoryOf(pid)
  const runs: string[] = []
  for (let i = 0; i < LIVE; i++) {
    const run = await client.trigger(await client.create('waits', owner), owner)
    await client.firstLine(run, owner)
    runs.push(run)
  }
  await wait(SETTLE_MS)
  const busy = await memoryOf(pid)
  for (const run of runs) await client.kill(run, owner)
  for (const run of runs) {
    if (cellPid((await client.ended(run, owner)).run) !== pid) throw new Error('the live runs were expected in the cell that was measured')
  }
  if (idle === undefined || busy === undefined) return undefined
  return { idle, run: { pssMb: (busy.pssMb - idle.pssMb) / LIVE, rssMb: (busy.rssMb - idle.rssMb) / LIVE } }
}

async function measureProcess (spawner: Spawner): Promise<Shown | undefined> {
  const runs = []
  for (let i = 0; i < LIVE; i++) runs.push(await spawner.start(await spawner.create('waits')))
  await Promise.all(runs.map(run => run.firstLine))
  await wait(SETTLE_MS)
  const found = await Promise.all(runs.map(async ({ child }) => child.pid === undefined ? undefined : await memoryOf(child.pid)))
  for (const { child } of runs) child.kill('SIGTERM')
  await Promise.all(runs.map(run => run.finished))
  const known = found.filter(each => each !== undefined)
  if (known.length === 0) return undefined
  const mean = (field: keyof Shown): number => known.reduce((sum, each) => sum + each[field], 0) / known.length
  return { pssMb: mean('pssMb'), rssMb: mean('rssMb') }
}
