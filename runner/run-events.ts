/** News of runs for whoever wants to know of them besides the people who read them: the service's log, metrics, notifications. */
import type { Processing, Run } from '../store/types.ts'

export type RunEvent =
  | { readonly event: 'started', readonly run: Run }
  /** It is in its last state. `ms`: since it was claimed; absent when somebody else had run it. */
  | { readonly event: 'ended', readonly run: Run, readonly ms?: number }
  /** It waits to be run again. `settled`: by a runner that found it left behind. */
  | { readonly event: 'handed-back', readonly run: Run, readonly reason: string, readonly settled: boolean }
  /** Runs that dead runners had left `running` were ended or handed back. */
  | { readonly event: 'settled', readonly count: number }
  /** The failure policy has deactivated the processing, because of this run. */
  | { readonly event: 'disabled', readonly run: Run, readonly processing: Processing }

export type RunListener = (event: RunEvent) => void

export interface RunEvents {
  publish (event: RunEvent): void
  /** Answers the function that ends the subscription. Listeners are called at once, in order; one that throws does not reach the others. */
  subscribe (listener: RunListener): () => void
}

export function createRunEvents (onError: (error: unknown) => void): RunEvents {
  const listeners = new Set<RunListener>()
  return {
    publish (event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    }
  }
}

/** What the service's log says of runs. No title, configuration or text of a plugin is in it. */
export interface RunLogger {
  info (fields: Readonly<Record<string, unknown>>, sentence: string): void
  warn (fields: Readonly<Record<string, unknown>>, sentence: string): void
}

export function logRuns (logger: RunLogger): RunListener {
  return event => {
    if (event.event === 'settled') return logger.warn({ count: event.count }, 'runs of runners that are gone were settled')
    const { run } = event
    const fields = { run: run._id, processing: run.processing._id, account: accountOf(run) }
    switch (event.event) {
      case 'started': return logger.info({ ...fields, plugin: run.plugin, attempt: run.attempt }, 'a run starts')
      case 'ended': return logger.info({ ...fields, status: run.status, code: run.outcome?.code, ...(event.ms === undefined ? { settled: true } : { ms: Math.round(event.ms) }) }, 'a run has ended')
      case 'handed-back': return logger.info({ ...fields, reason: event.reason, ...(event.settled ? { settled: true } : {}) }, 'a run waits to be run again')
      case 'disabled': return logger.warn({ ...fields, code: run.outcome?.code }, 'a processing was deactivated: its last runs have all failed')
    }
  }
}

function accountOf ({ owner }: Run): string {
  return `${owner.type}:${owner.id}${owner.department === undefined ? '' : `:${owner.department}`}`
}
