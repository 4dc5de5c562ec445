/** What a caller may see of a document, in his language. Pure. */
import { renderHint, renderText } from '../runner/outcome-texts.ts'
import type { LogEntry, LogType, OutcomeRecord, Processing, Run } from '../store/types.ts'
import { profileOf, type Profile, type Session } from './permissions.ts'
import type { Locale } from './texts.ts'

export interface Viewer {
  readonly session: Session
  readonly locale: Locale
}

type Fields = Record<string, unknown>

/** A processing without its webhook key and secrets; who is no administrator of it sees neither its permissions nor its config. */
export function presentProcessing (processing: Processing, viewer: Viewer): Fields {
  const { webhookKey, secrets, permissions, config, lastRun, nextRun, ...rest } = processing
  const profile = profileOf(viewer.session, processing)
  return defined({
    ...rest,
    permissions: profile === 'admin' ? permissions : undefined,
    config: profile === 'admin' ? config : undefined,
    lastRun: lastRun && presentFields(lastRun, profile, viewer),
    nextRun: nextRun && presentFields(nextRun, profile, viewer),
    userProfile: profile
  })
}

/** A run without its log; only an administrator of its owner sees its permissions and what came with its trigger, only a super-admin what is for operators. */
export function presentRun (run: Run, viewer: Viewer): Fields {
  const profile = profileOf(viewer.session, run)
  const { trigger } = run
  return defined({ ...presentFields(run, profile, viewer), trigger: trigger === undefined || profile === 'admin' ? trigger : { type: trigger.type }, userProfile: profile })
}

/** What whoever triggers a run is answered, a webhook included: nothing of what others have sent, or of what the plugin has said. */
export function presentTriggered (run: Run): Fields {
  const { permissions, runner, outcome, receipt, trigger, ...rest } = run
  return { ...rest, ...(trigger === undefined ? {} : { trigger: { type: trigger.type } }) }
}

/**
 * A log entry in upstream's shape, beside `seq` to resume from, and `code` and `params` of the platform's own lines. Upstream's lines have an
 * `extra` always, '' when there is none; its steps and tasks have none.
 */
export function presentEntry (entry: LogEntry, locale: Locale): Fields {
  const whole = entry.type === 'step' || entry.type === 'task' || entry.extra !== undefined ? { ...entry } : { ...entry, extra: '' }
  return { ...whole, msg: entryMessage(entry, locale) }
}

/** Lines of the platform in the reader's language, those of a plugin as they are. */
export function entryMessage ({ code, params, msg }: LogEntry, locale: Locale): string {
  return code === undefined ? msg : rendered(code, params, msg, locale)
}

const FOR_ALL: readonly LogType[] = ['step', 'info', 'warning', 'error', 'task']

/** `debug` lines are for super-admins. */
export function isVisible (entry: LogEntry, session: Session): boolean {
  return session.adminMode || FOR_ALL.includes(entry.type)
}

/** The same, for the store. */
export function visibleTypes (session: Session): { readonly types?: readonly LogType[] } {
  return session.adminMode ? {} : { types: FOR_ALL }
}

function presentFields (run: Omit<Run, 'processing' | 'owner'>, profile: Profile | undefined, { session, locale }: Viewer): Fields {
  const { permissions, runner, outcome, ...rest } = run
  return defined({
    ...rest,
    permissions: profile === 'admin' ? permissions : undefined,
    runner: session.adminMode ? runner : undefined,
    outcome: outcome && presentOutcome(outcome, session, locale)
  })
}

function presentOutcome ({ adminDetail, ...outcome }: OutcomeRecord, session: Session, locale: Locale): Fields {
  return defined({
    ...outcome,
    message: rendered(outcome.code, outcome.params, outcome.message, locale),
    hint: renderHint(outcome.code, locale),
    adminDetail: session.adminMode ? adminDetail : undefined
  })
}

/** What was written by a version that knew other codes keeps the words it was written with. */
function rendered (code: string, params: Fields | undefined, message: string, locale: Locale): string {
  const text = renderText(code, { message, ...params }, locale)
  return text === '' || text === code ? message : text
}

function defined (fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
