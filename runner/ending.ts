/** The last lines of a run's log: what happened, where in the plugin, and what the reader can do. */
import { readFile } from 'node:fs/promises'
import { locate } from './source-position.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { RunResult } from '../sandbox/protocol.ts'
import type { LogBroker } from './brokers/log.ts'
import type { Outcome } from './outcome.ts'
import type { SourcePosition } from './source-position.ts'

export interface EndingInput {
  readonly log: LogBroker
  readonly outcome: Outcome
  readonly result: RunResult | undefined
  readonly plugin: CachedPlugin | undefined
  /** Entries that the sandbox has dropped already. */
  readonly logDropped: number
}

export async function writeEnding ({ log, outcome, result, plugin, logDropped }: EndingInput): Promise<void> {
  log.endGuest(logDropped)
  log.entry(outcome.code === 'finished' ? 'info' : 'error', outcome.code, outcome.params)
  const where = await positionOf(result, plugin)
  if (where?.position !== undefined) log.entry('info', 'error-position', { position: where.position }, where.frame)
  if (outcome.hint !== undefined) log.entry('info', 'hint', { message: outcome.hint })
  const detail = detailOf(result, where)
  if (detail !== undefined) log.entry('debug', 'error-detail', {}, detail)
}

async function positionOf (result: RunResult | undefined, plugin: CachedPlugin | undefined): Promise<SourcePosition | undefined> {
  if (result?.ok !== false || !('stack' in result.error) || result.error.stack === undefined || plugin === undefined) return undefined
  const sourceMap = await readFile(plugin.sourceMapPath, 'utf8').catch(() => undefined) // pruned meanwhile: positions are then those of the bundle
  return locate(result.error.stack, { script: `/plugin/${plugin.entry}`, ...(sourceMap === undefined ? {} : { sourceMap }) })
}

function detailOf (result: RunResult | undefined, where: SourcePosition | undefined): string | undefined {
  if (result?.ok !== false) return undefined
  const response = result.error.code === 'http-error' ? result.error.detail : undefined
  return [response, where?.stack].filter(text => text !== undefined && text !== '').join('\n\n') || undefined
}
