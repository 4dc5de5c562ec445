// Never ends by itself. Disposing of its isolate ends it.
exports.run = async ({ log }) => {
  await log.info('looping')
  for (;;);
}
