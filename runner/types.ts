/** What the runner offers to whoever starts and stops runs (the API today; a webhook or a schedule alike). */
import type { SourcePlace } from '../cache/code-frame.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { Account, Processing, Run, RunTrigger } from '../store/types.ts'

/**
 * News between the parts of the service. A message only wakes: the truth is read from the store, and every listener has a slow
 * poll as its net. A lost message costs latency, never a line.
 */
export interface Bus {
  publish(topic: Topic): void
  /** Answers the function that ends the subscription. Listeners run one after the other, after `publish` has returned. */
  subscribe(topic: Topic, listener: () => void): () => void
}

/** `run:<id>`: its status or log has changed. `kill`: some run must be stopped. `due`: some run may be due. */
export type Topic = `run:${string}` | 'kill' | 'due'

export type TriggerResult =
  | { readonly ok: true, readonly run: Run }
  | { readonly ok: false, readonly code: 'inactive' | 'already-running', readonly active?: Run }

/** Starts, plans and stops runs by writing to the store; the runner, wherever it is, acts on it. */
export interface Triggers {
  /**
   * A run now, or in `delaySeconds`. One that is already triggered is answered again (its date moved when a delay is given), as it was
   * caused. `cause`: by a person, by default.
   */
  trigger(processing: Processing, options?: { readonly delaySeconds?: number, readonly cause?: RunTrigger }): Promise<TriggerResult>
  /** The next scheduled run of an active processing, replacing the planned one; removes it when there is nothing to plan. */
  arm(processing: Processing): Promise<Run | undefined>
  /** Removes pending runs: the processing was deactivated or is about to be deleted. */
  disarm(processingId: string): Promise<void>
  /** Undefined when the run has ended, or does not exist. */
  kill(runId: string): Promise<Run | undefined>
}

export interface PrepareInput {
  readonly processingId: string
  readonly processingTitle: string
  /** The only content of the plugin that is called. */
  readonly pluginIntegrity?: string
  readonly processingConfig: Record<string, unknown>
  /** In clear. */
  readonly secrets: Record<string, string>
}

export type PrepareResult =
  /** Undefined fields: the plugin left them as they were, or exports no prepare(). */
  | { readonly ok: true, readonly processingConfig?: Record<string, unknown>, readonly secrets?: Record<string, string> }
  | {
    readonly ok: false
    readonly code: string
    readonly message: string
    readonly where?: SourcePlace
    /** prepare() did not fail, but what it returned under this name has not the type that is wanted. */
    readonly returned?: 'processingConfig' | 'secrets'
  }

/** Calls a plugin's prepare() in a cell of its owner. Throws `CacheError` when the plugin cannot be had. */
export type Prepare = (artefact: string, owner: Account, input: PrepareInput) => Promise<PrepareResult>

/** What a plugin shows of itself when it is loaded and nothing of it is called. */
export type LoadResult =
  | {
    readonly ok: true
    readonly exports: { readonly stop: boolean, readonly prepare: boolean }
    readonly plugin: CachedPlugin
    /** Until the isolate was there; then until the bundle had been evaluated. */
    readonly ms: { readonly isolate: number, readonly load: number }
    /** Absent: the heap was not seen. */
    readonly heapMb?: number
  }
  /** `plugin`: it could be bundled, and fails when it is evaluated. `hint`: what the reader can do. */
  | { readonly ok: false, readonly code: string, readonly message: string, readonly hint?: string, readonly where?: SourcePlace, readonly plugin?: CachedPlugin }

/** Loads a plugin in a cell of its owner. Never throws for what is the plugin's fault. */
export type Load = (artefact: string, owner: Account) => Promise<LoadResult>
