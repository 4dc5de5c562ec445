/** A whole service in a process of its own, as `npm start` opens it. Tells its parent where it is, and ends in order when the parent lets go. */
import pino from 'pino'
import { loadConfig } from '../../config.ts'
import { openService } from '../../main.ts'

export interface ServiceAddress {
  readonly url: string
  readonly adminKey: string
}

const service = await openService(loadConfig(process.env), { logger: pino({ level: 'warn' }) })
process.send?.({ url: service.url, adminKey: service.adminKey } satisfies ServiceAddress)
process.once('disconnect', () => {
  service.close().finally(() => process.exit())
})
