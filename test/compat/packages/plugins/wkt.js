exports.run = async ({ log }) => {
  const { parse, stringify } = require('wkt')
  const parsed = parse('POLYGON ((30 10, 40 40, 20 40, 10 20, 30 10))')
  await log.info(stringify(parsed), parsed)
}
