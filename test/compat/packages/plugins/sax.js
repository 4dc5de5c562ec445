const sax = require('sax')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/feed.xml`, { responseType: 'stream' })
  const seen = {}
  const parser = sax.createStream(true)
  parser.on('opentag', ({ name }) => { seen[name] = (seen[name] ?? 0) + 1 })
  await new Promise((resolve, reject) => data.pipe(parser).on('end', resolve).on('error', reject))
  await log.info('tags', seen)
}
