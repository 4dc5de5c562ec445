const Mustache = require('mustache')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { features } = (await axios.get(`${url}/places.json`)).data
  await log.info(Mustache.render('{{#places}}<{{name}}:{{people}}>{{/places}}', { places: features.slice(0, 4).map(({ properties }) => properties) }))
}
