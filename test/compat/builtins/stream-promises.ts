import type { Snippets } from '../snippet.ts'

export default [
  { members: 'pipeline', run: async ({ pipeline }, require) => { const { Readable } = require('stream'); return await pipeline(Readable.from(['a', 'b']), async (source: AsyncIterable<string>) => { let all = ''; for await (const c of source) all += c; return all }) } },
  { members: 'finished', run: async ({ finished }, require) => { const { Readable } = require('stream'); const r = new Readable({ read () {} }); r.destroy(new Error('gone')); return await finished(r) } }
] satisfies Snippets
