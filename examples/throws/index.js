const { parseMeasurement } = require('./lib/measurements.js')

const sample = ['2026-11-22;11.9', '2026-11-23;12.5', '2026-11-24;n/a']

exports.run = async ({ processingConfig, log }) => {
  const { lines = sample } = processingConfig
  await log.step('Measurements')
  const measurements = lines.map((line, index) => parseMeasurement(line, index + 1))
  await log.info(`${measurements.length} measurements`)
}
