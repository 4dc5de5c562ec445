/** `perf_hooks`: the classes of `performance`, whose clock tells whole milliseconds. */
import { parts } from '../parts.ts'

const { Performance, performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver, PerformanceObserverEntryList } = parts.performance()

export default {
  Performance,
  performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  eventLoopUtilization: () => performance.eventLoopUtilization(),
  timerify: (fn: unknown) => performance.timerify(fn)
}
