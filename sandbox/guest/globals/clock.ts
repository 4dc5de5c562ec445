/** Clocks. All tell whole milliseconds: a finer clock would help to measure what other code on the machine does. */
import { create, define, max, now } from '../primordials.ts'

let origin = 0
let last = 0

/** A clock in a snapshot stands still: it starts when the context is opened. */
export function startClock (): void {
  origin = now()
  last = origin
}

/** Milliseconds since the start, never backwards. */
export function elapsedMs (): number {
  last = max(last, now())
  return last - origin
}

export function hrtime (previous?: readonly [number, number]): [number, number] {
  const ms = elapsedMs()
  const seconds = Math.floor(ms / 1_000) - (previous?.[0] ?? 0)
  const nanoseconds = (ms % 1_000) * 1e6 - (previous?.[1] ?? 0)
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds]
}

export function hrtimeBigint (): bigint {
  return BigInt(elapsedMs()) * 1_000_000n
}

interface PerformanceEntry { readonly name: string, readonly entryType: 'mark' | 'measure', readonly startTime: number, readonly duration: number, readonly detail: unknown }

const MAX_ENTRIES = 1_000

/** `performance`: now, timeOrigin, marks and measures. */
export function createPerformance (): object {
  let entries: PerformanceEntry[] = []
  const add = (entry: PerformanceEntry): PerformanceEntry => {
    entries = [...entries.slice(-MAX_ENTRIES + 1), entry]
    return entry
  }
  const at = (mark: unknown, missing: number): number => {
    if (typeof mark === 'number') return mark
    return entries.findLast(entry => entry.entryType === 'mark' && entry.name === mark)?.startTime ?? missing
  }
  const performance: object = create(Object.prototype)
  const methods = {
    now: elapsedMs,
    mark: (name: unknown, options: { startTime?: number, detail?: unknown } = {}) =>
      add({ name: `${name}`, entryType: 'mark', startTime: options.startTime ?? elapsedMs(), duration: 0, detail: options.detail ?? null }),
    measure: (name: unknown, from?: unknown, to?: unknown) => {
      const startTime = at(from, 0)
      return add({ name: `${name}`, entryType: 'measure', startTime, duration: at(to, elapsedMs()) - startTime, detail: null })
    },
    getEntries: () => [...entries],
    getEntriesByName: (name: string) => entries.filter(entry => entry.name === name),
    getEntriesByType: (type: string) => entries.filter(entry => entry.entryType === type),
    clearMarks: (name?: string) => { entries = entries.filter(entry => entry.entryType !== 'mark' || (name !== undefined && entry.name !== name)) },
    clearMeasures: (name?: string) => { entries = entries.filter(entry => entry.entryType !== 'measure' || (name !== undefined && entry.name !== name)) },
    timerify: (fn: unknown) => fn,
    eventLoopUtilization: () => ({ idle: 0, active: elapsedMs(), utilization: 1 }),
    toJSON: () => ({ timeOrigin: origin })
  }
  for (const [name, method] of Object.entries(methods)) define(performance, name, method, true)
  Object.defineProperty(performance, 'timeOrigin', { get: () => origin, enumerable: true, configurable: true })
  define(performance, Symbol.toStringTag, 'Performance')
  return performance
}
