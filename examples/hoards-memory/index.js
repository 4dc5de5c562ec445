/** A cache that nothing ever empties. */
exports.run = async ({ log }) => {
  await log.step('Cache')
  const cache = []
  for (;;) {
    for (let i = 0; i < 100_000; i++) cache.push({ key: cache.length, text: `entry ${cache.length}` })
    await log.info(`${cache.length} entries in the cache`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
