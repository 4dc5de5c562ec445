/** What the server of the compared plugins serves: small files of the kinds that plugins download. Always the same bytes. */
import { gzipSync } from 'node:zlib'
import * as XLSX from 'xlsx'
import { writeZip } from '../../servers/zip-writer.ts'

const ROWS = 1_500
const PLACES = 400

export function servedFiles (): Record<string, Buffer> {
  const harvest = Buffer.from(`\uFEFFname,kg,note\n${Array.from({ length: ROWS }, (_, n) => `Pommier ${n},${(n % 97) / 4},"é ""${n}"", and more"\n`).join('')}`)
  const places = {
    type: 'FeatureCollection',
    features: Array.from({ length: PLACES }, (_, n) => ({
      type: 'Feature',
      properties: { name: `Lieu n°${n}`, people: (n * 7919) % 1_500, kind: ['city', 'town', 'village'][n % 3] },
      geometry: { type: 'Point', coordinates: [Math.round(Math.sin(n) * 500) / 100, 43 + n / 100] }
    }))
  }
  return {
    '/harvest.csv': harvest,
    '/harvest.csv.gz': gzipSync(harvest),
    '/latin.csv': Buffer.from('nom;état\nPêche;mûre\nChâtaigne;dorée\n', 'latin1'),
    '/places.json': Buffer.from(JSON.stringify(places)),
    '/lines.ndjson': Buffer.from(Array.from({ length: ROWS }, (_, n) => `{"n":${n}}\n`).join('')),
    '/feed.xml': Buffer.from(feed()),
    '/page.html': Buffer.from(PAGE),
    '/files.zip': writeZip({ 'one.csv': 'a,b\n1,2\n', 'notes.txt': 'no CSV', 'deep/two.csv': `x\n${'line\n'.repeat(20_000)}` }),
    '/book.xlsx': book()
  }
}

function feed (): string {
  const items = Array.from({ length: 40 }, (_, n) => `<item><title>News &amp; more ${n}</title><link>https://example.org/${n}</link><pubDate>Thu, 29 Feb 2024 12:30:00 GMT</pubDate><guid isPermaLink="false">${n}</guid></item>`)
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Actualités</title><link>https://example.org</link><description><![CDATA[<b>All</b>]]></description>${items.join('')}</channel></rss>`
}

function book (): Buffer {
  const made = XLSX.utils.book_new()
  XLSX.utils.book_append_sheet(made, XLSX.utils.json_to_sheet(Array.from({ length: 300 }, (_, n) => ({ n, name: `arbre ${n}`, share: n / 8, planted: n % 2 === 0 }))), 'Arbres')
  return XLSX.write(made, { type: 'buffer', bookType: 'xlsx' }) as Buffer // what type: 'buffer' gives
}

const PAGE = `<!doctype html><html><head><title>Une page</title><script>var hidden = 1</script></head><body><main><h1>Title</h1>
<p>Some <strong>bold</strong> and <em>slanted</em> text, <a href="b?c=1">one link</a> and <a href="/d">another</a>.</p>
<ul><li>first</li><li>second &eacute;</li></ul><table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table></main></body></html>
`
