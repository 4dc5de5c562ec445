import type { Snippets } from '../snippet.ts'

export default [
  { members: 'parse decode', run: qs => [{ ...qs.parse('a=1&b=2&a=3&c&=d&e=%20x+y&f=%zz') }, { ...qs.parse('a:1;b:2', ';', ':') }, { ...qs.parse('a=1&b=2', null, null, { maxKeys: 1 }) }, qs.decode === qs.parse] },
  { members: 'stringify encode', run: qs => [qs.stringify({ a: [1, 2], b: 'x y', c: true, d: null, e: '\u00e9', f: 10n }), qs.stringify({ a: 1, b: 2 }, ';', ':'), qs.encode === qs.stringify, qs.stringify('x')] },
  { members: 'escape unescape unescapeBuffer', run: qs => [qs.escape('a b&\u00e9'), qs.unescape('a%20b'), String(qs.unescapeBuffer('a%20b'))] }
] satisfies Snippets
