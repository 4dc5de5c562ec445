/** Percentiles, and the phases of receipts. Pure. */
import type { Run } from '../store/types.ts'

/** Nearest rank; NaN of nothing. `share` from 0 to 1. */
export function percentile (values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? NaN
}

export function median (values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** `ms` of a run's receipt, by phase (runner/receipt.ts). */
export function phasesOf (run: Pick<Run, 'receipt'>): Readonly<Record<string, number>> {
  const ms = run.receipt?.ms
  if (typeof ms !== 'object' || ms === null) return {}
  return Object.fromEntries(Object.entries(ms).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}

/** One line for each phase: p50 and p95 over the runs that have it, in the order of the receipt. */
export function describePhases (runs: readonly Pick<Run, 'receipt'>[]): string[] {
  const phases = runs.map(phasesOf)
  const names = [...new Set(phases.flatMap(Object.keys))]
  const spares = runs.filter(run => run.receipt?.spareIsolate === true).length
  return [
    ...names.map(name => {
      const values = phases.flatMap(found => found[name] ?? [])
      return `${name.padEnd(12)} p50 ${percentile(values, 0.5).toFixed(2).padStart(8)} ms   p95 ${percentile(values, 0.95).toFixed(2).padStart(8)} ms`
    }),
    `a spare isolate was waiting for ${spares} of ${runs.length} runs`
  ]
}
