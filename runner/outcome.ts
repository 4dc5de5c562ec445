/**
 * From the facts of a run to what a person reads. Pure.
 *
 * The order is the decision: the first rule of RULES that knows an answer gives it.
 */
import { keyOf, type RunLimits } from './limits.ts'
import { cleanText, cutText } from './clean-text.ts'
import { renderHint, renderText, type Locale, type TextCode, type TextParams } from './outcome-texts.ts'
import { renderReason, type Reason } from '../cache/reasons.ts'
import type { Sentence } from '../validation/index.ts'
import type { CacheError } from '../cache/types.ts'
import type { RunError, RunResult } from '../sandbox/protocol.ts'
import type { FinishPatch, OutcomeRecord } from '../store/types.ts'
import type { Refusal } from './brokers/guest-error.ts'
import type { CellDeath } from './cells/cell.ts'
import type { Mask } from './mask.ts'

/** All that is known when a run has ended. A field that is absent did not happen. */
export interface OutcomeFacts {
  readonly runId: string
  /** Artefact id. */
  readonly plugin: string
  /** Name of the account, as people know it. */
  readonly owner: string
  readonly limits: RunLimits
  readonly cpuMs?: number
  /** A person asked for the end. `forced`: the plugin did not obey within the grace period. */
  readonly kill?: 'cooperative' | 'forced'
  readonly graceMs?: number
  /** Why nothing was started. */
  readonly notStarted?: NotStarted
  /** What the sandbox answered. */
  readonly result?: RunResult
  /** The runner ended the run because of this limit. */
  readonly ended?: 'cpu' | 'wall' | 'quota'
  /** The cell died while the run was in it. */
  readonly cellDied?: CellFate
  /** The runner stops. `asked`: the plugin's stop() was called, so that a normal return says nothing of the work. */
  readonly stopping?: 'waited' | 'asked'
  /** How often the run was interrupted, the present time included: it is set once that is too often for it to be run again. */
  readonly interruptions?: number
  /** The last refusal of a broker that the plugin has seen as an error. */
  readonly refusal?: Refusal
  /** An error of the runner's own code. */
  readonly internalError?: unknown
}

export type NotStarted =
  | { readonly by: 'cache', readonly error: CacheError }
  | { readonly by: 'config', readonly path: string, readonly problem: Sentence }
  /** Without `until`: another run tries the plugin again just now. */
  | { readonly by: 'breaker', readonly count: number, readonly minutes: number, readonly until?: string }
  | { readonly by: 'quota' }
  | { readonly by: 'inactive' }

export interface CellFate {
  readonly death: CellDeath
  /** No other run was in the cell: this one brought it down. */
  readonly alone: boolean
  /** It had been run before, and its cell had died then too. */
  readonly again: boolean
}

export interface Outcome extends OutcomeRecord {
  readonly status: FinishPatch['status']
  readonly code: TextCode
  readonly params: TextParams
  /** What the reader can do, beside what the message says. */
  readonly hint?: string
}

interface Verdict {
  readonly code: TextCode
  readonly params?: TextParams
  readonly adminDetail?: string
}
type Rule = (facts: OutcomeFacts) => Verdict | undefined

/** Longest text of a plugin in an outcome; the log has it in full. */
const MESSAGE_BYTES = 10_000

/** `locale`: language of the message kept with the run; readers get it again in theirs, from code and params. */
export function decideOutcome (facts: OutcomeFacts, locale: Locale): Outcome {
  const { code, params = {}, adminDetail } = judge(facts)
  const hint = renderHint(code, locale)
  return {
    status: code === 'finished' ? 'finished' : code === 'killed' ? 'killed' : 'error',
    code,
    params,
    message: renderText(code, params, locale),
    ...(hint === undefined ? {} : { hint }),
    ...(adminDetail === undefined ? {} : { adminDetail })
  }
}

/** The outcome as people may see it. */
export function maskOutcome (outcome: Outcome, { text, value }: Mask): Outcome {
  const { params, message, adminDetail } = outcome
  // Parameters keep their shape.
  return { ...outcome, params: value(params) as TextParams, message: text(message), ...(adminDetail === undefined ? {} : { adminDetail: text(adminDetail) }) }
}

const RULES: readonly Rule[] = [
  stoppedByPerson, // wins over any error that the stop has caused, and over a normal return (upstream RUNOP-08)
  neverStarted,
  brokenRules, // before all that such a cell says: it is worth nothing
  outOfMemory, // before "aborted" and before CPU time: a full heap burns it in garbage collection
  returned, // before the limits: a run that was quicker than its end has done its work
  pastLimit, // before the plugin's own error, which may be its answer to the end
  runnerStops, // before the death of cells, which the stop causes
  failedByItself, // before the death of its cell: it had ended already
  lostCell
]

function judge (facts: OutcomeFacts): Verdict {
  for (const rule of RULES) {
    const verdict = rule(facts)
    if (verdict !== undefined) return verdict
  }
  return platformFault(facts)
}

function stoppedByPerson ({ kill, graceMs }: OutcomeFacts): Verdict | undefined {
  if (kill === undefined) return
  return kill === 'forced' && graceMs !== undefined ? { code: 'killed', params: { variant: 'forced', graceMs } } : { code: 'killed' }
}

function neverStarted (facts: OutcomeFacts): Verdict | undefined {
  const { notStarted, stopping, plugin, owner } = facts
  switch (notStarted?.by) {
    case undefined: return
    case 'inactive': return { code: 'inactive' }
    case 'quota': return { code: 'quota-exhausted' }
    case 'breaker': return pausedVerdict(notStarted, plugin)
    case 'config': return { code: 'config-invalid', params: { plugin, path: own(notStarted.path === '' ? 'config' : notStarted.path), problem: { fr: own(notStarted.problem.fr), en: own(notStarted.problem.en) } } }
    case 'cache':
      // The stop of the runner cuts a download and closes the cache: nobody else is to blame.
      if (stopping !== undefined && (notStarted.error.code === 'registry-unavailable' || notStarted.error.code === 'internal')) return interruption(facts)
      return notStarted.error.code === 'internal' ? cacheFault(notStarted.error, facts) : cacheVerdict(notStarted.error, plugin, owner)
  }
}

function pausedVerdict ({ count, minutes, until }: NotStarted & { by: 'breaker' }, plugin: string): Verdict {
  return { code: 'plugin-paused', params: { plugin, count, minutes, ...(until === undefined ? { variant: 'trial' } : { until }) } }
}

/** The disk of the cache is full, a build worker died: the platform's fault, which its operators see in full. */
function cacheFault ({ reason, detail }: CacheError, { runId }: OutcomeFacts): Verdict {
  return { code: 'internal', params: { id: runId }, adminDetail: [renderReason(reason, 'en'), ...(detail === undefined ? [] : [detail])].join(': ') }
}

function cacheVerdict ({ code, reason, detail }: CacheError, plugin: string, owner: string): Verdict {
  return { code, params: { plugin, owner, reason: shown(reason) }, ...(detail === undefined ? {} : { adminDetail: detail }) }
}

/** Many parameters of a reason are names that a stranger gave. */
function shown ({ code, params }: Reason): Reason {
  const clean = Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? own(value) : typeof value === 'object' ? shown(value) : value])
  return { code, params: Object.fromEntries(clean) }
}

function brokenRules ({ result, cellDied, plugin }: OutcomeFacts): Verdict | undefined {
  if (result?.ok === false && result.error.code === 'bridge-abuse') return { code: 'bridge-abuse', params: { plugin }, adminDetail: own(result.error.message) }
  if (cellDied?.death.by === 'runner' && cellDied.death.reason === 'protocol' && cellDied.alone) {
    return { code: 'bridge-abuse', params: { plugin }, adminDetail: describe(cellDied.death) }
  }
}

function outOfMemory ({ result, cellDied, limits }: OutcomeFacts): Verdict | undefined {
  const exhausted = result?.ok === false && (result.error.code === 'memory-limit' || isRefusedBuffer(result.error))
  if (exhausted || (cellDied?.alone && endedWithoutMemory(cellDied.death))) {
    return { code: 'memory-limit', params: { limitMb: limits.heapMb, key: keyOf('heapMb') }, ...(exhausted || cellDied === undefined ? {} : { adminDetail: describe(cellDied.death) }) }
  }
  const unsettled = result === undefined || (!result.ok && result.error.code === 'aborted')
  if (unsettled && cellDied?.death.by === 'runner' && cellDied.death.reason === 'cell-memory' && cellDied.alone) {
    return { code: 'cell-memory', params: { limitMb: limits.cellMemoryMb, key: keyOf('cellMemoryMb') }, adminDetail: describe(cellDied.death) }
  }
}

/** Buffers count towards the heap of an isolate: V8 refuses the one that would pass its limit, in these words. */
function isRefusedBuffer (error: RunError): boolean {
  return error.code === 'plugin-error' && error.name === 'RangeError' && error.message === 'Array buffer allocation failed'
}

/** V8 says so on standard error when it cannot even throw (SIGABRT). */
function endedWithoutMemory (death: CellDeath): boolean {
  return death.by === 'itself' && death.detail.toLowerCase().includes('out of memory')
}

function returned ({ result, stopping }: OutcomeFacts): Verdict | undefined {
  if (result?.ok === true && stopping !== 'asked') return { code: 'finished' }
}

function pastLimit ({ ended, limits, cpuMs }: OutcomeFacts): Verdict | undefined {
  switch (ended) {
    case undefined: return
    // The last sample may be older than the end: never less than the limit that was passed.
    case 'cpu': return { code: 'cpu-limit', params: { usedMs: Math.max(cpuMs ?? 0, limits.cpuMs), limitMs: limits.cpuMs, key: keyOf('cpuMs') } }
    case 'wall': return { code: 'wall-limit', params: { limitMs: limits.wallMs, key: keyOf('wallMs') } }
    case 'quota': return { code: 'quota-exhausted', params: { variant: 'reached' } }
  }
}

function runnerStops (facts: OutcomeFacts): Verdict | undefined {
  const { stopping, cellDied } = facts
  if (stopping !== undefined || (cellDied?.death.by === 'runner' && cellDied.death.reason === 'closing')) return interruption(facts)
}

function interruption ({ interruptions }: OutcomeFacts): Verdict {
  return interruptions === undefined ? { code: 'interrupted' } : { code: 'interrupted', params: { variant: 'again', count: interruptions, key: 'RUN_MAX_INTERRUPTIONS' } }
}

function failedByItself (facts: OutcomeFacts): Verdict | undefined {
  if (facts.result?.ok === false) return ownFailure(facts.result.error, facts)
}

function ownFailure (error: RunError, { plugin, limits, refusal }: OutcomeFacts): Verdict | undefined {
  switch (error.code) {
    case 'plugin-error':
      // The plugin did not catch what a broker refused: its code lets the reader see our sentence in his language.
      if (refusal !== undefined && tells(error, refusal.message)) return { code: refusal.code, params: refusal.params }
      return { code: 'plugin-error', params: { message: own(error.message) } }
    case 'http-error': return { code: 'http-error', params: { message: own(error.message) } }
    case 'plugin-invalid': return { code: 'plugin-invalid', params: error.noRun === undefined ? { plugin, reason: own(error.message) } : { variant: 'no-run', plugin, path: own(error.noRun) } }
    case 'plugin-unsupported': return { code: 'plugin-unsupported', params: { plugin, feature: own(error.feature) } }
    case 'no-result': return { code: 'no-result' }
    case 'result-too-large': return { code: 'result-too-large', params: { limitBytes: limits.resultBytes, key: keyOf('resultBytes') }, adminDetail: `${error.bytes} bytes` }
    case 'message-limit': return { code: error.code, params: { limitBytes: limits.messageBytes, key: keyOf('messageBytes') } }
    case 'message-too-deep': return { code: error.code, params: { limit: error.limit } }
    case 'job-too-large': return { code: error.code, params: { bytes: error.bytes, limitBytes: error.limitBytes, key: keyOf('messageBytes') } }
    case 'timer-limit': return { code: error.code, params: { limit: limits.timers, key: keyOf('timers') } }
    case 'disk-limit': return diskVerdict(error.what, limits)
    case 'memory-limit':
    case 'bridge-abuse': // earlier rules
    case 'aborted':
    case 'internal': return undefined // not the plugin's doing
  }
}

function diskVerdict (what: 'bytes' | 'files' | 'open', limits: RunLimits): Verdict {
  if (what === 'open') return { code: 'open-files', params: { limit: limits.openFiles, key: keyOf('openFiles') } }
  if (what === 'files') return { code: 'disk-limit', params: { variant: 'files', limit: limits.diskFiles, key: keyOf('diskFiles') } }
  return { code: 'disk-limit', params: { limitBytes: limits.diskBytes, key: keyOf('diskBytes') } }
}

/** In its message, or as the cause of one that says nothing itself (`fetch failed`). */
function tells ({ message, stack }: { readonly message: string, readonly stack?: string }, sentence: string): boolean {
  return message.includes(sentence) || stack?.includes(sentence) === true
}

function lostCell ({ cellDied }: OutcomeFacts): Verdict | undefined {
  if (cellDied === undefined) return
  const adminDetail = describe(cellDied.death)
  if (!cellDied.alone || (cellDied.death.by === 'runner' && cellDied.death.reason === 'retired')) return { code: 'cell-lost', adminDetail }
  return cellDied.again ? { code: 'cell-crash', params: { variant: 'again' }, adminDetail } : { code: 'cell-crash', adminDetail }
}

function platformFault ({ runId, result, internalError }: OutcomeFacts): Verdict {
  return { code: 'internal', params: { id: runId }, adminDetail: faultDetail(result, internalError) }
}

function faultDetail (result: RunResult | undefined, internalError: unknown): string {
  if (internalError !== undefined) return internalError instanceof Error ? internalError.stack ?? internalError.message : String(internalError)
  if (result?.ok === false && result.error.code === 'internal') return result.error.message
  return result === undefined ? 'the run ended without a result' : 'the isolate was disposed of, and nobody had asked for it'
}

function describe (death: CellDeath): string {
  const detail = death.detail ? `: ${death.detail}` : ''
  if (death.by === 'runner') return `the cell was killed (${death.reason})${detail}`
  const system = death.signal === 'SIGKILL' ? ', sent by the system, most often because the machine or the container lacks memory' : ''
  return `the cell ended by itself (code ${death.code}, signal ${death.signal}${system})${detail}`
}

/** Text that is not ours, made safe to show. A cell may have sent anything. */
function own (text: unknown): string {
  return cutText(cleanText(typeof text === 'string' ? text : String(text)), MESSAGE_BYTES)
}
