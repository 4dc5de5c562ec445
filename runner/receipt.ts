/** The account of one run: what it cost, where the time went, what it did. Kept with the run, shown to its owner. */
import { OWN_FOLDERS } from './folders.ts'
import type { Ensured } from '../cache/types.ts'
import type { Effects, Receipt, Run } from '../store/types.ts'
import type { HttpUsage } from './brokers/http-budget.ts'
import type { LogTotals } from './brokers/log.ts'
import type { Cell } from './cells/cell.ts'
import type { RunLimits } from './limits.ts'
import type { SupervisedEnd } from './supervise.ts'

/** Moments of a run, of performance.now(). */
export interface Marks {
  readonly claimedAt: number
  ensuredAt?: number
  cellAt?: number
  firstLineAt?: number
  endedAt?: number
}

export interface ReceiptInput {
  readonly run: Run
  readonly marks: Marks
  readonly ensured: Ensured | undefined
  readonly cell: Cell | undefined
  readonly end: SupervisedEnd | undefined
  readonly network: HttpUsage | undefined
  readonly effects: Effects
  readonly log: LogTotals
  readonly limits: RunLimits
}

/** All times in milliseconds. */
export function receiptOf ({ run, marks, ensured, cell, end, network, effects, log, limits }: ReceiptInput): Receipt {
  const counters = end?.end.kind === 'done' ? end.end.counters : undefined
  return {
    attempt: run.attempt,
    ...(run.resumed === undefined ? {} : { resumed: run.resumed.reason }),
    ...(ensured === undefined ? {} : { plugin: pluginOf(ensured) }),
    ...(cell === undefined ? {} : { cell: { id: cell.id, pid: cell.pid } }),
    ms: {
      queued: queuedMs(run),
      resolve: round(ensured?.ms.resolve),
      download: round(ensured?.ms.download),
      bundle: round(ensured?.ms.bundle),
      cache: span(marks.claimedAt, marks.ensuredAt),
      cell: span(marks.ensuredAt, marks.cellAt),
      isolate: round(counters?.openMs),
      load: round(counters?.loadMs),
      firstLine: span(marks.claimedAt, marks.firstLineAt),
      run: round(counters?.runMs ?? end?.usage.wallMs),
      total: span(marks.claimedAt, marks.endedAt ?? performance.now())
    },
    spareIsolate: counters?.spare ?? false,
    cpuMs: round(end?.usage.cpuMs ?? 0),
    ...(end?.usage.heapMb === undefined ? {} : { heapPeakMb: round(end.usage.heapMb) }),
    ...(counters?.disk === undefined ? {} : { disk: { bytes: counters.disk.bytes, files: Math.max(0, counters.disk.files - OWN_FOLDERS) } }),
    ...(network === undefined ? {} : { network }),
    effects,
    log,
    limits
  }
}

function pluginOf ({ plugin, from, stale }: Ensured): Receipt {
  const { artefact, name, version, integrity, origin } = plugin
  return { artefact, name, version, integrity, origin, cache: from, ...(stale === undefined ? {} : { staleSince: stale.confirmedAt }) }
}

/** From the moment it was due to the moment it was claimed. */
function queuedMs (run: Run): number {
  const due = Date.parse(run.scheduledAt ?? run.createdAt)
  return Math.max(0, Date.parse(run.startedAt ?? run.createdAt) - due)
}

function span (from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : round(to - from)
}

/** To hundredths. */
function round (value: number): number
function round (value: number | undefined): number | undefined
function round (value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 100) / 100
}
