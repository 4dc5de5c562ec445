/** How long a run goes on beyond its limit of computing time, until nothing of it is left, by the clock of a client. */
import { accountOf } from '../accounts.ts'
import { cellPid, gone } from '../processes.ts'
import { CPU_LIMIT_SECONDS } from '../service/index.ts'
import { percentile } from '../statistics.ts'
import type { Row } from '../rows.ts'
import type { BenchService } from '../service/index.ts'
import type { Measure } from './types.ts'

export const overshoot: Measure = async ({ service, raw, quick }) => {
  const rounds = quick ? 1 : 5
  const disposed = await overshoots(service, 'loops', rounds, false)
  const killed = await overshoots(service, 'outlives-dispose', rounds, true)
  const row = (measure: string, values: readonly number[], share: number): Row => ({ measure, unit: 'ms', vivarium: percentile(values, share) })
  return [
    { ...row('kill overshoot, dispose bites, p50', disposed, 0.5), raw: percentile(raw.overshootMs, 0.5), note: `beyond ${CPU_LIMIT_SECONDS} s of CPU, until the run has ended` },
    row('kill overshoot, dispose bites, worst', disposed, 1),
    { ...row('kill overshoot, SIGKILL, p50', killed, 0.5), note: 'until its process is gone' },
    row('kill overshoot, SIGKILL, worst', killed, 1)
  ]
}

/** From the first line on these plugins compute without a pause: on a machine that is free, a second of that is a second of CPU. */
async function overshoots ({ client }: BenchService, plugin: string, rounds: number, withProcess: boolean): Promise<number[]> {
  const owner = accountOf(plugin)
  const processing = await client.create(plugin, owner)
  const values: number[] = []
  for (let i = 0; i < rounds; i++) {
    const { run, firstLineAt, endedAt } = await client.ended(await client.trigger(processing, owner), owner)
    if (run.outcome?.code !== 'cpu-limit') throw new Error(`${plugin} was expected to reach its limit of CPU: ${JSON.stringify(run.outcome)}`)
    if (withProcess) await gone(cellPid(run))
    values.push((withProcess ? performance.now() : endedAt) - firstLineAt - CPU_LIMIT_SECONDS * 1000)
  }
  return values
}
