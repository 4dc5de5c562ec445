const { createObjectCsvWriter } = require('csv-writer')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, dir }) => {
  const { data } = await axios.get(`${url}/places.json`)
  const writer = createObjectCsvWriter({ path: path.join(dir, 'places.csv'), header: [{ id: 'name', title: 'NAME' }, { id: 'people', title: 'PEOPLE' }] })
  await writer.writeRecords(data.features.map(({ properties }) => properties))
  await writer.writeRecords([{ name: 'with "quotes", and commas', people: 0 }])
  await log.info('written')
}
