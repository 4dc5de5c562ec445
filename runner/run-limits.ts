/** The limits of one run: the configured ones, and what a super-admin has set for its plugin or its owner instead. */
import { perUnit, RUN_LIMITS, type LimitRow, type RunLimits } from './limits.ts'
import type { Processing, RunLimitOverride } from '../store/types.ts'
import type { RunDeps } from './deps.ts'

export interface OverrideBound {
  /** Of the configuration; values are in its unit. */
  readonly key: LimitRow['key']
  readonly unit: LimitRow['unit']
  readonly configured: number
  readonly min: number
  readonly max: number
}

type Overrides = Partial<Record<'owner' | 'plugin', Pick<RunLimitOverride, 'values'>>>

/** Pure. What overrides may say while `configured` holds. A heap beyond the memory of its process would never be reached. */
export function overrideBounds (configured: RunLimits): OverrideBound[] {
  return rows.map(row => {
    const { key, unit, min } = row
    const value = configured[row.name] / perUnit(row)
    return { key, unit, configured: value, min: Math.min(min, value), max: maxOf(row, value, configured) }
  })
}

/**
 * Pure. The owner's value wins over the plugin's, the plugin's over the configured one. A value outside the bounds, which were others when
 * it was stored, counts as the nearest one; a key that means nothing any more is passed over.
 */
export function applyOverrides (configured: RunLimits, { owner, plugin }: Overrides): RunLimits {
  const bounds = new Map(overrideBounds(configured).map(bound => [bound.key, bound]))
  const changed = rows.flatMap(row => {
    const value = numberOf(owner, row) ?? numberOf(plugin, row)
    const bound = bounds.get(row.key)
    return value === undefined || bound === undefined ? [] : [[row.name, Math.min(bound.max, Math.max(bound.min, value)) * perUnit(row)] as const]
  })
  return changed.length === 0 ? configured : Object.freeze({ ...configured, ...Object.fromEntries(changed) })
}

/** For one run of the processing: its log, its cell, its brokers, its outcome and its receipt all have these. */
export async function withRunLimits (deps: RunDeps, { owner, plugin }: Pick<Processing, 'owner' | 'plugin'>): Promise<RunDeps> {
  const limits = applyOverrides(deps.limits, await deps.store.runLimits.of(owner, plugin))
  if (limits === deps.limits) return deps
  const http = { ...deps.brokers.limits?.http, concurrentRequests: limits.httpConcurrent, requests: limits.httpRequests, responseBytes: limits.httpBytesIn, requestBytes: limits.httpBytesOut }
  return { ...deps, limits, brokers: { ...deps.brokers, limits: { ...deps.brokers.limits, http } } }
}

const rows: readonly LimitRow[] = RUN_LIMITS.filter(({ override }) => override !== 'never')

function maxOf ({ name, max, override }: LimitRow, value: number, configured: RunLimits): number {
  if (override === 'lower') return value
  return name === 'heapMb' ? Math.max(value, Math.min(max, configured.cellMemoryMb)) : max
}

function numberOf (override: Overrides['owner'], { key }: LimitRow): number | undefined {
  const value = override?.values[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
