const xml2js = require('xml2js')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/feed.xml`)
  const parsed = await xml2js.parseStringPromise(data, { explicitArray: false, mergeAttrs: true })
  await log.info(parsed.rss.channel.title, parsed.rss.channel.item.length)
  await xml2js.parseStringPromise('<a><b></a>').catch(error => log.warning(error.message))
  await axios.post(`${url}/upload`, new xml2js.Builder({ renderOpts: { pretty: false } }).buildObject(parsed), { headers: { 'content-type': 'application/xml' } })
}
