const semver = require('semver')

exports.run = async ({ log }) => {
  await log.info(semver.maxSatisfying(['1.2.3', '1.9.0', '2.0.0'], '^1.2'), [semver.inc('1.2.3', 'minor'), semver.valid('x')])
}
