import type { Snippets } from '../snippet.ts'

export default [
  { members: 'performance', run: ({ performance: p }) => [typeof p.now(), typeof p.timeOrigin, p.mark('a').name, p.measure('m', 'a').entryType, p.getEntriesByName('a').length, p.getEntriesByType('mark').length > 0, p.clearMarks(), p.getEntriesByType('mark').length, typeof p.toJSON().timeOrigin, typeof p.eventLoopUtilization] },
  { members: 'performance', run: ({ performance: p }) => p.now() % 1 !== 0 || p.now() % 1 !== 0, differs: 'whole milliseconds' },
  { members: 'PerformanceObserver', run: ({ PerformanceObserver: P }) => [typeof new P(() => {}).observe, P.supportedEntryTypes.includes('mark')] },
  { members: 'PerformanceObserver', run: async ({ PerformanceObserver: P, performance: p }) => { let seen = 0; new P(() => { seen++ }).observe({ entryTypes: ['mark'] }); p.mark('x'); await new Promise(resolve => setTimeout(resolve, 5)); return seen }, differs: 'never calls back' },
  { members: 'eventLoopUtilization', run: ({ eventLoopUtilization: e }) => Object.keys(e()).sort() },
  { members: 'timerify', run: ({ timerify }) => timerify((a: number) => a + 1)(1) }
] satisfies Snippets
