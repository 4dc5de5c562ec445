const { wktToGeoJSON, geojsonToWKT } = require('@terraformer/wkt')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { features } = (await axios.get(`${url}/places.json`)).data
  const texts = features.slice(0, 20).map(({ geometry }) => geojsonToWKT(geometry))
  await log.info(texts[0], wktToGeoJSON('MULTIPOINT (10 40, 40 30)'))
  await axios.post(`${url}/_bulk_lines`, texts)
}
