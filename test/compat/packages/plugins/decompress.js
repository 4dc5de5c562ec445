const decompress = require('decompress')
const fs = require('fs')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir, dir }) => {
  const file = path.join(tmpDir, 'files.zip')
  fs.writeFileSync(file, Buffer.from((await axios.get(`${url}/files.zip`, { responseType: 'arraybuffer' })).data))
  const files = await decompress(file, dir, { filter: ({ path }) => path.endsWith('.csv') })
  await log.info('files', files.map(({ path, data }) => [path, data.length]))
}
