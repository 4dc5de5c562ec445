// Spends its life inside one builtin call, in which V8 never looks at a request to end. SIGKILL ends it.
exports.run = async ({ log }) => {
  await log.info('looping')
  Array.prototype.includes.call({ length: Number.MAX_SAFE_INTEGER }, 1)
}
