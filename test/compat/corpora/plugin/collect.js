/**
 * Runs test files of a package, whatever they are written with, and sends each of their results. The same in the sandbox and in plain Node.
 * A result is one text: file or test, what was asserted, passed or failed.
 */
const NAME_CHARS = 160
const ALL_MS = 20_000
/** A test whose code threw outside of it never ends. */
const AFTER_UNCAUGHT_MS = 1_000

/**
 * `files`: path -> a function that loads it. `config`: `url` takes the results; `kind` is what the tests are written with;
 * `waitMs`: for how long asynchronous assertions of plain scripts are waited for.
 */
exports.collect = async ({ processingConfig, axios, log }, files) => {
  const { url, kind, waitMs = 0 } = processingConfig
  const results = []
  const add = (where, what, passed) => results.push(`${plain(where)} | ${plain(what)} | ${passed ? 'pass' : 'fail'}`)
  let give = () => {}
  const uncaught = new Promise(resolve => { give = () => setTimeout(resolve, AFTER_UNCAUGHT_MS, 'stopped by what was not caught') })
  process.on('uncaughtException', error => {
    add('uncaught', error.message, false)
    give()
  })
  const open = kind === 'tape' ? watchTape(add) : kind === 'mocha' ? watchMocha(add) : watchAssert(add, waitMs)
  for (const [name, load] of Object.entries(files)) {
    try {
      load()
      if (kind === 'assert') add(name, 'loads', true)
    } catch (error) {
      add(name, `throws ${error && error.message}`, false)
    }
  }
  const limit = new Promise(resolve => setTimeout(resolve, ALL_MS, 'did not end in time'))
  const outcome = await Promise.race([open(), uncaught, limit])
  if (outcome !== undefined) add('all', outcome, false)
  await axios.post(url, results, { maxBodyLength: Infinity })
  await log.info('results sent', results.length)
}

function watchTape (add) {
  const tape = require('tape')
  const names = new Map()
  const rows = tape.createStream({ objectMode: true })
  const ended = new Promise(resolve => rows.on('end', resolve).on('close', resolve))
  rows.on('data', row => {
    if (row.type === 'test') names.set(row.id, row.name)
    else if (row.type === 'assert') add(names.get(row.test) || '', `${row.operator} ${row.name}`, row.ok || row.skip || row.todo)
  })
  return () => ended.then(() => undefined)
}

function watchMocha (add) {
  const { end } = require('mocha')
  return () => end(add)
}

/** Plain scripts: each function of `assert` that they call is a result. */
function watchAssert (add, waitMs) {
  const assert = require('assert')
  let depth = 0
  for (const name of ['ok', 'equal', 'notEqual', 'strictEqual', 'notStrictEqual', 'deepEqual', 'deepStrictEqual', 'notDeepEqual', 'throws', 'doesNotThrow', 'ifError']) {
    const original = assert[name]
    assert[name] = function (...args) {
      depth += 1
      let passed = false
      try {
        const value = original.apply(this, args)
        passed = true
        return value
      } finally {
        depth -= 1
        if (depth === 0) add('assert', name, passed)
      }
    }
  }
  return () => new Promise(resolve => setTimeout(resolve, waitMs))
}

function plain (text) {
  return String(text).replaceAll(__dirname, '(package)').replace(/\s+/g, ' ').slice(0, NAME_CHARS)
}
