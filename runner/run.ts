/**
 * The story of one run, from claimed to its last state, top to bottom:
 *
 * 1. the processing is read: it may be gone, or inactive, or its owner may have used up his time
 * 2. the plugin is ensured in the cache, on behalf of the owner: the registry decides; a content that brings cells down may be paused
 * 3. it is executed in a cell of the owner (execution.ts)
 * 4. a run without effects that was interrupted, or whose cell died, is handed back to be run again; so is one whose processing wants retries (retry.ts)
 * 5. else: outcome, last lines of the log, receipt, last state, and what follows (failure policy, retention, next schedule)
 *
 * Nothing of a plugin throws here: its failures are values. What throws is ours, and ends the run as `internal`. A store that fails is asked
 * again (persist.ts); a run whose end cannot be written even so is settled later (settle.ts).
 */
import { CacheError } from '../cache/types.ts'
import { hasEffects, interruptedTooOften, NO_EFFECTS, whyAgain } from './again.ts'
import { isConvicted } from './breaker.ts'
import { checkConfig } from './check-config.ts'
import { Control } from './control.ts'
import { writeEnding } from './ending.ts'
import { Execution } from './execution.ts'
import { decideOutcome, maskOutcome } from './outcome.ts'
import { createMask, noMask, type Mask } from './mask.ts'
import { finishRun, handBackRun } from './persist.ts'
import { pluginSources } from './plugin-sources.ts'
import { remainingSeconds, usedSeconds } from './quota.ts'
import { receiptOf } from './receipt.ts'
import { dueAfter, planRetry, type RetryPlan } from './retry.ts'
import { withRunLimits } from './run-limits.ts'
import { openRunLog } from './run-log.ts'
import type { SourcePlace } from '../cache/code-frame.ts'
import type { Ensured } from '../cache/types.ts'
import type { FinishPatch, Processing, Run } from '../store/types.ts'
import type { Admission } from './breaker.ts'
import type { LogBroker, LogTotals } from './brokers/log.ts'
import type { RunDeps } from './deps.ts'
import type { Outcome, OutcomeFacts } from './outcome.ts'
import type { PersistOptions } from './persist.ts'
import type { PluginSources } from './plugin-sources.ts'
import type { Marks } from './receipt.ts'

export interface ActiveRun {
  /** Resolves when the run is in its last state, or handed back, or left to `settleOrphans`. Never rejects. */
  readonly done: Promise<void>
  /** A person wants its end. */
  kill(): void
  /** The runner stops. */
  shutdown(): void
}

/** `run` has been claimed by this runner. */
export function beginRun (deps: RunDeps, run: Run): ActiveRun {
  const control = new Control(deps.graceMs)
  const stopping = new AbortController()
  const done = new RunStory(deps, run, control, stopping.signal).tell().catch(error => deps.onError(error, run))
  return {
    done,
    kill: () => control.kill(),
    shutdown () {
      stopping.abort()
      control.shutdown()
    }
  }
}

class RunStory {
  /** With the limits of this run, once its processing is known. */
  #deps: RunDeps
  readonly #run: Run
  readonly #control: Control
  readonly #stopping: AbortSignal
  readonly #marks: Marks = { claimedAt: performance.now() }
  #mask = noMask
  #ensured: Ensured | undefined
  #pluginConfig: Readonly<Record<string, unknown>> | undefined
  #sources: PluginSources | undefined
  #admission: Admission | undefined
  #execution: Execution | undefined

  constructor (deps: RunDeps, run: Run, control: Control, stopping: AbortSignal) {
    this.#deps = deps
    this.#run = run
    this.#control = control
    this.#stopping = stopping
  }

  async tell (): Promise<void> {
    const { store, bus, events } = this.#deps
    const processing = await store.processings.get(this.#run.processing._id)
    if (processing === undefined) {
      await store.runs.remove(this.#run._id)
      return
    }
    this.#deps = await withRunLimits(this.#deps, processing)
    bus.publish(`run:${this.#run._id}`)
    events.publish({ event: 'started', run: this.#run })
    this.#mask = this.#maskOf(processing)
    const log = await this.#openLog(processing)
    try {
      const facts = await this.#gatherFacts(processing, log)
      await this.#judgeContent(facts)
      if (await this.#handBack(facts, log)) return
      await this.#finish(processing, facts, log)
    } finally {
      this.#ensured?.release?.() // until here positions are looked up in the files of the plugin
    }
  }

  /** A secret that cannot be opened is not known to the plugin either: the run ends before it starts. */
  #maskOf (processing: Processing): Mask {
    try {
      return createMask(Object.values(this.#deps.openSecrets(processing)))
    } catch {
      return noMask
    }
  }

  async #openLog (processing: Processing): Promise<LogBroker> {
    const log = openRunLog(this.#deps, this.#run, {
      startSeq: this.#run.attempt === 1 ? 0 : await this.#deps.store.logs.last(this.#run._id),
      debug: processing.debug === true,
      readable: text => this.#sources?.readable(text) ?? text,
      mask: this.#mask,
      onFenced: () => this.#control.end('fenced'),
      onError: error => {
        this.#deps.onError(error, this.#run)
        this.#control.end('fault')
      }
    })
    if (this.#run.resumed !== undefined) log.entry('step', 'resumed', resumedParams(this.#run.resumed, processing))
    return log
  }

  async #gatherFacts (processing: Processing, log: LogBroker): Promise<OutcomeFacts> {
    const { limits, maxInterruptions } = this.#deps
    const base = { runId: this.#run._id, plugin: processing.plugin, owner: processing.owner.name, limits, ...interruptedTooOften(this.#run, maxInterruptions) }
    try {
      const notStarted = await this.#makeReady(processing, log)
      if (notStarted !== undefined) return { ...base, notStarted }
      if (!this.#control.endBeforeStart) await this.#execute(processing, log)
      return { ...base, ...this.#control.facts(), ...this.#execution?.facts() }
    } catch (error) {
      if (error instanceof CacheError) return { ...base, ...this.#control.facts(), notStarted: { by: 'cache', error } }
      if (error === this.#control.signal.reason) return { ...base, ...this.#control.facts() } // the end was asked for while it waited for a cell
      return { ...base, ...this.#control.facts(), internalError: error }
    }
  }

  /** All that must be there and be allowed before a cell is taken. Answers what stands in the way. */
  async #makeReady (processing: Processing, log: LogBroker): Promise<OutcomeFacts['notStarted']> {
    const { store, cache, breaker, defaultSeconds } = this.#deps
    if (processing.active !== true) return { by: 'inactive' }
    if (remainingSeconds(await store.limits.get(processing.owner), defaultSeconds) === 0) return { by: 'quota' }
    this.#ensured = await cache.ensure(processing.plugin, processing.owner, { integrity: processing.pluginIntegrity, hold: true })
    if (this.#ensured.stale !== undefined) log.entry('warning', 'plugin-stale', { ...this.#ensured.stale })
    if (this.#ensured.heldBack !== undefined) log.entry('warning', 'plugin-held-back', { ...this.#ensured.heldBack })
    this.#pluginConfig = await this.#deps.pluginConfigs?.read(processing.plugin)
    if (this.#pluginConfig !== undefined) log.entry('warning', 'legacy-plugin-config', { plugin: processing.plugin })
    this.#sources = pluginSources(this.#ensured.plugin)
    this.#marks.ensuredAt = performance.now()
    this.#admission = await breaker.admit(this.#ensured.plugin, this.#run._id)
    if (!this.#admission.ok) return { by: 'breaker', ...this.#admission.paused }
    return await checkConfig(this.#deps.configChecks, this.#ensured.plugin, processing)
  }

  async #execute (processing: Processing, log: LogBroker): Promise<void> {
    if (this.#ensured === undefined) return // `#makeReady` has answered what stands in the way
    this.#execution = new Execution({
      deps: this.#deps,
      run: this.#run,
      processing,
      plugin: this.#ensured.plugin,
      pluginConfig: this.#pluginConfig,
      alone: this.#run.resumed?.quarantine === true || this.#deps.isolation === 'run' || (this.#admission?.ok === true && this.#admission.alone),
      log,
      control: this.#control,
      marks: this.#marks
    })
    await this.#execution.run()
  }

  /** What is learnt of the content. A store that fails loses it: the run must have its end all the same. */
  async #judgeContent (facts: OutcomeFacts): Promise<void> {
    const { breaker, onError, maxInterruptions } = this.#deps
    const plugin = this.#ensured?.plugin
    if (plugin === undefined || this.#admission?.ok !== true) return
    const effects = hasEffects(this.#execution?.effects)
    const final = effects || whyAgain(facts, this.#run, maxInterruptions) === undefined
    const survived = facts.result !== undefined && facts.cellDied === undefined && facts.kill === undefined && facts.stopping === undefined && facts.ended === undefined
    try {
      if (final && isConvicted(facts)) await breaker.convict(plugin, this.#run._id)
      if (this.#admission.trial) await breaker.end(plugin, this.#run._id, survived)
    } catch (error) {
      onError(error, this.#run)
    }
  }

  /** Answers whether the run was handed back: nothing of it has reached the outside, and its end says nothing about the plugin. */
  async #handBack (facts: OutcomeFacts, log: LogBroker): Promise<boolean> {
    const { store, bus, events, maxInterruptions } = this.#deps
    const resumed = whyAgain(facts, this.#run, maxInterruptions)
    if (resumed === undefined || hasEffects(this.#execution?.effects ?? this.#run.effects)) return false
    log.endGuest()
    await log.close()
    const back = await handBackRun(store.runs, this.#run, resumed, this.#patience())
    if (back === undefined) return false // killed meanwhile, or not ours any more: `finish` tells
    bus.publish(`run:${back._id}`)
    bus.publish('due')
    events.publish({ event: 'handed-back', run: back, reason: resumed.reason, settled: false })
    return true
  }

  async #finish (processing: Processing, facts: OutcomeFacts, log: LogBroker): Promise<void> {
    const { store, bus, events, locale } = this.#deps
    const outcome = maskOutcome(decideOutcome(facts, locale), this.#mask)
    const end = this.#execution?.end?.end
    writeEnding({ log, outcome, result: facts.result, sources: this.#sources, where: whereOf(facts), logDropped: end?.kind === 'done' ? end.counters.logDropped : 0 })
    const retry = planRetry(outcome, facts, this.#run, processing.retry)
    if (retry !== undefined && await this.#retry(retry, log)) return
    const line = await this.#deps.lastLine?.(this.#run, { status: outcome.status, finishedAt: new Date().toISOString() })
    if (line !== undefined) log.entry(line.type, line.code, line.params)
    const patch = this.#lastState(outcome, facts, await log.close())
    const finished = await finishRun(store.runs, this.#run, patch, this.#patience())
    bus.publish(`run:${this.#run._id}`)
    if (finished === undefined) return // another attempt has it
    if (outcome.code === 'internal') this.#deps.onError(faultOf(facts) ?? new Error(outcome.adminDetail), this.#run)
    events.publish({ event: 'ended', run: finished, ms: performance.now() - this.#marks.claimedAt })
    await this.#deps.afterRun(finished, processing)
  }

  /** Answers whether the run waits to be tried again. The time of the attempt counts: it is not in the run's own end. */
  async #retry (plan: RetryPlan, log: LogBroker): Promise<boolean> {
    const { store, bus, events } = this.#deps
    log.entry('warning', 'run-retry', plan.told)
    await log.close()
    const now = Date.now()
    const back = await handBackRun(store.runs, this.#run, plan.resumed, { ...this.#patience(), dueAt: dueAfter(plan, now) })
    if (back === undefined) return false // killed meanwhile, or not ours any more
    bus.publish(`run:${back._id}`)
    events.publish({ event: 'handed-back', run: back, reason: plan.resumed.reason, settled: false })
    const finishedAt = new Date(now).toISOString()
    const seconds = usedSeconds({ startedAt: this.#run.startedAt, finishedAt })
    if (seconds > 0) await store.limits.addConsumption(back.owner, seconds, finishedAt)
    return true
  }

  #lastState (outcome: Outcome, { result }: OutcomeFacts, log: LogTotals): FinishPatch {
    const { code, params, message, adminDetail } = outcome
    const execution = this.#execution
    const effects = execution?.effects ?? this.#run.effects ?? NO_EFFECTS
    const deleteOnComplete = result?.ok === true && isRecord(result.value) && result.value.deleteOnComplete === true
    return {
      status: outcome.status,
      finishedAt: new Date().toISOString(),
      outcome: { code, params, message, ...(adminDetail === undefined ? {} : { adminDetail }) },
      receipt: receiptOf({ run: this.#run, marks: this.#marks, ensured: this.#ensured, cell: execution?.cell, end: execution?.end, network: execution?.network, effects, log, limits: this.#deps.limits }),
      effects,
      ...(deleteOnComplete ? { deleteOnComplete } : {})
    }
  }

  #patience (): PersistOptions {
    return {
      stopping: this.#stopping,
      onFailing: cause => this.#deps.onError(new Error('the end of a run could not be written; it is tried again', { cause }), this.#run)
    }
  }
}

function resumedParams ({ reason, quarantine, retry = 1 }: NonNullable<Run['resumed']>, processing: Processing): Readonly<Record<string, unknown>> {
  if (reason === 'retry') return { variant: 'retry', count: retry, max: processing.retry?.max ?? retry }
  return quarantine ? { variant: 'quarantine' } : {}
}

/** Of a file that cannot be read as code. */
function whereOf ({ notStarted }: OutcomeFacts): SourcePlace | undefined {
  return notStarted?.by === 'cache' ? notStarted.error.where : undefined
}

function faultOf ({ internalError, notStarted }: OutcomeFacts): unknown {
  return internalError ?? (notStarted?.by === 'cache' ? notStarted.error : undefined)
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
