/** `it-is` to the tests of packages, whose own tree cannot be had from a registry: what they use of it, over `assert`. */
const assert = require('assert')

const matchers = {
  equal: expected => actual => assert.equal(actual, expected),
  deepEqual: expected => actual => assert.deepEqual(actual, expected),
  typeof: expected => actual => assert.equal(typeof actual, expected),
  has: expected => actual => {
    for (const [name, inner] of Object.entries(expected)) {
      if (typeof inner === 'function') inner(actual[name])
      else if (typeof inner === 'object' && inner !== null) matchers.has(inner)(actual[name])
      else assert.equal(actual[name], inner)
    }
  }
}

function it (actual) {
  return Object.fromEntries(Object.entries(matchers).map(([name, matcher]) => [name, expected => matcher(expected)(actual)]))
}

module.exports = Object.assign(it, matchers, { style: () => module.exports })
