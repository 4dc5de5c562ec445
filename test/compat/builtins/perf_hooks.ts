import type { Snippets } from '../snippet.ts'

export default [
  { members: 'performance', run: ({ performance: p }) => [typeof p.now(), typeof p.timeOrigin, p.mark('a').name, p.measure('m', 'a').entryType, p.getEntriesByName('a').length, p.getEntriesByType('mark').length > 0, p.clearMarks(), p.getEntriesByType('mark').length, typeof p.toJSON().timeOrigin, typeof p.eventLoopUtilization] },
  { members: 'performance', run: ({ performance: p }) => p.now() % 1 !== 0 || p.now() % 1 !== 0, differs: 'whole milliseconds' },
  { members: 'PerformanceObserver', run: ({ PerformanceObserver: P }) => [typeof new P(() => {}).observe, P.supportedEntryTypes.includes('mark')] },
  { members: 'PerformanceObserver PerformanceObserverEntryList', run: async ({ PerformanceObserver: P, PerformanceObserverEntryList: L, performance: p }) => { const seen: unknown[] = []; const o = new P((list: any, given: unknown) => { seen.push(list instanceof L, list.getEntries().map((entry: any) => entry.name), list.getEntriesByType('mark').length, given === o) }); o.observe({ entryTypes: ['mark'] }); p.mark('x'); p.mark('y'); p.measure('z', 'x', 'y'); await new Promise(resolve => setTimeout(resolve, 10)); o.disconnect(); p.mark('later'); await new Promise(resolve => setTimeout(resolve, 10)); return seen } },
  { members: 'performance PerformanceMark PerformanceMeasure PerformanceEntry', run: ({ performance: p, PerformanceMark: M, PerformanceMeasure: E, PerformanceEntry: B }) => { p.clearMarks(); p.clearMeasures(); const a = p.mark('from', { startTime: 5, detail: { x: 1 } }); p.mark('to', { startTime: 9 }); const m = p.measure('m', { start: 'from', end: 'to', detail: 4 }); const k = p.measure('k', { start: 1, duration: 7 }); const e = p.measure('e', { end: 9, duration: 2 }); return [a instanceof M, m instanceof E, m instanceof B, a.detail, a.toJSON(), m.toJSON(), [k.startTime, k.duration], [e.startTime, e.duration], p.measure('n', 'from', 'to').duration, p.getEntriesByName('m', 'measure').length, p.getEntriesByName('m', 'mark').length] } },
  { members: 'performance', run: ({ performance: p }) => p.measure('m', 'never set') },
  { members: 'performance', run: ({ performance: p }) => p.mark('m', { startTime: -1 }) },
  { members: 'PerformanceEntry', run: ({ PerformanceEntry: P }) => new P() },
  { members: 'performance Performance', run: ({ performance: p, Performance: P }) => [p instanceof P, p instanceof EventTarget, Object.prototype.toString.call(p), p === performance, Object.keys(p.toJSON()), p.nodeTiming.name] },
  { members: 'eventLoopUtilization', run: ({ eventLoopUtilization: e }) => Object.keys(e()).sort() },
  { members: 'timerify', run: ({ timerify }) => timerify((a: number) => a + 1)(1) }
] satisfies Snippets
