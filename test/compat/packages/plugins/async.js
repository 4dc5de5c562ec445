const async = require('async')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const sizes = await async.mapLimit(['harvest.csv', 'places.json', 'feed.xml'], 1, async name => (await axios.get(`${url}/${name}`, { responseType: 'arraybuffer' })).data.byteLength)
  await log.info('sizes', sizes)
  const order = []
  const queue = async.queue((task, done) => { setImmediate(() => { order.push(task); done() }) }, 1)
  queue.push([3, 1, 2])
  await queue.drain()
  await log.info('order', order)
}
