/** `mocha` to the tests of packages: what they use of it. Registers first, runs when `end` is called, one after the other. */
const root = { title: '', tests: [], suites: [], hooks: { before: [], after: [], beforeEach: [], afterEach: [] } }
let current = root

function describe (title, body) {
  const suite = { title: `${current.title} ${title}`.trim(), tests: [], suites: [], hooks: { before: [], after: [], beforeEach: [], afterEach: [] }, parent: current }
  current.suites.push(suite)
  current = suite
  try {
    body.call({ timeout () {}, slow () {} })
  } finally {
    current = suite.parent
  }
}
function it (title, body) {
  if (body !== undefined) current.tests.push({ title, body })
}
describe.skip = it.skip = () => {}
Object.assign(exports, { describe, it, suite: describe, test: it, context: describe })
for (const name of Object.keys(root.hooks)) exports[name] = hook => { current.hooks[name].push(hook) }
Object.assign(globalThis, exports)

/** `add(suite, title, passed)` for each test. */
exports.end = async add => {
  await runSuite(root, add, [], [])
}

async function runSuite ({ title, tests, suites, hooks }, add, before, after) {
  const [first, last] = [[...before, ...hooks.beforeEach], [...hooks.afterEach, ...after]]
  for (const hook of hooks.before) await call(hook)
  for (const test of tests) {
    try {
      for (const step of [...first, test.body, ...last]) await call(step)
      add(title, test.title, true)
    } catch (error) {
      add(title, `${test.title}: ${error && error.message}`, false)
    }
  }
  for (const suite of suites) await runSuite(suite, add, first, last)
  for (const hook of hooks.after) await call(hook)
}

async function call (body) {
  const self = { timeout () {}, slow () {}, skip () {} }
  if (body.length === 0) return await body.call(self)
  await new Promise((resolve, reject) => body.call(self, error => error ? reject(error) : resolve()))
}
