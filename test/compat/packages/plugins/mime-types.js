const mime = require('mime-types')

exports.run = async ({ log }) => {
  await log.info(mime.lookup('a/b.geojson'), [mime.contentType('page.html'), mime.extension('text/csv')])
}
