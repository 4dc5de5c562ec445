import type { Snippets } from '../snippet.ts'

export default [
  {
    members: 'finished isErrored isReadable isDisturbed',
    run: async (stream, require) => {
      const { ReadableStream, WritableStream } = require('stream/web')
      const ended = (web: object): Promise<unknown> => new Promise(resolve => stream.finished(web, (error?: Error) => resolve(error?.message ?? 'ended')))
      const read = new ReadableStream({ start (controller: any) { controller.enqueue('a'); controller.close() } })
      const broken = new ReadableStream({ start (controller: any) { setTimeout(() => controller.error(new Error('broken')), 1) } })
      const before = [stream.isReadable(read), stream.isErrored(read), stream.isDisturbed(read)]
      const all = Promise.all([ended(read), ended(broken)])
      await read.pipeTo(new WritableStream())
      const written = new WritableStream()
      const third = ended(written)
      await written.getWriter().close()
      return [before, await all, await third, stream.isReadable(read), stream.isErrored(broken), stream.isDisturbed(read)]
    }
  },
  { members: 'Readable', run: async ({ Readable }) => { const seen = []; for await (const chunk of Readable.from(['a', Buffer.from('b'), { c: 1 }])) seen.push(String(chunk)); return seen } },
  { members: 'Readable', run: async ({ Readable }) => await new Promise(resolve => { const seen: unknown[] = []; let n = 0; const r = new Readable({ read () { this.push(n < 3 ? `${n++}` : null) } }); r.setEncoding('utf8').on('data', (c: string) => seen.push(c)).on('end', () => resolve([seen, r.readableEnded, r.destroyed])) }) },
  { members: 'Readable', run: async ({ Readable }) => { const r = new Readable({ read () {} }); setTimeout(() => r.destroy(new Error('broken')), 1); return await new Promise(resolve => r.on('error', resolve)) } },
  { members: 'Readable', run: async ({ Readable }) => await Readable.from([1, 2, 3, 4]).filter((x: number) => x % 2 === 0).map(async (x: number) => x * 10).toArray() },
  { members: 'Readable', run: async ({ Readable }) => [await Readable.from([1, 2, 3]).reduce((a: number, b: number) => a + b, 0), await Readable.from([1, 2]).some((x: number) => x > 1), await Readable.from([1, 2, 3]).drop(1).take(1).toArray(), await Readable.from([1, 2]).flatMap((x: number) => [x, x]).toArray()] },
  { members: 'Readable', run: ({ Readable }) => { const r = Readable(); return [r instanceof Readable, r.readableHighWaterMark, r.readableObjectMode, r.readableFlowing, r.readable] } },
  { members: 'Writable', run: async ({ Writable }) => await new Promise(resolve => { const seen: unknown[] = []; const w = new Writable({ write (c: Buffer, e: string, done: () => void) { seen.push([c.toString(), e]); done() }, final (done: () => void) { seen.push('final'); done() } }); w.on('finish', () => resolve([seen, w.writableFinished, w.writableLength])); w.write('a'); w.write(Buffer.from('b')); w.end('c') }) },
  { members: 'Writable', run: ({ Writable }) => { const w = Writable({ write (_c: unknown, _e: unknown, done: () => void) { setTimeout(done, 1) }, highWaterMark: 3 }); return [w.write('ab'), w.write('cd'), w.writableNeedDrain, w.writableLength, w.writableHighWaterMark] } },
  { members: 'Writable', run: async ({ Writable }) => await new Promise(resolve => { const w = new Writable({ write (_c: unknown, _e: unknown, done: (e: Error) => void) { done(new Error('no')) } }); w.on('error', (error: Error) => resolve([error, w.destroyed, w.errored?.message])); w.write('x') }) },
  { members: 'Writable', run: async ({ Writable }) => await new Promise(resolve => { const w = new Writable({ write (_c: unknown, _e: unknown, done: () => void) { done() } }); w.on('error', resolve); w.end(); w.write('late') }) },
  { members: 'Writable', run: async ({ Writable }) => await new Promise(resolve => { const seen: unknown[] = []; const w = new Writable({ writev (chunks: { chunk: Buffer }[], done: () => void) { seen.push(chunks.map(({ chunk }) => chunk.toString())); done() } }); w.cork(); w.write('a'); w.write('b'); w.uncork(); w.end(() => resolve(seen)) }) },
  { members: 'Writable', run: ({ Writable }) => new Writable({ write () {} }).write(null) },
  { members: 'Transform', run: async ({ Transform, pipeline, Readable }) => await new Promise(resolve => { const seen: string[] = []; const t = new Transform({ transform (c: Buffer, _e: string, done: (e: null, c: string) => void) { done(null, c.toString().toUpperCase()) }, flush (done: (e: null, c: string) => void) { done(null, '!') } }); t.on('data', (c: Buffer) => seen.push(c.toString())); pipeline(Readable.from(['a', 'b']), t, (error: Error) => resolve([seen, error])) }) },
  { members: 'Transform', run: async ({ Transform }) => { function Old (this: any): void { if (!(this instanceof (Old as any))) return new (Old as any)(); Transform.call(this, { objectMode: true }) } Object.setPrototypeOf(Old.prototype, Transform.prototype); Old.prototype._transform = function (c: number, _e: string, done: () => void) { this.push(c * 2); done() }; const t = (Old as any)(); t.write(1); t.end(2); return await t.toArray() } },
  { members: 'Duplex', run: async ({ Duplex }) => { const d = new Duplex({ read () { this.push('out'); this.push(null) }, write (_c: unknown, _e: unknown, done: () => void) { done() } }); d.end('in'); return [(await d.toArray()).map(String), d.allowHalfOpen] } },
  { members: 'Duplex', run: async ({ Duplex }) => (await Duplex.from(async function * (source: AsyncIterable<Buffer>) { for await (const c of source) yield String(c).toUpperCase() }).end('abc').toArray()).map(String) },
  { members: 'PassThrough', run: async ({ PassThrough }) => { const p = new PassThrough(); p.write('a'); p.end('b'); return (await p.toArray()).map(String) } },
  { members: 'pipeline promises', run: async ({ promises, Readable, PassThrough }) => { const seen: string[] = []; await promises.pipeline(Readable.from(['a', 'b']), new PassThrough(), async function (source: AsyncIterable<Buffer>) { for await (const c of source) seen.push(String(c)) }); return seen } },
  { members: 'pipeline', run: async ({ pipeline, Readable, Writable }) => await new Promise(resolve => pipeline(Readable.from(['a']), new Writable({ write (_c: unknown, _e: unknown, done: (e: Error) => void) { done(new Error('sink')) } }), (error: Error) => resolve(error))) },
  { members: 'pipeline', run: async ({ promises, Readable, PassThrough }) => { const c = new AbortController(); setTimeout(() => c.abort(), 1); return await promises.pipeline(new Readable({ read () {} }), new PassThrough(), { signal: c.signal }) } },
  { members: 'finished', run: async ({ finished, PassThrough }) => await new Promise(resolve => { const p = new PassThrough(); finished(p, (error: Error) => resolve(error)); p.resume(); p.destroy() }) },
  { members: 'finished promises', run: async ({ promises, PassThrough }) => { const p = new PassThrough(); p.resume(); p.end('x'); return await promises.finished(p) } },
  { members: 'Stream', run: stream => [stream === stream.Stream, new stream.Readable() instanceof stream, typeof stream.prototype.pipe, Object.keys(new stream.Stream()).includes('_events')] },
  { members: 'Readable', run: async ({ Readable, Writable }) => await new Promise(resolve => { const seen: string[] = []; const w = new Writable({ write (c: Buffer, _e: string, done: () => void) { seen.push(String(c)); setTimeout(done, 1) }, highWaterMark: 1 }); Readable.from(['a', 'b', 'c'], { objectMode: false }).pipe(w).on('finish', () => resolve(seen)) }) },
  { members: 'Readable', run: async ({ Readable }) => { const r = new Readable({ read () {}, objectMode: true }); r.push(1); r.push(2); r.unshift(0); r.push(null); return await r.toArray() } },
  { members: 'Readable', run: async ({ Readable }) => await new Promise(resolve => { const r = new Readable({ read () {} }); const seen: unknown[] = []; r.on('readable', () => { let c; while ((c = r.read(2)) !== null) seen.push(String(c)) }); r.on('end', () => resolve(seen)); r.push('abc'); r.push('de'); r.push(null) }) },
  { members: 'duplexPair', run: async ({ duplexPair }) => { const [a, b] = duplexPair(); a.end('to b'); b.end('to a'); return [(await a.toArray()).map(String), (await b.toArray()).map(String)] } },
  { members: 'getDefaultHighWaterMark setDefaultHighWaterMark', run: stream => { const before = [stream.getDefaultHighWaterMark(false), stream.getDefaultHighWaterMark(true)]; stream.setDefaultHighWaterMark(true, 20); const after = stream.getDefaultHighWaterMark(true); stream.setDefaultHighWaterMark(true, 16); return [before, after] } },
  { members: 'addAbortSignal', run: async ({ addAbortSignal, Readable }) => { const c = new AbortController(); const r = addAbortSignal(c.signal, new Readable({ read () {} })); c.abort(); return await new Promise(resolve => r.on('error', (e: Error) => resolve([e.name, (e as any).code]))) } },
  { members: 'compose', run: async ({ compose, PassThrough, Readable }) => (await Readable.from(['a']).compose(compose(new PassThrough(), async function * (s: AsyncIterable<Buffer>) { for await (const c of s) yield `${c}!` })).toArray()).map(String) },
  { members: 'isReadable isWritable isErrored isDisturbed isDestroyed', run: ({ Readable, Writable, isReadable, isErrored, isDisturbed, isDestroyed, isWritable }) => { const r = new Readable(); return [isReadable(r), isErrored(r), isDisturbed(r), isDestroyed(r), isWritable(new Writable()), isReadable({})] } },
  { members: 'destroy', run: async ({ destroy, Readable }) => { const r = new Readable(); destroy(r, new Error('d')); return await new Promise(resolve => r.on('error', resolve)) } },
  { members: 'Readable', run: async ({ Readable }) => { const web = Readable.toWeb(Readable.from(['a', 'b'])); const seen = []; for await (const c of web) seen.push(c); const back = []; for await (const c of Readable.fromWeb(new ReadableStream({ start (k) { k.enqueue('x'); k.enqueue('y'); k.close() } }))) back.push(String(c)); return [seen, back] } },
  { members: 'Writable', run: async ({ Writable }) => { const seen: string[] = []; const writer = Writable.toWeb(new Writable({ write (c: Buffer, _e: string, done: () => void) { seen.push(String(c)); setTimeout(done, 1) } })).getWriter(); await writer.write('a'); await writer.write('b'); await writer.close(); const into: string[] = []; const w = Writable.fromWeb(new WritableStream({ write (c) { into.push(String(c)) } })); await new Promise(resolve => w.end('z', resolve)); return [seen, into] } },
  { members: 'Duplex', run: async ({ Duplex, PassThrough }) => { const { readable, writable } = Duplex.toWeb(new PassThrough()); const writer = writable.getWriter(); writer.write('q'); writer.close(); const seen = []; for await (const c of readable) seen.push(String.fromCharCode(...c)); return seen } },
  { members: 'Readable', run: async ({ Readable }) => { const old = new (Object.getPrototypeOf(Object.getPrototypeOf(Readable)))(); old.pause = old.resume = () => {}; const r = new Readable().wrap(old); old.emit('data', Buffer.from('w')); old.emit('end'); return (await r.toArray()).map(String) } },
  { members: 'Readable', run: async ({ Readable }) => await new Promise(resolve => { const r = new Readable({ read () {} }); r.on('error', (e: any) => resolve([e.name, e.code, r.destroyed])); r.push(5) }) },
  { members: 'promises.finished promises.pipeline', run: (stream, require) => stream.promises === require('stream/promises') }
] satisfies Snippets
