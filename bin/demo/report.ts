/** What became of the runs of the demo: the table, and whether each ended as it should. */
import { paint } from '../follow/entry-line.ts'
import { table, type Column, type Row } from './table.ts'
import type { EndedRun } from '../follow/client.ts'
import type { DemoRun } from './plan.ts'

export interface Ended {
  readonly plan: DemoRun
  readonly run: EndedRun
}

const columns: readonly Column[] = [
  { title: 'run' },
  { title: 'account' },
  { title: 'outcome' },
  { title: 'queued ms', align: 'right' },
  { title: 'cache ms', align: 'right' },
  { title: 'cell ms', align: 'right' },
  { title: 'run ms', align: 'right' },
  { title: 'CPU ms', align: 'right' },
  { title: 'memory MB', align: 'right' }
]

export function isAsExpected ({ plan, run }: Ended): boolean {
  return plan.expected.includes(run.outcome?.code ?? '')
}

export function report (ended: readonly Ended[], width: number): string {
  const [head = '', ...body] = table(columns, 'what the person reads', ended.map(toRow), width)
  const wrong = ended.filter(one => !isAsExpected(one))
  return [
    paint('bold', head),
    ...body,
    '',
    paint('gray', 'queued: until a runner took it; cache: plugin fetched and bundled; cell: a process found or started; run: plugin at work; memory: peak of its heap.'),
    ...wrong.map(({ plan, run }) => paint('red', `${plan.account.name} · ${plan.title} should have ended with ${plan.expected.join(' or ')}, found ${run.outcome?.code ?? run.status}.`)),
    wrong.length === 0 ? paint('green', `All ${ended.length} runs ended as they should.`) : paint('red', `${wrong.length} of ${ended.length} runs did not end as they should.`),
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
