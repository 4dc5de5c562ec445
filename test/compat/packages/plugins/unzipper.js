const unzipper = require('unzipper')
const fs = require('fs')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir, dir }) => {
  const { data } = await axios.get(`${url}/files.zip`, { responseType: 'stream' })
  for await (const entry of data.pipe(unzipper.Parse({ forceStream: true }))) {
    await log.info(entry.path, entry.type)
    if (entry.path.endsWith('.csv')) fs.writeFileSync(path.join(dir, path.basename(entry.path)), await entry.buffer())
    else entry.autodrain()
  }
  const file = path.join(tmpDir, 'files.zip')
  fs.writeFileSync(file, Buffer.from((await axios.get(`${url}/files.zip`, { responseType: 'arraybuffer' })).data))
  const directory = await unzipper.Open.file(file)
  await log.info('directory', directory.files.map(({ path, uncompressedSize }) => [path, uncompressedSize]))
  await log.info('first', (await directory.files[0].buffer()).length)
}
