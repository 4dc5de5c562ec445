const Parser = require('rss-parser')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const feed = await new Parser().parseString((await axios.get(`${url}/feed.xml`)).data)
  await log.info(feed.title, feed.items.length)
  await log.info((await new Parser().parseURL(`${url}/feed.xml`)).items[0].title)
  await axios.post(`${url}/_bulk_lines`, feed.items)
}
