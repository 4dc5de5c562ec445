/** What became of the runs of the demo: the table, and whether each ended as it should. */
import { paint } from '../follow/entry-line.ts'
import { table, type Column, type Row } from './table.ts'
import type { EndedRun } from '../follow/client.ts'
import type { DemoRun } from './plan.ts'
import type { Say } from './texts.ts'

export interface Ended {
  readonly plan: DemoRun
  readonly run: EndedRun
}

function columns (text: Say): readonly Column[] {
  const figures = (['queuedMs', 'cacheMs', 'cellMs', 'runMs', 'cpuMs', 'memoryMb'] as const).map(code => ({ title: text(code), align: 'right' as const }))
  return [...(['run', 'account', 'outcome'] as const).map(code => ({ title: text(code) })), ...figures]
}

export function isAsExpected ({ plan, run }: Ended): boolean {
  return plan.expected.includes(run.outcome?.code ?? '')
}

export function report (ended: readonly Ended[], width: number, text: Say): string {
  const [head = '', ...body] = table(columns(text), text('read'), ended.map(toRow), width)
  const wrong = ended.filter(one => !isAsExpected(one))
  const counts = { count: ended.length, wrong: wrong.length }
  return [
    paint('bold', head),
    ...body,
    '',
    paint('gray', text('legend')),
    ...wrong.map(({ plan, run }) => paint('red', text('unexpected', { run: `${plan.account.name} · ${plan.title}`, wanted: plan.expected.join(text('or')), found: run.outcome?.code ?? run.status }))),
    wrong.length === 0 ? paint('green', text('right', counts)) : paint('red', text('wrong', counts)),
    ''
  ].join('\n')
}

function toRow (ended: Ended): Row {
  const { plan, run } = ended
  const { ms, cpuMs, heapPeakMb } = costs(run)
  const mark = isAsExpected(ended) ? '✓' : '✗'
  return {
    cells: [plan.title, plan.account.name, `${mark} ${run.outcome?.code ?? run.status}`, ...[ms.queued, ms.cache, ms.cell, ms.run, cpuMs, heapPeakMb || undefined].map(rounded)],
    note: run.outcome?.message ?? ''
  }
}

interface Costs {
  readonly ms: { readonly queued?: number, readonly cache?: number, readonly cell?: number, readonly run?: number }
  readonly cpuMs?: number
  readonly heapPeakMb?: number
}

/** A run that never started has no costs of a cell; a heap that could not be asked before its end counts 0. */
function costs ({ receipt }: EndedRun): Costs {
  const { ms = {}, cpuMs, heapPeakMb, cell } = (receipt ?? {}) as Partial<Costs> & { readonly cell?: object } // runner/receipt.ts
  return cell === undefined ? { ms } : { ms, cpuMs, heapPeakMb }
}

function rounded (value: number | undefined): string {
  return value === undefined ? '-' : Math.round(value).toString()
}
