const pump = require('pump')
const { promisify } = require('util')
const fs = require('fs')
const path = require('path')
const zlib = require('zlib')

exports.run = async ({ processingConfig: { url }, axios, log, dir }) => {
  const response = await axios.get(`${url}/harvest.csv.gz`, { responseType: 'stream' })
  await log.info('headers', { type: response.headers['content-type'], name: response.headers['content-disposition'] })
  await promisify(pump)(response.data, zlib.createUnzip(), fs.createWriteStream(path.join(dir, 'harvest.csv')))
  await log.info('written', fs.statSync(path.join(dir, 'harvest.csv')).size)
  await promisify(pump)(fs.createReadStream(path.join(dir, 'absent')), fs.createWriteStream(path.join(dir, 'x'))).catch(error => log.warning(error.code))
}
