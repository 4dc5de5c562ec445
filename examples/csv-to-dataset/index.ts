/** Download to a file → parse → clean → write → upload: what most plugins do. Nothing is held in memory as a whole. */
import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ProcessingContext } from 'vivarium'
import { clean } from './lib/clean.ts'
import { upload, type Config } from './lib/upload.ts'

let stopped = false

export async function run (context: ProcessingContext<Config>): Promise<void> {
  const { processingConfig: { url, delimiter = ',' }, tmpDir, axios, log } = context
  const [raw, cleaned] = ['raw.csv', 'cleaned.csv'].map(name => path.join(tmpDir, name))

  await log.step('Download')
  const response = await axios.get(url, { responseType: 'stream', maxRedirects: 4 })
  await pipeline(response.data, createWriteStream(raw))

  await log.step('Cleaning')
  const { rows, dropped } = await clean(raw, cleaned, delimiter, () => stopped)
  if (stopped) return await log.warning(`Stopped after ${rows} rows: nothing was uploaded`)
  await log.info(`${rows} rows, ${dropped} empty ones dropped`)

  await log.step('Upload')
  await upload(context, cleaned)
}

export async function stop (): Promise<void> {
  stopped = true
}
