import type { Snippets } from '../snippet.ts'

export default [
  { members: 'StringDecoder', run: ({ StringDecoder }) => ['utf8', 'utf16le', 'base64', 'base64url', 'hex', 'latin1', 'ascii'].map(encoding => { const d = new StringDecoder(encoding); return [encoding, ...[...Buffer.from('\u20aca\u00e9\ud83d\ude00?>')].map(byte => d.write(Buffer.from([byte]))), d.end()] }) },
  { members: 'StringDecoder', run: ({ StringDecoder }) => { const d = new StringDecoder(); return [d.write(Buffer.from([0xe2, 0x82])), d.end(), d.encoding, d.write('text'), d.end(Buffer.from([0xc3])), d.lastNeed] } },
  { members: 'StringDecoder', run: ({ StringDecoder }) => new StringDecoder('nope') },
  { members: 'StringDecoder', run: ({ StringDecoder }) => new StringDecoder().write(3) },
  { members: 'StringDecoder', run: ({ StringDecoder }) => new StringDecoder('utf8').write(new Uint16Array([0x4241])) }
] satisfies Snippets
