import type { Config, Context } from './types.ts'

const pauseMs = 200
let stopped = false

export async function run ({ processingConfig, log }: Context): Promise<void> {
  await log.step('Greeting')
  const times = processingConfig.times ?? 1
  for (let n = 1; n <= times; n++) {
    if (stopped) return log.info(`Stopped after ${n - 1} of ${times}`)
    await log.info(greeting(processingConfig, n))
    if (n < times) await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

/** Called when somebody stops the run: it then ends at the next greeting. */
export async function stop (): Promise<void> {
  stopped = true
}

function greeting ({ name = 'world', times = 1 }: Config, n: number): string {
  return times === 1 ? `Hello, ${name}!` : `Hello, ${name}! (${n} of ${times})`
}
