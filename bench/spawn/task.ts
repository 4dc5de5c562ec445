/**
 * What a process spawned for one run does, step by step as the task of data-fair/processings does it: database, run and processing, context,
 * plugin, run(), last line. Each entry of the log is one awaited write. The parent is told of the first one by a byte on standard output.
 *
 *   node task.mjs <database> <run> <plugins>
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import axios from 'axios'
import axiosRetry from 'axios-retry'
import nodemailer from 'nodemailer'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { LogType } from '../../store/types.ts'

type Write = (msg: string, extra?: unknown) => Promise<void>
interface Plugin { run(context: Record<string, unknown>): Promise<unknown>, stop?(): Promise<void> }

const [file = '', runId = '', plugins = ''] = process.argv.slice(2) // spawn/index.ts passes exactly these
const store = openSqliteStore({ file })
const run = await store.runs.get(runId)
const processing = run === undefined ? undefined : await store.processings.get(run.processing._id)
if (run === undefined || processing === undefined) throw new Error(`run ${runId} and its processing are expected in ${file}`)

let seq = 0
const write = (type: LogType): Write => async (msg, extra) => {
  await store.logs.append(runId, run.attempt, [{ seq: ++seq, type, msg, date: new Date().toISOString(), ...(extra === undefined ? {} : { extra }) }])
  if (seq === 1) process.stdout.write('.')
}
const client = axios.create({ baseURL: 'http://localhost' })
axiosRetry(client, { retries: 3 })

const entry = pathToFileURL(path.join(plugins, processing.plugin, 'index.js')).href
const plugin = await import(entry) as Plugin // one of the bench's own plugins
process.once('SIGTERM', () => { plugin.stop?.().catch(() => process.exit(143)) })
await plugin.run({
  processingConfig: processing.config ?? {},
  processingId: processing._id,
  secrets: {},
  axios: client,
  sendMail: (mail: object) => nodemailer.createTransport({ jsonTransport: true }).sendMail(mail),
  log: { step: write('step'), info: write('info'), warning: write('warning'), error: write('error'), debug: write('debug') }
})
await write('info')('finished')
await store.close()
