/**
 * Brings a database of MongoDB to what this release expects, and a deployment of data-fair/processings over to it.
 *
 * 1. which scripts are wanted is read, without a lock: most starts end here
 * 2. one process takes the lock; the others wait, then find nothing left to do
 * 3. the scripts run in order; each is recorded with its duration, and not run again once it is done
 * 4. a script that fails ends it all, so that no service starts on a database that is half upgraded; run again, it goes on from there
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import semver from 'semver'
import { openDatabase, type Database, type MongoOptions } from '../store/mongo/database.ts'
import { told } from '../store/mongo/errors.ts'
import { mongoMeta } from '../store/mongo/service.ts'
import { StoreError } from '../store/types.ts'
import { UpgradeError } from './5.2.0/types.ts'
import { UpgradeFailure } from './failure.ts'
import { Journal, type JournalEntry } from './journal.ts'
import { withUpgradeLock } from './lock.ts'
import { LAST_OF_OURS, LAST_OF_UPSTREAM, upgradeScripts, UPSTREAM, type ScriptOptions } from './scripts.ts'
import type { Facts, Log, VersionedScript } from './types.ts'

export { UpgradeFailure } from './failure.ts'
export { scriptNames } from './scripts.ts'

export interface UpgradeOptions extends ScriptOptions {
  readonly mongo: MongoOptions
  readonly log: Log
  /** Names of scripts that are run once more although they are done. */
  readonly again?: readonly string[]
  /** @default 30000 */
  readonly leaseMs?: number
  readonly signal?: AbortSignal
}

/** Answers the names of the scripts that this process has run. Throws `UpgradeFailure`, and `StoreError` for a database that cannot be used. */
export async function runUpgrade (options: UpgradeOptions): Promise<string[]> {
  return await withDatabase(options, async database => {
    const scripts = upgradeScripts(database, options)
    const ran: string[] = []
    if ((await readState(database, scripts, options)).todo.length === 0) return ran
    await withUpgradeLock(database, options, async () => {
      const { todo, facts } = await readState(database, scripts, options)
      for (const { script, entry } of todo) {
        await runScript(database, script, entry, options.log)
        ran.push(script.name)
      }
      await recordUpstream(database, facts)
    })
    return ran
  })
}

/** Changes nothing: says what `runUpgrade` would do, as things are now. Answers how many scripts it would run. */
export async function planUpgrade (options: UpgradeOptions): Promise<number> {
  return await withDatabase(options, async database => {
    const { all, todo } = await readState(database, upgradeScripts(database, options), options)
    for (const { script, entry, why } of all) {
      options.log(`${script.name}: ${script.description}.`)
      if (why !== undefined) options.log(`  ${why}`)
      else await attempt(database, script, async () => await script.plan(database.db, line => options.log(`  ${line}`)), performance.now())
      if (why === undefined && entry?.begunAt !== undefined) options.log(`  It was begun at ${entry.begunAt} and not finished: it will go on.`)
    }
    return todo.length
  })
}

interface ScriptState {
  readonly script: VersionedScript
  readonly entry: JournalEntry | undefined
  /** A sentence: why it is not run. */
  readonly why: string | undefined
}

interface State {
  readonly facts: Facts
  readonly all: readonly ScriptState[]
  readonly todo: readonly ScriptState[]
}

async function readState (database: Database, scripts: readonly VersionedScript[], { publish, again = [] }: UpgradeOptions): Promise<State> {
  const unknown = again.find(name => !scripts.some(script => script.name === name))
  if (unknown !== undefined) throw new UpgradeFailure('upgrade-unknown', `one of ${scripts.map(({ name }) => name).join(', ')} is wanted, found ${JSON.stringify(unknown)}`)
  const recorded = knownVersion(await mongoMeta(database).version(UPSTREAM))
  const entries = await new Journal(database.db).read().catch(error => { throw told(error, database.connection.name) })
  const facts: Facts = {
    recorded,
    volume: publish.dataDir !== undefined && existsSync(path.join(publish.dataDir, 'plugins')),
    movedIn: entries.get(LAST_OF_OURS)?.doneAt !== undefined
  }
  const all = scripts.map(script => {
    const entry = entries.get(script.name)
    const why = again.includes(script.name) ? whyNot(script, { ...facts, movedIn: false }, undefined) : whyNot(script, facts, entry)
    return { script, entry, why }
  })
  return { facts, all, todo: all.filter(({ why }) => why === undefined) }
}

function whyNot (script: VersionedScript, facts: Facts, entry: JournalEntry | undefined): string | undefined {
  if (entry?.doneAt !== undefined) return `Done on ${entry.doneAt}, in ${entry.runs?.at(-1)?.ms ?? 0} ms.`
  const reason = script.unwanted(facts)
  return reason === undefined ? undefined : `Not wanted: ${reason}.`
}

function knownVersion (recorded: unknown): string | undefined {
  if (recorded === undefined || recorded === null) return undefined
  const version = semver.coerce(String(recorded))?.version
  if (version === undefined) throw new UpgradeFailure('upgrade-unknown', `The collection services has to tell which version of data-fair/processings has written this database, found ${JSON.stringify(recorded)}: correct it (as 5.1.0), and start again.`)
  return version
}

async function runScript (database: Database, script: VersionedScript, entry: JournalEntry | undefined, log: Log): Promise<void> {
  const journal = new Journal(database.db)
  const at = new Date().toISOString()
  const start = performance.now()
  if (entry?.begunAt !== undefined) log(`Upgrade ${script.name} was begun at ${entry.begunAt} and not finished: it goes on.`)
  await attempt(database, script, async () => {
    await journal.begun(script.name, at)
    log(`Upgrade ${script.name}: ${script.description}.`)
    await script.exec(database.db, line => log(`Upgrade ${script.name}: ${line}`))
    await journal.done(script.name, at, elapsed(start))
    log(`Upgrade ${script.name}: done in ${elapsed(start)} ms.`)
  }, start, async sentence => {
    await journal.failed(script.name, at, elapsed(start), sentence).catch(() => {}) // a database that is away: what has failed is told all the same
  })
}

/** What `work` throws becomes an `UpgradeFailure` that says what to do. */
async function attempt (database: Database, script: VersionedScript, work: () => Promise<void>, start: number, onFailure?: (sentence: string) => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const cause = told(error, database.connection.name)
    const sentence = cause instanceof Error ? cause.message : String(cause)
    await onFailure?.(sentence)
    const code = cause instanceof UpgradeError || cause instanceof StoreError ? 'upgrade-failed' : 'upgrade-fault'
    throw new UpgradeFailure(code, [
      `The upgrade ${script.name} (${script.description}) has failed after ${elapsed(start)} ms:`,
      sentence,
      'Nothing is served until it is done. What was done stays done: mend what is said above and start again, or run `npm run upgrade`; it goes on from there. `npm run upgrade -- --dry-run` says what is left.'
    ].join('\n'), { cause })
  }
}

/** So that its own upgrade, should it come back, finds where the documents are. Without a record it has never run here: there is none to keep. */
async function recordUpstream (database: Database, { recorded }: Facts): Promise<void> {
  if (recorded !== undefined && semver.lt(recorded, LAST_OF_UPSTREAM)) await mongoMeta(database).setVersion(UPSTREAM, LAST_OF_UPSTREAM)
}

async function withDatabase<T> ({ mongo }: UpgradeOptions, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase(mongo)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

function elapsed (start: number): number {
  return Math.round(performance.now() - start)
}
