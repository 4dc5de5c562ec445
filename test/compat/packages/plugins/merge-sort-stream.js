const merge = require('merge-sort-stream')
const { Readable } = require('stream')

exports.run = async ({ log }) => {
  const merged = []
  const stream = merge(Readable.from([1, 4, 9]), Readable.from([2, 3, 10]), (a, b) => a - b)
  await new Promise((resolve, reject) => stream.on('data', n => merged.push(n)).on('end', resolve).on('error', reject))
  await log.info('merged', merged)
}
