import type { Snippets } from '../snippet.ts'

export default [
  { members: 'encode decode', run: punycode => [punycode.encode('ma\u00f1ana'), punycode.decode('maana-pta')] },
  { members: 'toASCII toUnicode', run: punycode => [punycode.toASCII('ma\u00f1ana.com'), punycode.toUnicode('xn--maana-pta.com')] },
  { members: 'ucs2 version', run: punycode => [punycode.ucs2.decode('\ud83d\ude00a'), punycode.ucs2.encode([0x1f600])] }
] satisfies Snippets
