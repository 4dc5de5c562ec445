// The smallest run that a person would notice: one line.
exports.run = async ({ log }) => {
  await log.info('one line')
}
