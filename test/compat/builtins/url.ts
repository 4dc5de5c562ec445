import type { Snippets } from '../snippet.ts'

export default [
  { members: 'parse', run: ({ parse }) => ['http://user:pass@host.com:8080/p/a/t/h?query=string#hash', '/a/b?c=d', 'mailto:a@b.c', '//host/path', 'HTTP://EXAMPLE.com', 'javascript:alert(1)', 'http://a.com/\u00e9 x', 'file:///etc/x', ''].map(text => Object.entries(parse(text)).sort(([a], [b]) => a < b ? -1 : 1)) },
  { members: 'parse', run: ({ parse }) => [parse('/a?b=1&c=2&b=3', true).query.b, parse('//h/p', false, true).host] },
  { members: 'parse', run: ({ parse }) => parse(3) },
  { members: 'format', run: ({ format }) => [format({ protocol: 'http', host: 'a.b', pathname: '/x', query: { y: [1, 2] } }), format(new URL('http://u:p@a.b/c?d#e'), { auth: false, fragment: false, search: false }), format('http://a b/')] },
  { members: 'resolve resolveObject', run: ({ resolve, resolveObject }) => [resolve('/one/two/three', 'four'), resolve('http://a.com/b', '/c'), resolve('http://a.com/b/c', '../d'), resolve('http://a.com', '//x.y/z'), { ...resolveObject('http://a/b', 'c') }.href] },
  { members: 'URL', run: ({ URL: U }) => { const u = new U('../c?d=e#f', 'http://U:p@EXAMPLE.com:80/a/b'); return [u.href, u.origin, u.host, u.port, u.pathname, u.search, u.hash, u.username, JSON.stringify(u), U.canParse('x'), U.canParse('x:y'), U.parse('nope')] } },
  { members: 'URL', run: ({ URL: U }) => new U('nope') },
  { members: 'URLSearchParams', run: ({ URLSearchParams: P }) => { const p = new P('a=1&b=%20x&a=2'); p.append('c', 'd e'); p.delete('b'); p.sort(); return [`${p}`, p.getAll('a'), p.get('z'), p.has('c'), [...p], p.size, `${new P({ q: '\u00e9&' })}`, `${new P([['x', 'y']])}`] } },
  { members: 'fileURLToPath', run: ({ fileURLToPath }) => [fileURLToPath('file:///a%20b/%C3%A9'), fileURLToPath(new URL('file:///x'))] },
  { members: 'fileURLToPath', run: ({ fileURLToPath }) => fileURLToPath('http://a.b') },
  { members: 'fileURLToPath', run: ({ fileURLToPath }) => fileURLToPath('file:///a%2Fb') },
  { members: 'fileURLToPathBuffer', run: ({ fileURLToPathBuffer }) => String(fileURLToPathBuffer('file:///a%20b')) },
  { members: 'pathToFileURL', run: ({ pathToFileURL }) => ['/a b#c?d', '/\u00e9%', '/x/'].map(path => pathToFileURL(path).href) },
  { members: 'domainToASCII domainToUnicode', run: ({ domainToASCII, domainToUnicode }) => [domainToASCII('espa\u00f1ol.com'), domainToUnicode('xn--espaol-zwa.com')] },
  { members: 'domainToASCII', run: ({ domainToASCII }) => domainToASCII('xn--i\u00f1valid.com'), differs: 'a label that begins with xn-- is not checked' },
  { members: 'urlToHttpOptions', run: ({ urlToHttpOptions }) => ({ ...urlToHttpOptions(new URL('https://a:b@x.y:8/p?q#h')) }) },
  { members: 'Url', run: ({ Url }) => { const u = new Url(); u.parse('http://a/b'); return [u.href, typeof Url] } }
] satisfies Snippets
