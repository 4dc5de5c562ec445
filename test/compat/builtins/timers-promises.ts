import type { Snippets } from '../snippet.ts'

export default [
  { members: 'setTimeout setImmediate', run: async timers => [await timers.setTimeout(1, 'v'), await timers.setImmediate('w')] },
  { members: 'setTimeout', run: async timers => { const c = new AbortController(); setTimeout(() => c.abort(), 1); return await timers.setTimeout(1000, 'v', { signal: c.signal }) } },
  { members: 'setInterval', run: async timers => { const seen = []; for await (const v of timers.setInterval(1, 'tick')) { seen.push(v); if (seen.length === 3) break } return seen } },
  { members: 'scheduler', run: async timers => [await timers.scheduler.wait(1), await timers.scheduler.yield()] }
] satisfies Snippets
