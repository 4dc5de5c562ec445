/** What a caller sends of a processing -> checked fields, or a sentence for each that is wrong. Pure but for the clock. */
import { isDeepStrictEqual } from 'node:util'
import { nextDate, ScheduleError } from '../runner/schedule.ts'
import type { Account, Permission, Processing, Scheduling } from '../store/types.ts'
import { HttpError, type Problem } from './errors.ts'
import { printFound } from './print-found.ts'
import { processingSchema, timeZoneWanted } from './processing-schema.ts'
import { problem, refusal, schemaChecker } from './schema-problems.ts'

/** The fields that a caller may write. */
export interface ProcessingFields {
  readonly title: string
  readonly plugin: string
  readonly owner: Account
  readonly scheduling: readonly Scheduling[]
  readonly active?: boolean
  readonly debug?: boolean
  /** The only content of the plugin that is run. */
  readonly pluginIntegrity?: string
  readonly config?: Record<string, unknown>
  readonly permissions?: readonly Permission[]
  readonly retry?: Processing['retry']
}

type Field = keyof ProcessingFields

/** Set by the service alone: they may come back with a document, but not changed. `plugin` is chosen at creation. */
const READ_ONLY = ['_id', 'plugin', 'webhookKey', 'secrets', 'created']
/** The service changes them while a person edits, so that what comes back may be older: they are dropped. */
const COMPUTED = ['updated', 'revision', 'lastRun', 'nextRun', 'userProfile']
const OPTIONAL: readonly Field[] = ['active', 'debug', 'pluginIntegrity', 'config', 'permissions', 'retry']

/** Throws 400 with all problems. */
export function readCreation (body: Readonly<Record<string, unknown>>, account: Account): ProcessingFields {
  const foreign = [...READ_ONLY, ...COMPUTED].filter(field => field !== 'plugin' && Object.hasOwn(body, field))
  if (foreign.length > 0) throw refusal(foreign.map(readOnly))
  return checked({ owner: account, scheduling: [], ...body })
}

export interface Change {
  /** The fields as they will be. */
  readonly fields: ProcessingFields
  /** Those among them that differ from what is stored; a field that goes is in `unset`. */
  readonly set: readonly Field[]
  readonly unset: readonly Field[]
}

/**
 * Merges a patch into a stored processing. `seen` is the document as the caller gets it: read-only fields that equal it are ignored,
 * others refused. `null` unsets an optional field. Throws 400 with all problems.
 */
export function readChange (body: Readonly<Record<string, unknown>>, stored: Processing, seen: Readonly<Record<string, unknown>>): Change {
  refuseReadOnly(body, seen)
  const patch = Object.entries(body).filter(([field]) => !COMPUTED.includes(field) && !READ_ONLY.includes(field))
  const nulls = patch.filter(([, value]) => value === null).map(([field]) => field)
  const problems = nulls.filter(field => !isOptional(field)).map(field => problem(`/${field}`, Object.hasOwn(processingSchema.properties, field) ? 'required-field' : 'unknown-field', { field }))
  if (problems.length > 0) throw refusal(problems)
  const current = fieldsOf(stored)
  const merged = Object.fromEntries([...Object.entries(current), ...patch].filter(([field]) => !nulls.includes(field)))
  const fields = checked(merged)
  const names = Object.keys(processingSchema.properties) as Field[] // the schema's properties are the fields
  return {
    fields,
    set: names.filter(name => fields[name] !== undefined && !isDeepStrictEqual(fields[name], current[name])),
    unset: names.filter(name => fields[name] === undefined && current[name] !== undefined)
  }
}

function refuseReadOnly (body: Readonly<Record<string, unknown>>, seen: Readonly<Record<string, unknown>>): void {
  const changed = READ_ONLY.filter(field => Object.hasOwn(body, field) && !isDeepStrictEqual(body[field], seen[field]))
  if (changed.length > 0) throw refusal(changed.map(readOnly))
}

function readOnly (field: string): Problem {
  return problem(`/${field}`, 'read-only-field', { field })
}

function fieldsOf ({ title, plugin, owner, scheduling, active, debug, pluginIntegrity, config, permissions, retry }: Processing): ProcessingFields {
  return dropUndefined({ title, plugin, owner, scheduling, active, debug, pluginIntegrity, config, permissions, retry })
}

function dropUndefined<T extends object> (value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T // only undefined fields are gone
}

function isOptional (field: string): boolean {
  return OPTIONAL.some(name => name === field)
}

const checkSchema = schemaChecker(processingSchema)

function checked (found: object): ProcessingFields {
  checkSchema(found)
  const fields = found as ProcessingFields // it fits the schema
  if (fields.active === true && fields.config === undefined) throw new HttpError(400, 'config-required')
  checkDates(fields.scheduling)
  return fields
}

/** A rule without a future date would stop the schedule without a word. */
function checkDates (rules: readonly Scheduling[]): void {
  const problems = rules.flatMap((rule, index) => scheduleProblem(rule, index) ?? [])
  if (problems.length > 0) throw refusal(problems)
}

function scheduleProblem (rule: Scheduling, index: number): Problem | undefined {
  const field = `scheduling[${index}]`
  if (rule.timeZone !== undefined && !isTimeZone(rule.timeZone)) {
    return problem(`/scheduling/${index}/timeZone`, 'bad-field', { field: `${field}.timeZone`, wanted: timeZoneWanted, found: printFound(rule.timeZone) })
  }
  try {
    nextDate([rule], new Date())
    return undefined
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error
    return problem(`/scheduling/${index}`, 'bad-schedule', { field, found: printFound(error.cron) })
  }
}

function isTimeZone (name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false // the only way to ask: an unknown name throws
  }
}
