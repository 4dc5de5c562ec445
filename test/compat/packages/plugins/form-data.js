/** Downloads to a file and uploads it as a form, with its length, as most plugins do. */
const FormData = require('form-data')
const fs = require('fs')
const path = require('path')
const util = require('util')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir }) => {
  await log.step('Download')
  const file = path.join(tmpDir, 'harvest.csv')
  const { data } = await axios.get(`${url}/harvest.csv`, { responseType: 'arraybuffer' })
  fs.writeFileSync(file, Buffer.from(data))
  await log.step('Upload')
  const form = new FormData()
  form.append('title', 'Récolte')
  form.append('buffer', Buffer.from([1, 2, 3]), { filename: 'bytes.bin', contentType: 'application/x-bytes' })
  form.append('dataset', fs.createReadStream(file), { filename: 'harvest.csv' })
  form.getLength = util.promisify(form.getLength)
  const length = await form.getLength()
  await log.info(`${length > 0}`, { length })
  const response = await axios.post(`${url}/api/v1/datasets`, form, { headers: { ...form.getHeaders(), 'content-length': length }, maxContentLength: Infinity, maxBodyLength: Infinity })
  await log.info('uploaded', response.data)
}
