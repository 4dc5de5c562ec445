/** The part of a run that happens in a cell: the files of the processing move in, the brokers are opened, the job goes in, and the run goes on until it settles, passes a limit, is killed, or its cell dies. */
import { hasEffects, NO_EFFECTS } from './again.ts'
import { openBrokers } from './brokers/index.ts'
import { toJob } from './job.ts'
import { watchQuota, type QuotaWatch } from './quota-watch.ts'
import { supervise } from './supervise.ts'
import { ownerKey } from './take-due-runs.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { RunFolders } from '../sandbox/protocol.ts'
import type { Effects, Processing, Run } from '../store/types.ts'
import type { Brokers } from './brokers/index.ts'
import type { Refusal } from './brokers/guest-error.ts'
import type { HttpUsage } from './brokers/http-budget.ts'
import type { LogBroker } from './brokers/log.ts'
import type { Cell } from './cells/cell.ts'
import type { Control } from './control.ts'
import type { RunDeps } from './deps.ts'
import type { RunFiles } from './folders.ts'
import type { OutcomeFacts } from './outcome.ts'
import type { Marks } from './receipt.ts'
import type { Supervised, SupervisedEnd } from './supervise.ts'

export interface ExecutionInput {
  readonly deps: RunDeps
  readonly run: Run
  readonly processing: Processing
  readonly plugin: CachedPlugin
  readonly pluginConfig: Readonly<Record<string, unknown>> | undefined
  /** No other run may be in the cell. */
  readonly alone: boolean
  readonly log: LogBroker
  readonly control: Control
  readonly marks: Marks
}

export class Execution {
  readonly #input: ExecutionInput
  #effects: Effects
  /** The store knows that the run has had effects. */
  #effectsKept: boolean
  #cell: Cell | undefined
  #brokers: Brokers | undefined
  #end: SupervisedEnd | undefined
  /** The last one that the plugin was told while it ran. */
  #refusal: Refusal | undefined
  /** How the guest broke the rules of a broker. */
  #fault: string | undefined

  constructor (input: ExecutionInput) {
    this.#input = input
    this.#effects = input.run.effects ?? NO_EFFECTS
    this.#effectsKept = hasEffects(input.run.effects)
  }

  get cell (): Cell | undefined { return this.#cell }
  get end (): SupervisedEnd | undefined { return this.#end }
  /** Those of earlier attempts included. */
  get effects (): Effects { return this.#effects }
  get network (): HttpUsage | undefined { return this.#brokers?.usage().network }

  /** Rejects when no process can be started, and with the reason of the control's signal when the end comes first. Resolves when nothing of the run is under way any more. */
  async run (): Promise<void> {
    const { deps, run, processing, plugin, alone, control, marks } = this.#input
    const lease = await deps.cells.acquire(ownerKey(run), { alone, signal: control.signal })
    this.#cell = lease.cell
    marks.cellAt = performance.now()
    let files: RunFiles | undefined
    let quota: QuotaWatch | undefined
    try {
      files = await deps.folders.open({ cell: lease.cell.folders, plugin, limits: deps.limits, processingId: processing._id })
      const supervised = this.#start(lease.cell, files.folders)
      control.attach(supervised)
      quota = watchQuota(deps, run, () => control.end('quota'))
      this.#end = await supervised.ended
    } finally {
      quota?.close()
      control.detach()
      marks.endedAt = performance.now()
      await files?.close().catch(error => deps.onError(error, run)) // they stay where they are: the next run finds them
      lease.release()
      this.#refusal = this.#brokers?.refusal
      await this.#brokers?.close()
    }
  }

  facts (): Partial<OutcomeFacts> {
    if (this.#end === undefined) return {}
    return {
      ...factsOfEnd(this.#end, this.#input.run),
      ...(this.#refusal === undefined ? {} : { refusal: this.#refusal }),
      ...(this.#fault === undefined ? {} : { result: { ok: false, error: { code: 'bridge-abuse', message: this.#fault } } })
    }
  }

  #start (cell: Cell, folders: RunFolders): Supervised {
    const { deps, run, processing, plugin, pluginConfig, log, control, marks } = this.#input
    const { limits } = deps
    const brokers = openBrokers({
      ...deps.brokers,
      run: { id: run._id, attempt: run.attempt },
      processing,
      store: deps.store,
      send: (message, body) => {
        deps.trace?.(message, body?.byteLength ?? 0)
        supervised.run.send(message, body)
      },
      onFault: reason => {
        this.#fault ??= reason
        supervised.end('fault')
      },
      onEffects: async effects => await this.#recordEffects(effects),
      onError: error => deps.onError(error, run)
    })
    this.#brokers = brokers
    const supervised = supervise({
      cell,
      id: `${run._id}.${run.attempt}`,
      job: toJob({ call: 'run', processing, secrets: deps.openSecrets(processing), trigger: run.trigger ?? { type: 'manual' }, pluginConfig, plugin, limits, dataFairUrl: deps.brokers.dataFair?.url ?? '' }),
      bundle: plugin.bundle,
      folders,
      cpuMs: limits.cpuMs,
      wallMs: limits.wallMs,
      handlers: {
        onGuest: (message, body) => {
          deps.trace?.(message, body?.byteLength ?? 0)
          if (message.op !== 'log') return brokers.handle(message, body)
          marks.firstLineAt ??= performance.now()
          log.take(message.entries)
        },
        onLoaded: stop => control.loaded(stop)
      }
    })
    return supervised
  }

  /** The first effect must be in the store before it happens: it decides whether the run may ever be run again. */
  async #recordEffects (made: Effects): Promise<void> {
    const { deps: { store }, run, control } = this.#input
    const before = run.effects ?? NO_EFFECTS
    this.#effects = { writes: before.writes + made.writes, configPatches: before.configPatches + made.configPatches, mails: before.mails + made.mails }
    if (this.#effectsKept) return
    if (!await store.runs.update(run._id, run.attempt, { effects: this.#effects })) {
      control.end('fenced')
      throw new Error('another attempt has the run')
    }
    this.#effectsKept = true
  }
}

function factsOfEnd ({ end, cause, usage }: SupervisedEnd, run: Run): Partial<OutcomeFacts> {
  const ended = cause === 'cpu' || cause === 'wall' || cause === 'quota' ? { ended: cause } : {}
  if (end.kind === 'done') return { cpuMs: usage.cpuMs, result: end.result, ...ended }
  return { cpuMs: usage.cpuMs, cellDied: { death: end.death, alone: end.alone, again: run.resumed?.quarantine === true }, ...ended }
}
