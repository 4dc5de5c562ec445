const iconv = require('iconv-lite')
const { pipeline } = require('stream/promises')
const fs = require('fs')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, dir }) => {
  const { data } = await axios.get(`${url}/latin.csv`, { responseType: 'stream' })
  await pipeline(data, iconv.decodeStream('iso-8859-1'), iconv.encodeStream('utf-16le'), fs.createWriteStream(path.join(dir, 'utf16.csv')))
  await log.info(iconv.decode(fs.readFileSync(path.join(dir, 'utf16.csv')), 'utf-16le').slice(0, 30))
  await log.info(iconv.encode('日本語', 'shift_jis').toString('hex'), iconv.encodingExists('win1252'))
}
