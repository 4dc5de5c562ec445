import { createReadStream } from 'node:fs'
import { promisify } from 'node:util'
import FormData from 'form-data'
import type { ProcessingContext } from 'vivarium'

export interface Config {
  readonly datasetMode?: 'create' | 'update'
  readonly dataset: { readonly id?: string, readonly title: string }
  readonly url: string
  readonly delimiter?: string
}

/** The first run creates the dataset and notes its id in the configuration; the next ones replace its content. */
export async function upload ({ processingConfig, processingId, axios, log, patchConfig }: ProcessingContext<Config>, file: string): Promise<void> {
  const { dataset, datasetMode = 'create' } = processingConfig
  const form = new FormData()
  form.append('title', dataset.title)
  form.append('extras', JSON.stringify({ processingId }))
  form.append('file', createReadStream(file), { filename: 'data.csv', contentType: 'text/csv' })
  const length = await promisify<number>(form.getLength.bind(form))()

  const update = datasetMode === 'update' && dataset.id !== undefined
  const answer = await axios({
    method: update ? 'PUT' : 'POST',
    url: update ? `api/v1/datasets/${dataset.id}` : 'api/v1/datasets',
    data: form,
    headers: { ...form.getHeaders(), 'content-length': length },
    maxContentLength: Infinity,
    maxBodyLength: Infinity
  })
  const { id, title } = answer.data
  await log.info(`dataset ${update ? 'updated' : 'created'}, id="${id}", title="${title}"`)
  if (!update) await patchConfig({ datasetMode: 'update', dataset: { id, title } })
}
