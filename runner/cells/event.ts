/** What the pool tells of its cells, and how it reads in the service's log. Pure. */
import type { CellDeath } from './cell.ts'

interface About { readonly cell: string, readonly pid: number | undefined, readonly owner: string | undefined }

export type CellEvent =
  | About & { readonly event: 'started' | 'assigned' }
  /** `runs`: those that were in it. `failure`: a sentence, when it was never ready. */
  | About & { readonly event: 'ended', readonly death: CellDeath, readonly runs: readonly string[], readonly failure?: string }
  /** Not even a process was made. */
  | { readonly event: 'not-started', readonly owner: string | undefined, readonly failure: string }

export interface LogLine { readonly level: 'debug' | 'warn', readonly fields: Record<string, unknown>, readonly message: string }

export function lineOf (event: CellEvent): LogLine {
  if (event.event === 'not-started') return { level: 'warn', fields: { owner: event.owner }, message: event.failure }
  const { cell, pid, owner } = event
  if (event.event !== 'ended') return { level: 'debug', fields: { cell, pid, owner }, message: `cell ${event.event}` }
  const { death, runs, failure } = event
  const fields = { cell, pid, owner, ...reasonOf(death), runs }
  if (isPlanned(death)) return { level: 'debug', fields, message: 'cell ended' }
  return { level: 'warn', fields, message: failure ?? `A cell died: ${inWords(death)}; ${runs.length === 0 ? 'no run was in it' : `${runs.length} run${runs.length === 1 ? ' was' : 's were'} in it`}.` }
}

function isPlanned (death: CellDeath): boolean {
  return death.by === 'runner' && (death.reason === 'retired' || death.reason === 'closing')
}

function reasonOf (death: CellDeath): Record<string, unknown> {
  const detail = death.detail === undefined || death.detail === '' ? {} : { detail: death.detail }
  if (death.by === 'itself') return { code: death.code, signal: death.signal, ...detail }
  return { reason: death.reason, ...(death.culprit === undefined ? {} : { culprit: death.culprit }), ...detail }
}

function inWords (death: CellDeath): string {
  if (death.by === 'runner') return `the runner killed it (${death.reason}${death.culprit === undefined ? '' : `, because of run ${death.culprit}`}${death.detail === undefined ? '' : `: ${death.detail}`})`
  return death.signal === null ? `it ended with exit code ${death.code}` : `it was ended by ${death.signal}, which the runner had not sent`
}
