import type { PrepareContext, ProcessingContext } from 'vivarium'

interface Config {
  readonly name?: string
  readonly times?: number
  readonly token?: string
}

const mask = '********'
let stopped = false

/** The work itself. What it throws ends the run, and its message is what the person reads. */
export async function run ({ processingConfig, secrets, log }: ProcessingContext<Config>): Promise<void> {
  const { name = 'world', times = 3 } = processingConfig
  await log.step('Greetings')
  await log.info(secrets.token === undefined ? 'There is no token' : 'There is a token')
  await log.task('Greetings sent')
  for (let n = 1; n <= times; n++) {
    if (stopped) return await log.warning(`Stopped after ${n - 1} of ${times}`)
    await log.info(`Hello, ${name}!`)
    await log.progress('Greetings sent', n, times)
  }
}

/** Called when somebody stops the run: it then ends by itself at the next greeting. */
export async function stop (): Promise<void> {
  stopped = true
}

/** Called before a configuration is saved: the token moves to the secrets, where nobody sees it again. */
export async function prepare ({ processingConfig, secrets }: PrepareContext<Config>) {
  const { token } = processingConfig
  if (token === undefined || token === mask) return {}
  return token === ''
    ? { processingConfig: { ...processingConfig, token: undefined }, secrets: {} }
    : { processingConfig: { ...processingConfig, token: mask }, secrets: { ...secrets, token } }
}
