import type { ProcessingContext } from 'vivarium'
import * as XLSX from 'xlsx'

interface Config {
  readonly url: string
  readonly datasetId: string
  readonly batch?: number
}

export async function run ({ processingConfig, axios, log }: ProcessingContext<Config>): Promise<void> {
  const { url, datasetId, batch = 1000 } = processingConfig
  await log.step('Workbook')
  const { data } = await axios.get(url, { responseType: 'arraybuffer', maxRedirects: 4 })
  const workbook = XLSX.read(data, { cellDates: true })
  const [name = ''] = workbook.SheetNames
  const sheet = workbook.Sheets[name]
  if (sheet === undefined) throw new Error(`A workbook with a sheet was wanted, ${url} has none.`)
  const rows = XLSX.utils.sheet_to_json<Record<string, unknown>>(sheet, { defval: null })
  await log.info(`${rows.length} rows in the sheet ${name}`)

  await log.step('Lines')
  await log.task('Lines sent')
  for (let from = 0; from < rows.length; from += batch) {
    const lines = rows.slice(from, from + batch)
    const answer = await axios.post(`api/v1/datasets/${datasetId}/_bulk_lines`, lines)
    if (answer.data.nbErrors > 0) await log.warning(`${answer.data.nbErrors} lines were refused`, answer.data.errors)
    await log.progress('Lines sent', Math.min(from + batch, rows.length), rows.length)
  }
}
