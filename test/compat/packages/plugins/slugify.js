const slugify = require('slugify')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { features } = (await axios.get(`${url}/places.json`)).data
  await log.info('slugs', features.slice(0, 5).map(({ properties }) => slugify(properties.name, { lower: true, strict: true })))
}
