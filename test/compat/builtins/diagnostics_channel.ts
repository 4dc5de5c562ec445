import type { Snippets } from '../snippet.ts'

export default [
  { members: 'channel subscribe unsubscribe hasSubscribers Channel', run: dc => { const seen: unknown[] = []; const listener = (message: unknown, name: string): void => { seen.push([message, name]) }; dc.subscribe('a', listener); const had = dc.hasSubscribers('a'); dc.channel('a').publish({ x: 1 }); const off = dc.unsubscribe('a', listener); dc.channel('a').publish(2); return [seen, had, off, dc.hasSubscribers('a'), dc.channel('a') instanceof dc.Channel] } },
  { members: 'tracingChannel', run: async dc => { const seen: string[] = []; const t = dc.tracingChannel('t'); t.subscribe({ start: () => seen.push('start'), end: () => seen.push('end'), asyncStart: () => seen.push('asyncStart'), asyncEnd: () => seen.push('asyncEnd'), error: () => seen.push('error') }); const sync = t.traceSync((a: number) => a + 1, {}, null, 1); const value = await t.tracePromise(async () => 5); await t.tracePromise(async () => { throw new Error('x') }).catch(() => {}); return [seen, sync, value, t.hasSubscribers] } },
  { members: 'channel', run: (dc, require) => { const { AsyncLocalStorage } = require('async_hooks'); const als = new AsyncLocalStorage(); const c = dc.channel('s'); c.bindStore(als, (data: number) => data * 2); return [c.runStores(21, () => als.getStore()), als.getStore(), c.unbindStore(als)] } }
] satisfies Snippets
