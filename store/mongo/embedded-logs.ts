/**
 * The logs that data-fair/processings keeps inside its runs, in `log`. Such a run has no `logged`. It is read as it is; whoever adds to it
 * splits it first, and so does the upgrade script of all others.
 */
import type { LogEntry } from '../types.ts'
import type { Database } from './database.ts'
import { present, storedFields, text } from './encoding.ts'

/** Of a log that is embedded. Undefined: it is not, or there is no such run. */
export async function embeddedLog (database: Database, runId: string): Promise<LogEntry[] | undefined> {
  const run = await database.runs.one({ _id: text(runId), logged: null }, { log: 1 })
  return run === undefined ? undefined : entriesOf(run.log)
}

/** Copies the entries, then empties the run: cut short, it is said again. Answers how many entries there were. */
export async function splitLog (database: Database, runId: string): Promise<number> {
  const entries = await embeddedLog(database, runId)
  if (entries === undefined) return 0
  if (entries.length > 0) await database.logs.insertMissing(entries.map(entry => ({ run: text(runId), ...storedFields(entry) })))
  await database.runs.update({ _id: text(runId), logged: null }, { $set: { logged: entries.length, log: [] } })
  return entries.length
}

/** Its entries have no number, and an `extra` that is empty when there is none. What is no entry is left out. */
function entriesOf (log: unknown): LogEntry[] {
  if (!Array.isArray(log)) return []
  return log.filter(isEntry).map(present).map(({ extra, ...entry }, index) => ({ ...entry, seq: index + 1, msg: String(entry.msg ?? ''), ...(extra === undefined || extra === '' ? {} : { extra }) }))
}

function isEntry (value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
