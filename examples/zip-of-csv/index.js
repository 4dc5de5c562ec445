const { createHash } = require('node:crypto')
const { parse } = require('csv-parse')
const unzipper = require('unzipper')

exports.run = async ({ processingConfig, axios, log }) => {
  await log.step('Files of the archive')
  const response = await axios.get(processingConfig.url, { responseType: 'stream', maxRedirects: 4 })
  const entries = response.data.pipe(unzipper.Parse({ forceStream: true }))
  let rows = 0
  for await (const entry of entries) {
    // What is not read must be drained, or the next entry never comes.
    if (entry.type !== 'File' || !entry.path.endsWith('.csv')) {
      entry.autodrain()
      continue
    }
    const found = await summarise(entry)
    rows += found.rows
    await log.info(`${entry.path}: ${found.rows} rows of ${found.columns.join(', ')}`, found)
  }
  await log.info(`${rows} rows in all`)
}

async function summarise (entry) {
  const hash = createHash('sha256')
  entry.on('data', chunk => hash.update(chunk))
  let rows = 0
  let columns = []
  for await (const record of entry.pipe(parse({ columns: names => (columns = names), bom: true }))) {
    if (Object.keys(record).length > 0) rows++
  }
  return { rows, columns, sha256: hash.digest('hex') }
}
