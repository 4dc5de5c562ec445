import type { Snippets } from '../snippet.ts'

export default [
  { members: 'text json buffer arrayBuffer blob bytes', run: async (consumers, require) => { const { Readable } = require('stream'); const from = (text: string): unknown => Readable.from([Buffer.from(text.slice(0, 2)), Buffer.from(text.slice(2))]); return [await consumers.text(from('a\u00e9b')), await consumers.json(from('{"a":1}')), String(await consumers.buffer(from('xyz'))), (await consumers.arrayBuffer(from('xyz'))).byteLength, (await consumers.blob(from('xyz'))).size, [...await consumers.bytes(from('xy'))], await consumers.text(new Blob(['web']).stream())] } }
] satisfies Snippets
