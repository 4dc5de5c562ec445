// Writes as many lines as its configuration says, each awaited, as plugins do.
exports.run = async ({ log, processingConfig }) => {
  for (let i = 1; i <= processingConfig.lines; i++) await log.info(`line ${i} of ${processingConfig.lines}`, `row ${i} was read`)
}
