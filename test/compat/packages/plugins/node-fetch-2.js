const fetch = require('node-fetch-2')
const fs = require('fs')
const path = require('path')
const { pipeline } = require('stream/promises')

exports.run = async ({ processingConfig: { url }, log, dir }) => {
  const response = await fetch(`${url}/places.json`, { headers: { 'x-mine': 'yes' } })
  await log.info(`${response.status} ${response.headers.get('content-type')}`, (await response.json()).features.length)
  const { body, url: last } = await fetch(`${url}/redirect`)
  await log.info(last.slice(url.length))
  await pipeline(body, fs.createWriteStream(path.join(dir, 'harvest.csv')))
  await log.info(String((await fetch(`${url}/absent`)).ok))
  await fetch(`${url}/upload`, { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } })
}
