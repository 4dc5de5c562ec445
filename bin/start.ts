/** `vivarium start`: the service until a signal ends it. */
import pino, { type Logger } from 'pino'
import { ConfigError, configWarnings, loadConfig, type Config } from '../config.ts'
import { openService, type Service } from '../main.ts'
import { interruption } from './interruption.ts'
import { lineWriter } from './line-writer.ts'

type Role = 'all' | 'api' | 'runner'

/** Answers the exit code once the service has closed: 0, or 1 when it could not be opened. A second signal ends the process at once. */
export async function start (role: Role): Promise<number> {
  const config = readConfig()
  if (config === undefined) return 1
  const logger = createLogger(config)
  for (const warning of configWarnings(process.env)) logger.warn(warning)
  const interrupted = interruption(1)
  let service: Service
  try {
    service = await openService(config, { logger, role })
  } catch (error) {
    logger.fatal({ err: error }, `Vivarium could not start: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
  if (role !== 'runner') announce(service, logger)
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

/** In a terminal whatever LOG_LEVEL says; elsewhere every line is JSON. */
function announce (service: Service, logger: Logger): void {
  const { url, adminKeyPath } = service
  const sentences = [`Vivarium listens on ${url}`, `The key of the super-admin is in ${adminKeyPath}`]
  if (process.stdout.isTTY) process.stdout.write(`${sentences.join('\n')}\n`)
  else logger.info({ url, adminKeyPath }, sentences.join('. '))
}
