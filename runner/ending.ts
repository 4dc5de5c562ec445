/** The last lines of a run's log: what happened, where in the plugin, and what the reader can do. */
import { cleanText } from './clean-text.ts'
import type { SourcePlace } from '../cache/code-frame.ts'
import type { RunResult } from '../sandbox/protocol.ts'
import type { LogBroker } from './brokers/log.ts'
import type { Outcome } from './outcome.ts'
import type { PluginSources } from './plugin-sources.ts'
import type { SourcePosition } from './source-position.ts'

export interface EndingInput {
  readonly log: LogBroker
  readonly outcome: Outcome
  readonly result: RunResult | undefined
  /** Undefined when the plugin could not be had. */
  readonly sources: PluginSources | undefined
  /** What the bundler complains of: the plugin has not been started. */
  readonly where: SourcePlace | undefined
  /** Entries that the sandbox has dropped already. */
  readonly logDropped: number
}

export function writeEnding ({ log, outcome, result, sources, where, logDropped }: EndingInput): void {
  log.endGuest(logDropped)
  log.entry(outcome.code === 'finished' ? 'info' : 'error', outcome.code, outcome.params)
  const thrown = positionOf(result, sources)
  const { position, frame } = thrown ?? where ?? {}
  if (position !== undefined) log.entry('info', 'error-position', { position: cleanText(position) }, frame === undefined ? undefined : cleanText(frame))
  if (outcome.hint !== undefined) log.entry('info', 'hint', { variant: outcome.code }) // read in the reader's language
  const detail = detailOf(result, thrown)
  if (detail !== undefined) log.entry('debug', 'error-detail', {}, detail)
}

/** Where what a run threw comes from; undefined when it threw nothing that tells. */
export function positionOf (result: RunResult | undefined, sources: PluginSources | undefined): SourcePosition | undefined {
  if (result?.ok !== false || !('stack' in result.error) || result.error.stack === undefined) return undefined
  return sources?.locate(result.error.stack)
}

function detailOf (result: RunResult | undefined, where: SourcePosition | undefined): string | undefined {
  if (result?.ok !== false) return undefined
  const response = result.error.code === 'http-error' ? result.error.detail : undefined
  return [response, where?.stack].filter(text => text !== undefined && text !== '').join('\n\n') || undefined
}
