import type { Snippets } from '../snippet.ts'

export default [
  {
    members: 'EventEmitter',
    run (events) {
      const seen: unknown[] = []
      const emitter = new events.EventEmitter()
      emitter.on('a', (...args: unknown[]) => seen.push(['on', ...args]))
      emitter.once('a', (...args: unknown[]) => seen.push(['once', ...args]))
      emitter.prependListener('a', () => seen.push('first'))
      return [emitter.emit('a', 1, 2), emitter.emit('a'), emitter.emit('b'), seen, emitter.listenerCount('a'), emitter.eventNames(), events === events.EventEmitter, emitter instanceof events, emitter.rawListeners('a').length]
    }
  },
  { members: 'EventEmitter', run: events => { function Old (this: object): void { events.call(this) } Object.setPrototypeOf(Old.prototype, events.prototype); return [new (Old as any)() instanceof events, events.length] } },
  { members: 'EventEmitter', run: events => new events.EventEmitter().emit('error', new RangeError('x')) },
  { members: 'EventEmitter', run: events => new events.EventEmitter().emit('error', 'text') },
  { members: 'EventEmitter', run: events => new events.EventEmitter().on('a', 'not a function') },
  { members: 'EventEmitter', run: events => { const e = new events.EventEmitter(); const f = (): void => {}; e.on('a', f).on('a', f).off('a', f); const before = e.listeners('a').length; e.removeAllListeners(); return [before, e.listeners('a')] } },
  { members: 'EventEmitter', run: events => { const e = new events.EventEmitter(); const seen: string[] = []; e.on('newListener', (name: string) => seen.push(name)).on('removeListener', (name: string) => seen.push(`-${name}`)); const f = (): void => {}; e.on('x', f).removeListener('x', f); return seen } },
  { members: 'errorMonitor', run: events => { const e = new events.EventEmitter(); const seen: string[] = []; e.on(events.errorMonitor, (error: Error) => seen.push(`monitor ${error.message}`)).on('error', (error: Error) => seen.push(error.message)); e.emit('error', new Error('x')); return [seen, String(events.errorMonitor)] } },
  { members: 'captureRejectionSymbol captureRejections', run: async events => { const e = new events.EventEmitter({ captureRejections: true }); const seen: string[] = []; e.on('error', (error: Error) => seen.push(error.message)).on('a', async () => { throw new Error('late') }); e.emit('a'); await new Promise(resolve => setTimeout(resolve, 5)); return [seen, String(events.captureRejectionSymbol), events.captureRejections] } },
  { members: 'once', run: async events => { const e = new events.EventEmitter(); setTimeout(() => e.emit('a', 1, 2), 1); return await events.once(e, 'a') } },
  { members: 'once', run: async events => { const e = new events.EventEmitter(); setTimeout(() => e.emit('error', new Error('no')), 1); return await events.once(e, 'a') } },
  { members: 'once', run: async events => { const e = new events.EventEmitter(); const c = new AbortController(); setTimeout(() => c.abort(), 1); return await events.once(e, 'a', { signal: c.signal }) } },
  { members: 'once', run: async events => { const t = new EventTarget(); setTimeout(() => t.dispatchEvent(new Event('x')), 1); return (await events.once(t, 'x')).map((event: Event) => event.type) } },
  { members: 'on', run: async events => { const e = new events.EventEmitter(); setTimeout(() => { e.emit('a', 1); e.emit('a', 2); e.emit('end') }, 1); const seen = []; for await (const value of events.on(e, 'a', { close: ['end'] })) seen.push(value); return seen } },
  { members: 'on', run: async events => { const e = new events.EventEmitter(); setTimeout(() => { e.emit('a', 1); e.emit('error', new Error('broke')) }, 1); const seen: unknown[] = []; try { for await (const value of events.on(e, 'a')) seen.push(value) } catch (error) { seen.push(error) } return seen } },
  { members: 'getEventListeners listenerCount', run: events => { const e = new events.EventEmitter(); e.on('a', () => {}); return [events.getEventListeners(e, 'a').length, events.listenerCount(e, 'a')] } },
  { members: 'getMaxListeners setMaxListeners defaultMaxListeners', run: events => { const e = new events.EventEmitter(); const before = [e.getMaxListeners(), events.getMaxListeners(e), events.defaultMaxListeners]; events.setMaxListeners(3, e); e.setMaxListeners(4); return [before, e.getMaxListeners()] } },
  { members: 'setMaxListeners', run: events => new events.EventEmitter().setMaxListeners(-1) },
  { members: 'addAbortListener', run: events => { const c = new AbortController(); let called = 0; const d = events.addAbortListener(c.signal, () => { called++ }); d[Symbol.dispose](); events.addAbortListener(c.signal, () => { called += 10 }); c.abort(); return called } },
  { members: 'getEventListeners', run: events => { const t = new EventTarget(); const f = (): void => {}; t.addEventListener('a', f); t.addEventListener('a', f, true); t.addEventListener('b', f); t.removeEventListener('b', f); return [events.getEventListeners(t, 'a').length, events.getEventListeners(t, 'a')[0] === f, events.getEventListeners(t, 'b'), events.getEventListeners(new AbortController().signal, 'abort').length, 'listeners' in EventTarget] } },
  { members: 'EventEmitterAsyncResource', run: (events, require) => { const { AsyncLocalStorage } = require('async_hooks'); const als = new AsyncLocalStorage(); const e = als.run('made', () => new events.EventEmitterAsyncResource({ name: 'Q' })); const seen: unknown[] = []; e.on('x', (value: unknown) => seen.push(value, als.getStore())); return [als.run('emitted', () => e.emit('x', 1)), seen, e instanceof events, typeof e.asyncId, e.asyncResource.constructor.name !== undefined, e.emitDestroy()] } },
  { members: 'init', run: events => typeof events.init }
] satisfies Snippets
