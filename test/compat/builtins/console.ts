import type { Snippets } from '../snippet.ts'

export default [
  { members: 'Console', run: ({ Console }, require) => { const { Writable } = require('stream'); const out: string[] = []; const c = new Console(new Writable({ write (chunk: Buffer, _e: string, done: () => void) { out.push(String(chunk)); done() } })); c.log('a %s', 'b', { c: 1 }); c.error('e'); c.group('g'); c.info('in'); c.groupEnd(); c.table([{ a: 1, b: 'x' }]); c.dir({ d: 1 }); c.assert(false, 'no'); c.count(); c.count(); return out } },
  { members: 'log info warn error debug table dir group groupEnd time timeEnd count assert trace', run: console => ['log', 'info', 'warn', 'error', 'debug', 'table', 'dir', 'group', 'groupEnd', 'time', 'timeEnd', 'count', 'assert', 'trace'].map(name => typeof console[name]) }
] satisfies Snippets
