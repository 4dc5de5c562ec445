const _ = require('lodash')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { features } = (await axios.get(`${url}/places.json`)).data
  const groups = _.mapValues(_.groupBy(features, 'properties.kind'), places => _.sumBy(places, 'properties.people'))
  await log.info('groups', groups)
  await log.info(_.template('<%= _.upperFirst(name) %>')({ name: _.get(features, '[2].properties.name') }), _.chunk(_.range(7), 3))
  await axios.post(`${url}/_bulk_lines`, _.orderBy(_.map(features, 'properties'), ['people', 'name'], ['desc', 'asc']))
}
