const archiver = require('archiver')
const unzipper = require('unzipper')
const fs = require('fs')
const path = require('path')
const { finished } = require('stream/promises')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir }) => {
  const file = path.join(tmpDir, 'made.zip')
  const archive = archiver('zip', { zlib: { level: 9 } })
  const out = fs.createWriteStream(file)
  archive.pipe(out)
  archive.append((await axios.get(`${url}/harvest.csv`)).data, { name: 'harvest.csv' })
  archive.append(Buffer.from('é'), { name: 'deep/note.txt' })
  await archive.finalize()
  await finished(out)
  const { files } = await unzipper.Open.file(file)
  for (const entry of files) await log.info(entry.path, (await entry.buffer()).length)
}
