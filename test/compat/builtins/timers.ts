import type { Snippets } from '../snippet.ts'

export default [
  { members: 'setTimeout clearTimeout', run: async timers => await new Promise(resolve => { const seen: unknown[] = []; const t = timers.setTimeout(() => seen.push('never'), 1); timers.clearTimeout(t); timers.setTimeout((a: unknown, b: unknown) => { seen.push(a, b); resolve([seen, t.hasRef(), typeof t.ref, typeof t[Symbol.toPrimitive]()]) }, 5, 1, 2) }) },
  { members: 'setInterval clearInterval', run: async timers => await new Promise(resolve => { let n = 0; const t = timers.setInterval(() => { if (++n === 3) { timers.clearInterval(t); setTimeout(() => resolve(n), 10) } }, 1) }) },
  { members: 'setImmediate clearImmediate', run: async timers => await new Promise(resolve => { const seen: string[] = []; const i = timers.setImmediate(() => seen.push('never')); timers.clearImmediate(i); timers.setImmediate(() => { seen.push('x'); resolve(seen) }) }) },
  { members: 'promises', run: async timers => [await timers.promises.setTimeout(1, 'v'), timers.promises.setTimeout.name !== undefined] },
  { members: 'setTimeout', run: timers => timers.setTimeout('x') },
  { members: 'promises.setTimeout promises.setImmediate promises.setInterval promises.scheduler', run: (timers, require) => timers.promises === require('timers/promises') }
] satisfies Snippets
