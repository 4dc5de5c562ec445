import type { Snippets } from '../snippet.ts'

/** Names are looked up in test/sandbox/guest/dns.test.ts: here is no server to ask. */
export default [
  { members: 'lookup promises.lookup', run: async ({ lookup, promises }, require) => [await new Promise(resolve => lookup('127.0.0.1', (...answer: unknown[]) => resolve(answer))), await new Promise(resolve => lookup('::1', { all: true }, (...answer: unknown[]) => resolve(answer))), await promises.lookup('1.2.3.4'), await promises.lookup('1.2.3.4', { all: true }), await require('util').promisify(lookup)('1.2.3.4')] },
  { members: 'lookup', run: ({ lookup }) => [() => lookup(5, () => {}), () => lookup('a'), () => lookup('a', { family: 5 }, () => {})].map(f => { try { return typeof f() } catch (error) { return [(error as Error).name, (error as { code: string }).code] } }) },
  { members: 'getDefaultResultOrder setDefaultResultOrder promises.getDefaultResultOrder promises.setDefaultResultOrder', run: ({ setDefaultResultOrder, getDefaultResultOrder }) => { const before = getDefaultResultOrder(); setDefaultResultOrder('ipv4first'); const after = getDefaultResultOrder(); setDefaultResultOrder(before); return [before, after] } },
  { members: 'lookup', run: ({ ADDRCONFIG, V4MAPPED, NOTFOUND, NODATA, SERVFAIL }) => [typeof ADDRCONFIG, typeof V4MAPPED, NOTFOUND, NODATA, SERVFAIL] }
] satisfies Snippets
