const TurndownService = require('turndown')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/page.html`)
  const text = new TurndownService({ headingStyle: 'atx' }).turndown(data)
  await log.info(text)
  await axios.post(`${url}/upload`, text, { headers: { 'content-type': 'text/markdown' } })
}
