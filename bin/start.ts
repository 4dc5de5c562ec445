/** `vivarium start`: the service until a signal ends it. */
import pino, { type Logger } from 'pino'
import { ConfigError, configWarnings, loadConfig, StartError, type Config } from '../config.ts'
import { openService, type Service } from '../main.ts'
import { interruption } from './interruption.ts'
import { lineWriter } from './line-writer.ts'

type Role = 'all' | 'api' | 'runner'

/** Answers the exit code once the service has closed: 0, or 1 when it could not be opened. A signal ends a service that is opening too; a second signal ends the process at once. */
export async function start (role: Role): Promise<number> {
  const config = readConfig()
  if (config === undefined) return 1
  const logger = createLogger(config)
  for (const warning of configWarnings(process.env)) logger.warn(warning)
  const interrupted = interruption(1)
  const giveUp = new AbortController()
  interrupted.then(() => giveUp.abort()).catch(() => {}) // it never rejects
  let service: Service
  try {
    service = await openService(config, { logger, role, signal: giveUp.signal })
  } catch (error) {
    if (giveUp.signal.aborted) {
      logger.info(`${await interrupted}: closed before it was open`)
      return 0
    }
    sayWhy(error, logger)
    return 1
  }
  announce(service, role, config, logger)
  logger.info(`${await interrupted}: closing; running plugins are asked to stop. A second signal ends everything at once.`)
  await service.close()
  logger.info('closed')
  return 0
}

/** Readable lines in a terminal, JSON elsewhere. */
function createLogger ({ LOG_LEVEL }: Config): Logger {
  return process.stdout.isTTY ? pino({ level: LOG_LEVEL }, lineWriter(process.stdout)) : pino({ level: LOG_LEVEL })
}

function readConfig (): Config | undefined {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\nnpm run config lists every key.\n`)
    return undefined
  }
}

/** Codes of errors whose sentence says all. */
const SAID = new Set<unknown>(['cell-not-started', 'upgrade-failed', 'upgrade-lock-lost', 'upgrade-unknown'])

/** A sentence that says all needs no stack. */
function sayWhy (error: unknown, logger: Logger): void {
  const sentence = `Vivarium could not start: ${error instanceof Error ? error.message : String(error)}`
  if (error instanceof StartError || (error instanceof Error && 'code' in error && SAID.has(error.code))) logger.fatal(sentence)
  else logger.fatal({ err: error }, sentence)
}

/** In a terminal whatever LOG_LEVEL says; elsewhere every line is JSON. */
function announce ({ url, adminKeyPath, metricsUrl }: Service, role: Role, config: Config, logger: Logger): void {
  const metrics = metricsUrl === undefined ? [] : [`Metrics are on ${metricsUrl}`]
  const sentences = role === 'runner'
    ? [`The runner is ready for ${config.WORKER_CONCURRENCY} runs at a time, with the data in ${config.DATA_DIR}`, ...metrics]
    : [`Vivarium listens on ${url}`, `The key of the super-admin is in ${adminKeyPath}`, ...metrics]
  if (process.stdout.isTTY) process.stdout.write(`${sentences.join('\n')}\n`)
  else logger.info(role === 'runner' ? { metricsUrl } : { url, adminKeyPath, metricsUrl }, sentences.join('. '))
}
