const byline = require('byline')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/harvest.csv`, { responseType: 'stream' })
  const lines = []
  for await (const line of byline(data, { encoding: 'utf8' })) lines.push(line)
  await log.info(lines[1], lines.length)
}
