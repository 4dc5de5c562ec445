const split = require('split2')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/lines.ndjson`, { responseType: 'stream' })
  let sum = 0
  for await (const { n } of data.pipe(split(JSON.parse))) sum += n
  await log.info('sum', sum)
}
