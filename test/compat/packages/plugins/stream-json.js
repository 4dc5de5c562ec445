const { parser } = require('stream-json')
const { pick } = require('stream-json/filters/Pick')
const { streamArray } = require('stream-json/streamers/StreamArray')
const { chain } = require('stream-chain')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/places.json`, { responseType: 'stream' })
  let people = 0
  for await (const { key, value } of chain([data, parser(), pick({ filter: 'features' }), streamArray()])) {
    people += value.properties.people
    if (key % 100 === 0) await log.progress('places', key, 400)
  }
  await log.info('people', people)
}
