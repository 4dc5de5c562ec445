const debug = require('debug')

exports.run = async ({ log }) => {
  const lines = []
  const trace = debug('plugin:a')
  trace.log = (...args) => lines.push(args.map(String).join(' ').replace(/\S*\d{4}-\S+|\+\d+ms/g, '').trim())
  trace('silent')
  debug.enable('plugin:*')
  debug('plugin:b').enabled = true
  trace.useColors = false
  trace('said %s %o %d', 'x', { a: 1 }, 3)
  await log.info(String(trace.enabled), lines)
}
