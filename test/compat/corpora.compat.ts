import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { openSandbox, runInNode, type Sandbox } from './both-sides.ts'
import { bundleSuite, nameOf } from './corpora/bundle.ts'
import { suites, type Suite } from './corpora/suites.ts'
import { printTable } from './print-table.ts'
import { startRecordingServer, type RecordingServer } from './recording-server.ts'

const WANTED = 5_000

describe('tests that packages ship pass and fail in a plugin as in plain Node', function () {
  this.timeout(120_000)
  let server: RecordingServer
  let sandbox: Sandbox
  let total = 0
  const rows: string[][] = []

  before(async () => {
    assert.ok(existsSync(new URL('corpora/node_modules', import.meta.url)), 'the packages are fetched by: npm run corpora')
    server = await startRecordingServer({})
    sandbox = await openSandbox([server.host])
  })
  after(async () => {
    await sandbox?.close()
    await server?.close()
    printTable(['package', 'version', 'same', 'fail in both', 'differs', 'Node ms', 'sandbox ms'], rows)
  })

  for (const suite of existsSync(new URL('corpora/node_modules', import.meta.url)) ? suites() : []) {
    it(`${suite.name} ${suite.version}`, async () => {
      const name = nameOf(suite)
      const folder = path.join(sandbox.plugins, name)
      await bundleSuite(suite, folder)
      const [node, guest] = await Promise.all([runInNode(folder, configOf(suite, 'node')), sandbox.run(name, configOf(suite, 'guest'))])
      assert.equal(node.error, undefined)
      assert.equal(guest.error, undefined)
      const [expected, found] = [resultsAt(`/node/${name}`), resultsAt(`/guest/${name}`)]
      assert.ok(expected.length > 0, 'the tests assert something')
      const [missing, added] = [without(expected, found), without(found, expected)]
      if (suite.differs === undefined) assert.deepEqual(added, missing)
      else {
        assert.ok(missing.length + added.length > 0, `it no longer differs: ${suite.differs.how}`)
        for (const result of [...missing, ...added]) assert.match(result, suite.differs.shows)
      }
      const same = found.length - added.length
      total += same
      rows.push([suite.name, suite.version, String(same), String(expected.filter(result => result.endsWith('fail')).length), suite.differs === undefined ? '' : `${suite.differs.how} (${missing.length})`, node.ms.toFixed(0), guest.ms.toFixed(0)])
    })
  }

  it(`makes at least ${WANTED} assertions in all`, () => {
    rows.push(['in all', '', String(total), '', '', '', ''])
    assert.ok(total >= WANTED, `${total} assertions`)
  })

  function configOf (suite: Suite, side: string): Record<string, unknown> {
    return { url: `${server.url}/${side}/${nameOf(suite)}`, kind: suite.kind, waitMs: suite.waitMs }
  }

  function resultsAt (target: string): string[] {
    return (JSON.parse(server.body(target) ?? '[]') as string[]).map(steady) // what collect.js sends
  }
})

/** Some tests put into the name of an assertion what is another at each run. Node alone tells from where a module was required. */
function steady (result: string): string {
  return result
    .replace(/random: flags\(\S+\)/, 'random: flags')
    .replace(/took \d+ms/, 'took some time')
    .replace(/ Require stack: .*(?= \|)/, '')
    .replace(/[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+\d{4}/, '(date)')
}

/** What `all` has more than `others`, each as often as it is there: tests that run side by side tell their results in any order. */
function without (all: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const other of others) counts.set(other, (counts.get(other) ?? 0) + 1)
  return all.filter(one => {
    const left = counts.get(one) ?? 0
    counts.set(one, left - 1)
    return left <= 0
  }).sort()
}
