/** `perf_hooks`: the global clock, which tells whole milliseconds. Nothing is observed. */
/** Never calls back: entries are read from `performance`. */
class PerformanceObserver {
  static get supportedEntryTypes (): string[] { return ['mark', 'measure'] }
  observe (): void {}
  disconnect (): void {}
  takeRecords (): unknown[] { return [] }
}

const performance = Reflect.get(globalThis, 'performance') as { eventLoopUtilization: () => object } // globals/clock.ts

export default { performance, PerformanceObserver, eventLoopUtilization: () => performance.eventLoopUtilization(), timerify: (fn: unknown) => fn }
