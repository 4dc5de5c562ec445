/** A cache that nothing ever empties. */
exports.run = async ({ log }) => {
  await log.step('Cache')
  const cache = []
  for (;;) {
    for (let i = 0; i < 20_000; i++) cache.push({ key: cache.length, page: `page ${cache.length}, `.repeat(40).toUpperCase() })
    await log.info(`${cache.length} pages in the cache`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
