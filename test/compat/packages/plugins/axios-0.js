/** A plugin's own axios: a third party must not see the key of data-fair. */
const axios = require('axios-0')
const fs = require('fs')
const path = require('path')
const { pipeline } = require('stream/promises')

exports.run = async ({ processingConfig: { url }, log, dir }) => {
  const { data } = await axios.get(`${url}/places.json`, { params: { q: 'é à', size: 10 }, auth: { username: 'a', password: 'b' } })
  await log.info('places', data.features.length)
  const response = await axios.get(`${url}/redirect`, { responseType: 'stream', maxRedirects: 4 })
  await log.info(response.request.res.responseUrl.slice(url.length), response.status)
  await pipeline(response.data, fs.createWriteStream(path.join(dir, 'harvest.csv')))
  await axios.get(`${url}/absent`).catch(error => log.warning(error.message, [error.response.status, error.response.data]))
  await axios.post(`${url}/upload`, { a: [1, 'é'] }, { headers: { 'x-mine': 'yes' } })
  await axios.put(`${url}/upload`, fs.createReadStream(path.join(dir, 'harvest.csv')), { headers: { 'content-type': 'text/csv' } })
}
