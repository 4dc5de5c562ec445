const fs = require('fs')
const path = require('path')
const { pipeline } = require('stream/promises')

exports.run = async ({ processingConfig: { url }, log, dir }) => {
  const { got } = await import('got-14')
  const { features } = await got(`${url}/places.json`, { searchParams: { q: 'é' } }).json()
  await log.info('places', features.length)
  await pipeline(got.stream(`${url}/redirect`), fs.createWriteStream(path.join(dir, 'harvest.csv')))
  await got(`${url}/absent`, { retry: { limit: 0 } }).catch(error => log.warning(error.name, error.response.statusCode))
  await log.info('posted', await got.post(`${url}/upload`, { json: { a: 1 }, headers: { 'x-mine': 'yes' } }).json())
  await pipeline(fs.createReadStream(path.join(dir, 'harvest.csv')), got.stream.put(`${url}/file`), fs.createWriteStream(path.join(dir, 'answer.json')))
}
