import { parseCsv } from './csv.js'
import { summarise } from './summary.js'

export async function run ({ processingConfig, axios, log }) {
  const { url, separator = ',' } = processingConfig

  await log.step('Download')
  const { data } = await axios.get(url, { responseType: 'text' })
  await log.info(`${data.length} characters from ${url}`)

  await log.step('Summary')
  const [header, ...rows] = parseCsv(data, separator)
  if (header === undefined) throw new Error(`The file at ${url} is empty: a header line was expected.`)
  const uneven = rows.findIndex(row => row.length !== header.length)
  if (uneven !== -1) await log.warning(`Row ${uneven + 1} has ${rows[uneven].length} values, the header has ${header.length}`)

  await log.info(`${rows.length} rows, ${header.length} columns: ${header.join(', ')}`)
  for (const { name, sum, min, max } of summarise(header, rows)) {
    await log.info(`${name}: sum ${sum}, from ${min} to ${max}`)
  }
}
