const csv = require('csv-parser')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/harvest.csv`, { responseType: 'stream' })
  const rows = []
  await new Promise((resolve, reject) => data.pipe(csv({ mapHeaders: ({ header }) => header.toUpperCase(), mapValues: ({ value }) => value.trim() })).on('data', row => rows.push(row)).on('end', resolve).on('error', reject))
  await log.info('rows', rows.length)
  await axios.post(`${url}/_bulk_lines`, rows)
}
