const proj4 = require('proj4')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  proj4.defs('EPSG:2154', '+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +x_0=700000 +y_0=6600000 +ellps=GRS80 +units=m +no_defs')
  const { data } = await axios.get(`${url}/places.json`)
  const moved = data.features.map(({ geometry }) => proj4('EPSG:4326', 'EPSG:2154', geometry.coordinates))
  await log.info('first', moved[0])
  await axios.post(`${url}/_bulk_lines`, moved)
}
