/** Asked with a configuration { members: ['fs readFile', …] }, it answers one with { found: { 'fs readFile': 'served' | 'refused' | 'absent' } }. */
exports.prepare = async ({ processingConfig }) => {
  const found = {}
  for (const name of processingConfig.members) found[name] = look(name)
  return { processingConfig: { found } }
}

exports.run = async () => {}

function look (name) {
  const [module, path] = name.split(' ')
  try {
    let value = module === 'globals' ? globalThis : require(module)
    for (const key of path.split('.')) {
      value = value[key]
      if (typeof value === 'function' && isRefusal(value)) return 'refused'
    }
    return value === undefined ? 'absent' : 'served'
  } catch (error) {
    return error.code === 'plugin-unsupported' ? 'refused' : 'absent'
  }
}

/** The members that the sandbox puts in the place of those that it does not serve do nothing but throw (sandbox/guest/unsupported.ts). */
function isRefusal (value) {
  return /^[^{]*\{\s*throw unsupported\d*\(/.test(Function.prototype.toString.call(value))
}
