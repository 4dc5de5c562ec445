/**
 * The story of one run, from claimed to its last state, top to bottom:
 *
 * 1. the processing is read: it may be gone, or inactive, or its owner may have used up his time
 * 2. the plugin is ensured in the cache, on behalf of the owner: the registry decides
 * 3. a cell of the owner is taken, the brokers are opened, the job goes in
 * 4. the run goes on until it settles, passes a limit, is killed, or its cell dies
 * 5. a run without effects that was interrupted, or whose cell died, is handed back to be run again
 * 6. else: outcome, last lines of the log, receipt, last state, and what follows (failure policy, retention, next schedule)
 *
 * Nothing of a plugin throws here: its failures are values. What throws is ours, and ends the run as `internal`.
 */
import { CacheError } from '../cache/types.ts'
import { openBrokers } from './brokers/index.ts'
import { createLogBroker } from './brokers/log.ts'
import { Control } from './control.ts'
import { toJob } from './job.ts'
import { decideOutcome } from './outcome.ts'
import { writeEnding } from './ending.ts'
import { pluginSources } from './plugin-sources.ts'
import { remainingSeconds } from './quota.ts'
import { receiptOf } from './receipt.ts'
import { supervise } from './supervise.ts'
import { ownerKey } from './take-due-runs.ts'
import type { SourcePlace } from '../cache/code-frame.ts'
import type { Ensured } from '../cache/types.ts'
import type { Effects, Processing, Run } from '../store/types.ts'
import type { Brokers } from './brokers/index.ts'
import type { LogBroker } from './brokers/log.ts'
import type { Lease } from './cells/index.ts'
import type { RunDeps } from './deps.ts'
import type { OutcomeFacts } from './outcome.ts'
import type { PluginSources } from './plugin-sources.ts'
import type { Marks } from './receipt.ts'
import type { Supervised, SupervisedEnd } from './supervise.ts'

export interface ActiveRun {
  /** Resolves when the run is in its last state, or handed back. Never rejects. */
  readonly done: Promise<void>
  /** A person wants its end. */
  kill(): void
  /** The runner stops. */
  shutdown(): void
}

/** `run` has been claimed by this runner. */
export function beginRun (deps: RunDeps, run: Run): ActiveRun {
  const control = new Control(deps.graceMs)
  const done = new RunStory(deps, run, control).tell().catch(error => deps.onError(error, run))
  return { done, kill: () => control.kill(), shutdown: () => control.shutdown() }
}

const NO_EFFECTS: Effects = { writes: 0, configPatches: 0, mails: 0 }

class RunStory {
  readonly #deps: RunDeps
  readonly #run: Run
  readonly #control: Control
  readonly #marks: Marks = { claimedAt: performance.now() }
  #effects: Effects
  #ensured: Ensured | undefined
  #sources: PluginSources | undefined
  #brokers: Brokers | undefined
  #lease: Lease | undefined
  #end: SupervisedEnd | undefined
  /** How the guest broke the rules of a broker. */
  #fault: string | undefined

  constructor (deps: RunDeps, run: Run, control: Control) {
    this.#deps = deps
    this.#run = run
    this.#control = control
    this.#effects = run.effects ?? NO_EFFECTS
  }

  async tell (): Promise<void> {
    const { store, bus, limits, locale } = this.#deps
    const { _id: runId, attempt } = this.#run
    const processing = await store.processings.get(this.#run.processing._id)
    if (processing === undefined) {
      await store.runs.remove(runId)
      return
    }
    bus.publish(`run:${runId}`)
    const log = createLogBroker({
      store,
      runId,
      attempt,
      startSeq: attempt === 1 ? 0 : await store.logs.last(runId),
      limits: { entries: limits.logEntries, bytes: limits.logBytes, entryBytes: limits.logEntryBytes },
      debug: processing.debug === true,
      locale,
      readable: text => this.#sources?.readable(text) ?? text,
      onAppended: () => bus.publish(`run:${runId}`),
      onFenced: () => this.#control.end('fenced'),
      onError: error => {
        this.#deps.onError(error, this.#run)
        this.#control.end('fault')
      }
    })
    if (this.#run.resumed !== undefined) log.entry('step', 'resumed', this.#run.resumed.quarantine ? { variant: 'quarantine' } : {})
    const facts = await this.#gatherFacts(processing, log)
    await this.#brokers?.close()
    try {
      if (await this.#handBack(facts, log)) return
      await this.#finish(processing, facts, log)
    } finally {
      this.#ensured?.release?.() // until here positions are looked up in the files of the plugin
    }
  }

  async #gatherFacts (processing: Processing, log: LogBroker): Promise<OutcomeFacts> {
    const base = { runId: this.#run._id, plugin: processing.plugin, owner: processing.owner.name, limits: this.#deps.limits }
    if (processing.active !== true) return { ...base, notStarted: { by: 'inactive' } }
    if (remainingSeconds(await this.#deps.store.limits.get(processing.owner), this.#deps.defaultSeconds) === 0) return { ...base, notStarted: { by: 'quota' } }
    try {
      this.#ensured = await this.#deps.cache.ensure(processing.plugin, processing.owner, { integrity: processing.pluginIntegrity, hold: true })
      if (this.#ensured.stale !== undefined) log.entry('warning', 'plugin-stale', { ...this.#ensured.stale })
      this.#sources = pluginSources(this.#ensured.plugin)
      this.#marks.ensuredAt = performance.now()
      if (this.#control.endBeforeStart) return { ...base, ...this.#control.facts() }
      this.#end = await this.#execute(processing, this.#ensured, log)
    } catch (error) {
      if (error instanceof CacheError) return { ...base, ...this.#control.facts(), notStarted: { by: 'cache', error } }
      return { ...base, ...this.#control.facts(), internalError: error }
    }
    const abuse = this.#fault === undefined ? {} : { result: { ok: false, error: { code: 'bridge-abuse', message: this.#fault } } } as const
    const refusal = this.#brokers?.refusal
    return { ...base, ...this.#control.facts(), ...factsOfEnd(this.#end, this.#run), ...(refusal === undefined ? {} : { refusal }), ...abuse }
  }

  async #execute (processing: Processing, ensured: Ensured, log: LogBroker): Promise<SupervisedEnd> {
    const lease = await this.#deps.cells.acquire(ownerKey(this.#run), { alone: this.#run.resumed?.quarantine === true || this.#deps.isolation === 'run' })
    this.#lease = lease
    this.#marks.cellAt = performance.now()
    try {
      const supervised = this.#start(processing, ensured, log, lease)
      this.#control.attach(supervised)
      return await supervised.ended
    } finally {
      this.#control.detach()
      this.#marks.endedAt = performance.now()
      lease.release()
    }
  }

  #start (processing: Processing, { plugin }: Ensured, log: LogBroker, { cell }: Lease): Supervised {
    const { limits } = this.#deps
    const brokers = openBrokers({
      ...this.#deps.brokers,
      run: { id: this.#run._id, attempt: this.#run.attempt },
      processing,
      store: this.#deps.store,
      send: (message, body) => {
        this.#deps.trace?.(message, body?.byteLength ?? 0)
        supervised.run.send(message, body)
      },
      onFault: reason => {
        this.#fault ??= reason
        supervised.end('fault')
      },
      onEffects: async effects => await this.#recordEffects(effects),
      onError: error => this.#deps.onError(error, this.#run)
    })
    this.#brokers = brokers
    const supervised = supervise({
      cell,
      id: `${this.#run._id}.${this.#run.attempt}`,
      job: toJob({ call: 'run', processing, secrets: this.#deps.openSecrets(processing), plugin, limits, dataFairUrl: this.#deps.brokers.dataFair?.url ?? '' }),
      bundle: plugin.bundle,
      cpuMs: limits.cpuMs,
      wallMs: limits.wallMs,
      handlers: {
        onGuest: (message, body) => {
          this.#deps.trace?.(message, body?.byteLength ?? 0)
          if (message.op !== 'log') return brokers.handle(message, body)
          this.#marks.firstLineAt ??= performance.now()
          log.take(message.entries)
        },
        onLoaded: stop => this.#control.loaded(stop)
      }
    })
    return supervised
  }

  /** The first effect must be in the store before it happens: it decides whether the run may ever be run again. */
  async #recordEffects (made: Effects): Promise<void> {
    const before = this.#run.effects ?? NO_EFFECTS
    const first = !hasEffects(this.#effects)
    this.#effects = { writes: before.writes + made.writes, configPatches: before.configPatches + made.configPatches, mails: before.mails + made.mails }
    if (first && !await this.#deps.store.runs.update(this.#run._id, this.#run.attempt, { effects: this.#effects })) {
      this.#control.end('fenced')
      throw new Error('another attempt has the run')
    }
  }

  /** Answers whether the run was handed back: nothing of it has reached the outside, and its end says nothing about the plugin. */
  async #handBack (facts: OutcomeFacts, log: LogBroker): Promise<boolean> {
    const resumed = whyAgain(facts, this.#run)
    if (resumed === undefined || hasEffects(this.#effects)) return false
    log.endGuest()
    await log.close()
    const back = await this.#deps.store.runs.handBack(this.#run._id, this.#run.attempt, new Date().toISOString(), resumed)
    if (back === undefined) return false // killed meanwhile, or not ours any more: `finish` tells
    this.#deps.bus.publish(`run:${back._id}`)
    this.#deps.bus.publish('due')
    return true
  }

  async #finish (processing: Processing, facts: OutcomeFacts, log: LogBroker): Promise<void> {
    const { store, bus, locale } = this.#deps
    const result = facts.result
    const outcome = decideOutcome(facts, locale)
    writeEnding({ log, outcome, result, sources: this.#sources, where: whereOf(facts), logDropped: this.#end?.end.kind === 'done' ? this.#end.end.counters.logDropped : 0 })
    const totals = await log.close()
    const deleteOnComplete = result?.ok === true && isRecord(result.value) && result.value.deleteOnComplete === true
    const finished = await store.runs.finish(this.#run._id, this.#run.attempt, {
      status: outcome.status,
      finishedAt: new Date().toISOString(),
      outcome: { code: outcome.code, params: outcome.params, message: outcome.message, ...(outcome.adminDetail === undefined ? {} : { adminDetail: outcome.adminDetail }) },
      receipt: receiptOf({ run: this.#run, marks: this.#marks, ensured: this.#ensured, cell: this.#lease?.cell, end: this.#end, network: this.#brokers?.usage().network, effects: this.#effects, log: totals, limits: this.#deps.limits }),
      effects: this.#effects,
      ...(deleteOnComplete ? { deleteOnComplete } : {})
    })
    bus.publish(`run:${this.#run._id}`)
    if (finished === undefined) return // another attempt has it
    if (outcome.code === 'internal') this.#deps.onError(facts.internalError ?? new Error(outcome.adminDetail), this.#run)
    await this.#deps.afterRun(finished, processing)
  }
}

function factsOfEnd ({ end, cause, usage }: SupervisedEnd, run: Run): Partial<OutcomeFacts> {
  const ended = cause === 'cpu' || cause === 'wall' ? { ended: cause } : {}
  if (end.kind === 'done') return { cpuMs: usage.cpuMs, result: end.result, ...ended }
  return { cpuMs: usage.cpuMs, cellDied: { death: end.death, alone: end.alone, again: run.resumed?.quarantine === true }, ...ended }
}

/** Of a file that cannot be read as code. */
function whereOf ({ notStarted }: OutcomeFacts): SourcePlace | undefined {
  return notStarted?.by === 'cache' ? notStarted.error.where : undefined
}

/** Pure: the run is a suspect of its cell's death, or was interrupted. What it was ended for (a limit, a kill) is an end of its own. */
function whyAgain (facts: OutcomeFacts, run: Run): Run['resumed'] {
  if (facts.kill !== undefined || facts.ended !== undefined || facts.notStarted?.by === 'inactive') return undefined
  if (facts.stopping !== undefined && facts.result?.ok !== true) return { reason: 'interrupted', quarantine: run.resumed?.quarantine ?? false }
  if (facts.stopping === 'asked') return { reason: 'interrupted', quarantine: run.resumed?.quarantine ?? false }
  if (facts.cellDied === undefined || facts.cellDied.again) return undefined
  const { death, alone } = facts.cellDied
  if (alone && death.by === 'runner' && (death.reason === 'cell-memory' || death.reason === 'protocol')) return undefined // convicted: the cause is known
  return { reason: 'cell-died', quarantine: true }
}

export function hasEffects (effects: Effects | undefined): boolean {
  return effects !== undefined && effects.writes + effects.configPatches + effects.mails > 0
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
