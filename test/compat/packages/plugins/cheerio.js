const cheerio = require('cheerio')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/page.html`)
  const $ = cheerio.load(data)
  const links = $('a[href]').map((_, link) => ({ href: new URL($(link).attr('href'), 'https://example.org/a/').href, text: $(link).text() })).get()
  await log.info($('title').text(), links.length)
  $('script').remove()
  await axios.post(`${url}/_bulk_lines`, [...links, { html: $('main').html() }])
}
