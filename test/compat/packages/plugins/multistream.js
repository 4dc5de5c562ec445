const MultiStream = require('multistream')
const { Readable } = require('stream')

exports.run = async ({ log }) => {
  let text = ''
  for await (const chunk of new MultiStream([Readable.from(['a', 'b']), () => Readable.from(['c'])])) text += chunk
  await log.info(text)
}
