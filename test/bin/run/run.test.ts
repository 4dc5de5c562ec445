import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDataFair } from '../../servers/data-fair.ts'
import { packFolder } from '../../servers/registry.ts'
import { vivarium, type Called } from '../command-line.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const example = (name: string): string => path.join(root, 'examples', name)

describe('vivarium run', function () {
  this.timeout(60_000)
  let folder: string
  let server: Server
  let url: string
  const calls: Called[] = []

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/protected') response.writeHead(request.headers.authorization === 'Bearer my-token' ? 200 : 401).end('{}')
      else response.end('name,kg\nBoskoop,12\n')
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  })
  after(() => { server.close() })
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'vivarium-run-')) })
  afterEach(async () => {
    for (const { child } of calls.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const start = (args: readonly string[], env: Record<string, string> = {}): Called => {
    const called = vivarium(['run', ...args], { env })
    calls.push(called)
    return called
  }
  const run = async (args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number | null, output: string }> => {
    const { ended, output } = start(args, env)
    return { code: await ended, output: output() }
  }
  const json = async (name: string, value: unknown): Promise<string> => {
    await writeFile(path.join(folder, name), JSON.stringify(value))
    return path.join(folder, name)
  }

  it('prints the log, then the receipt, ends with 0, and leaves nothing behind', async () => {
    const { code, output } = await run([example('hello'), '--config', await json('c.json', { name: 'Ada', times: 2 })], { TMPDIR: folder })
    assert.equal(code, 0, output)
    assert.match(output, /^ ▸ Greeting\n {3}Hello, Ada! \(1 of 2\)\n {3}Hello, Ada! \(2 of 2\)\n {3}The run is finished\n\nfinished: hello 1\.0\.0, ran for [\d.]+ m?s, [\d.]+ ms of computing, at most \d+ MB of heap, 3 log lines\nbefore the first line: cache /)
    assert.ok(!output.includes('\u001b'), 'no control codes where there is no terminal')
    assert.deepEqual(await readdir(folder), ['c.json'])
  })

  it('ends with 1 when the plugin fails, and shows where', async () => {
    const { code, output } = await run([example('throws')])
    assert.equal(code, 1)
    assert.match(output, / ✗ Line 3: a number was expected[^\n]+\n {3}Error of the plugin at lib\/measurements\.js:8:34\n[^]*> 8 \| {3}if \(Number\.isNaN/)
    assert.match(output, /^plugin-error: throws 1\.0\.0, /m)
  })

  it('ends with 1 when the configuration does not fit the schema', async () => {
    const { code, output } = await run([example('hello'), '--config', await json('c.json', { times: 'often' })])
    assert.deepEqual([code, output], [1, ' ✗ The configuration does not fit the schema of the plugin: /times must be integer.\n'])
  })

  it('ends with 2 and a sentence when the arguments make no sense', async () => {
    for (const [args, sentence] of [
      [[path.join(folder, 'nowhere')], /^A plugin's folder or \.tgz was wanted, there is no .*nowhere\.$/m],
      [[example('hello'), '--config', path.join(folder, 'none.json')], /^--config .*none\.json cannot be read \(ENOENT\)\.$/m],
      [[example('hello'), '--secrets', await json('s.json', { token: 7 })], /^--secrets .*: each secret is a text, token is none\.$/m],
      [[example('hello'), '--wat'], /--wat/]
    ] as const) {
      const { code, output } = await run(args)
      assert.equal(code, 2, output)
      assert.match(output, sentence)
      assert.doesNotMatch(output, /^ {4}at /m, 'no stack')
    }
  })

  it('gives it the secrets, opens what the configuration names on this machine and says so, and shows its requests with --trace', async () => {
    const config = await json('c.json', { url: `${url}/protected`, token: '********' })
    const { code, output } = await run([example('secret-config'), '--config', config, '--secrets', await json('s.json', { token: 'my-token' }), '--trace'])
    assert.equal(code, 0, output)
    assert.ok(output.includes(`Open to the plugin: ${new URL(url).host} (named in the configuration)`))
    assert.match(output, new RegExp(`^ {2}\\+[\\d.]+ ms GET ${url}/protected → 200 in [\\d.]+ ms`, 'm'))
    assert.match(output, /The token is accepted/)
    assert.ok(!output.includes('my-token'))
  })

  it('opens no other private address, unless --allow names it', async () => {
    const plugin = path.join(folder, 'asks')
    await cp(example('csv-summary'), plugin, { recursive: true })
    await writeFile(path.join(plugin, 'index.js'), `export const run = async ({ axios, log }) => { await log.info((await axios.get('${url}/x')).data) }`)
    await writeFile(path.join(plugin, 'processing-config-schema.json'), '{ "type": "object" }')
    const closed = await run([plugin])
    assert.equal(closed.code, 1)
    assert.match(closed.output, /Access to 127\.0\.0\.1[^\n]* is refused/)
    const opened = await run([plugin, '--allow', new URL(url).host])
    assert.equal(opened.code, 0, opened.output)
    assert.match(opened.output, /Boskoop/)
  })

  it('[slow] runs the published hello-world from its archive against a data-fair', async () => {
    const dataFair = await startDataFair({ apiKey: 'author-key' })
    try {
      const archive = path.join(folder, 'processing-hello-world-0.13.0.tgz')
      await writeFile(archive, await packFolder(path.join(root, 'node_modules/@data-fair/processing-hello-world')))
      const config = await json('c.json', { datasetMode: 'create', dataset: { id: 'hello', title: 'Hello' }, message: 'Ada' })
      const { code, output } = await run([archive, '--config', config, '--data-fair', dataFair.url], { DATA_FAIR_API_KEY: 'author-key' })
      assert.equal(code, 0, output)
      assert.match(output, / ▪ Tâche avec progression: 100 of 100\n/)
      assert.match(output, /^effects: 2 write requests, 1 patch of the configuration$/m)
      assert.match(output, /^configuration after the run: \{"datasetMode":"update","dataset":\{"id":"hello","title":"Hello"\},"message":"Ada"\}$/m)
      assert.deepEqual(dataFair.datasets.get('hello')?.lines.hello, { message: 'undefined Ada', _id: 'hello' })
      assert.ok(!output.includes('author-key'))
    } finally {
      await dataFair.close()
    }
  })

  it('runs again with --watch when a file changes, until Ctrl-C', async () => {
    const plugin = path.join(folder, 'watched')
    await cp(example('hello'), plugin, { recursive: true })
    const { until, child, ended, output } = start([plugin, '--watch'])
    await until(/Waiting for a change/)
    const entry = path.join(plugin, 'index.ts')
    await writeFile(entry, (await readFile(entry, 'utf8')).replace('Hello, ', 'Good morning, '))
    await until(/Good morning, world!\n[^]*Waiting for a change/)
    await writeFile(entry, 'export const run = async () => { throw new Error("broken") }')
    await until(/✗ broken\n[^]*Waiting for a change/)
    child.kill('SIGINT')
    assert.equal(await ended, 1, output())
  })

  it('asks the plugin to stop at Ctrl-C, and ends with 1', async () => {
    const { until, child, ended, output } = start([example('hello'), '--config', await json('c.json', { times: 100 })])
    await until(/\(2 of 100\)/)
    child.kill('SIGINT')
    assert.equal(await ended, 1)
    assert.match(output(), /The plugin is asked to stop[^]*Stopped after \d+ of 100\n ✗ The run was stopped\n\nkilled: /)
  })
})
