const pLimit = require('p-limit')

exports.run = async ({ log }) => {
  const limit = pLimit(2)
  let [now, most] = [0, 0]
  const done = await Promise.all([1, 2, 3, 4, 5].map(n => limit(async () => {
    most = Math.max(most, ++now)
    await new Promise(resolve => setTimeout(resolve, 5))
    now--
    return n
  })))
  await log.info(`at most ${most}`, done)
}
