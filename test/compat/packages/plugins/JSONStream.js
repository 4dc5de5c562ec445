const JSONStream = require('JSONStream')
const { pipeline } = require('stream/promises')
const fs = require('fs')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, dir }) => {
  const { data } = await axios.get(`${url}/places.json`, { responseType: 'stream' })
  const names = []
  const parser = JSONStream.parse('features.*.properties')
  parser.on('data', ({ name }) => names.push(name))
  await pipeline(data, parser, JSONStream.stringify(), fs.createWriteStream(path.join(dir, 'properties.json')))
  await log.info('places', names.slice(0, 3))
  await log.info('written', JSON.parse(fs.readFileSync(path.join(dir, 'properties.json'), 'utf8')).length)
}
