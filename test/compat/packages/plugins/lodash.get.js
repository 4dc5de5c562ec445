const get = require('lodash.get')

exports.run = async ({ log }) => {
  await log.info(get({ a: [{ b: 'c' }] }, 'a[0].b'), get({}, 'x.y', 'default'))
}
