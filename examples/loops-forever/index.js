/** A loop whose condition never becomes false. It cannot be asked to stop: it never listens. */
exports.run = async ({ log }) => {
  await log.step('Search')
  await log.info('Looking for a number that is its own double, from 1 on')
  let n = 1
  while (n !== 2 * n) n = n === Number.MAX_SAFE_INTEGER ? 1 : n + 1
  await log.info(`Found ${n}`)
}
