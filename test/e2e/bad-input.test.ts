/** Plugins that an author got wrong, or wrote to do harm, through the whole service: each gives a sentence that helps. */
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ALICE, openTestService, type TestService } from './service.ts'

const BAD = fileURLToPath(new URL('../fixtures/plugins/bad/', import.meta.url))
const GOOD = fileURLToPath(new URL('../fixtures/plugins/registry/says-hello/', import.meta.url))
const MB = 1_048_576

interface Line { readonly type: string, readonly msg: string, readonly extra?: any }

describe('bad input', function () {
  this.timeout(40_000)
  let plugins: string
  let service: TestService

  before(async () => {
    plugins = await mkdtemp(path.join(tmpdir(), 'vivarium-bad-'))
    service = await openTestService({ PLUGINS_DIR: plugins, RUN_CPU_SECONDS: '2', RUN_PREPARE_SECONDS: '2' })
  })
  after(async () => {
    await service.close()
    await rm(plugins, { recursive: true, force: true })
  })

  /** Saved while the plugin was good, run now that it is `name`: a run has no other way to meet what cannot even be saved. */
  async function outcome (name: string, config: Record<string, unknown> = {}): Promise<{ status: string, outcome: { code: string, message: string }, log: Line[] }> {
    const target = path.join(plugins, name)
    await cp(GOOD, target, { recursive: true })
    const id = await service.create(name, { config: {} })
    await rm(target, { recursive: true })
    await cp(path.join(BAD, name), target, { recursive: true })
    await new Promise(resolve => setTimeout(resolve, 50)) // a folder is looked at again only after a moment
    if (Object.keys(config).length > 0) assert.equal((await service.call('PATCH', `/api/v1/processings/${id}`, { body: { config } })).status, 200)
    return await service.run(id)
  }
  const refusedAtSave = async (name: string): Promise<{ detail: string, position?: string, frame?: string, status: number }> => {
    const answer = await service.call('POST', '/api/v1/processings', { as: ALICE, body: { title: name, plugin: name, active: true, config: {} }, headers: { accept: 'application/json' } })
    assert.equal(answer.status, 400, answer.text)
    return answer.json
  }

  interface Expected { readonly name: string, readonly code: string, readonly message: string | RegExp, readonly position?: string, readonly line?: string }
  const invalid: readonly Expected[] = [
    { name: 'requires-nothing', code: 'plugin-invalid', message: "The plugin requires-nothing cannot be loaded: Cannot find module 'csv-parser-of-nobody'.", position: 'index.js:1:15', line: "const parse = require('csv-parser-of-nobody')" },
    { name: 'imports-nothing', code: 'plugin-invalid', message: "The plugin imports-nothing cannot be loaded: cannot find module './lib/parse.js', which index.js imports." },
    { name: 'syntax-error-in-entry', code: 'plugin-invalid', message: /^The plugin syntax-error-in-entry cannot be loaded: index\.js:2:24: Expected "\]" but found "'c;d'"\.$/, position: 'index.js:2:24', line: "const lines = ['a;b' 'c;d']" },
    { name: 'syntax-error', code: 'plugin-error', message: /^lib\/parse\.js:3:3: Expected "\)" but found "return"$/, position: 'lib/parse.js:3:3', line: 'return parts.length' },
    { name: 'circular', code: 'plugin-error', message: 'late.js was loaded before early.js had exported anything: they require each other', position: 'late.js:2:25', line: 'if (!early.ready)' },
    { name: 'throws-at-load', code: 'plugin-invalid', message: "The plugin throws-at-load cannot be loaded: TypeError: Cannot read properties of undefined (reading 'host').", position: 'settings.js:3:25', line: 'exports.host = settings.host' },
    { name: 'loops-at-load', code: 'cpu-limit', message: /^The run used 2(?:\.\d)? s of computing time, the limit is 2 s\. An administrator can raise `RUN_CPU_SECONDS`\.$/ },
    { name: 'no-run', code: 'plugin-invalid', message: 'The plugin no-run cannot be loaded: its entry index.js exports no function run().' },
    { name: 'main-missing', code: 'plugin-invalid', message: 'The plugin main-missing cannot be loaded: missing source file: dist/index.js.' },
    { name: 'main-outside', code: 'plugin-invalid', message: 'The plugin main-outside cannot be loaded: main in its package.json leads outside the package: "../throws-at-load/index.js".' },
    { name: 'enum', code: 'plugin-invalid', message: 'The plugin enum cannot be loaded: level.ts:2:1: TypeScript enum cannot be erased (types are removed, not compiled): use an object with `as const`.', position: 'level.ts:2:1', line: 'export enum Level {' }
  ]
  for (const { name, code, message, position, line } of invalid) {
    it(`${name}: ends with ${code}, a sentence${position === undefined ? '' : ' and the place'}`, async () => {
      const run = await outcome(name)
      assert.equal(run.status, 'error')
      assert.equal(run.outcome.code, code, run.outcome.message)
      if (typeof message === 'string') assert.equal(run.outcome.message, message)
      else assert.match(run.outcome.message, message)
      assert.ok(run.log.some(({ type, msg }) => type === 'error' && msg === run.outcome.message), 'the log says it too')
      const place = run.log.find(({ msg }) => msg.startsWith('Error of the plugin at '))
      assert.equal(place?.msg, position === undefined ? undefined : `Error of the plugin at ${position}`)
      if (line !== undefined) assert.ok(String(place?.extra).includes(`> ${position?.split(':').at(-2)} | `) && String(place?.extra).includes(line), String(place?.extra))
      assert.ok(!JSON.stringify(run).includes(plugins), 'no path of the host')
    })
  }

  it('is told to whoever saves the configuration, with the place for who reads JSON', async () => {
    for (const [name, detail, position] of [
      ['enum', /TypeScript enum cannot be erased/, 'level.ts:2:1'],
      ['main-missing', /^The plugin main-missing cannot be loaded: missing source file: dist\/index\.js\.$/, undefined],
      ['throws-at-load', /Cannot read properties of undefined \(reading 'host'\)/, 'settings.js:3:25'],
      ['loops-at-load', /^Loading the plugin and preparing the configuration \(its prepare\(\), if it has one\) lasted longer than the limit of 2 s/, undefined]
    ] as const) {
      const answer = await refusedAtSave(name)
      assert.match(answer.detail, detail)
      assert.equal(answer.position, position)
      assert.equal(typeof answer.frame, position === undefined ? 'undefined' : 'string')
    }
  })

  it('two files that require each other see what the other has exported so far, as in Node', async () => {
    assert.ok((await outcome('circular')).log.some(({ msg }) => msg === '10 is even'))
  })

  it('two ES modules that import each other: what is not there yet is undefined (Node would throw)', async () => {
    const run = await outcome('circular-modules')
    assert.deepEqual([run.status, run.log[0]?.msg], ['finished', 'Hello, undefined!'])
  })

  describe('a bundle of 30 MB', () => {
    const write = async (name: string, megabytes: number): Promise<void> => {
      await mkdir(path.join(plugins, name), { recursive: true })
      await writeFile(path.join(plugins, name, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
      await writeFile(path.join(plugins, name, 'processing-config-schema.json'), '{ "type": "object" }')
      const lines = Math.ceil(megabytes * MB / 1_000)
      await writeFile(path.join(plugins, name, 'data.js'), `module.exports = [\n${Array.from({ length: lines }, (_, n) => `'${String(n).padEnd(995, 'x')}',\n`).join('')}]\n`)
      await writeFile(path.join(plugins, name, 'index.js'), "const data = require('./data.js')\nexports.run = async ({ log }) => { await log.info(data.length + ' lines') }\n")
    }

    it('runs', async () => {
      await write('thirty', 30)
      const run = await service.run(await service.create('thirty'))
      assert.equal(run.status, 'finished', run.outcome.message)
      assert.match(run.log[0].msg, /^31\d{3} lines$/)
    })

    it('is refused with both sizes when it is larger than the limit', async () => {
      await write('sixty', 60)
      assert.match((await refusedAtSave('sixty')).detail, /^The plugin sixty cannot be loaded: its bundle is too large \(limit 50 MB, found 60(?:\.\d)? MB; an administrator can raise `PLUGIN_BUNDLE_MB`\)\.$/)
    })
  })

  describe('a plugin that poisons the language before it uses the context', () => {
    for (const way of ['Object.prototype', 'Array.prototype', 'JSON', 'Promise', 'String', 'Function', 'Error', 'collections', 'globals']) {
      it(`${way}: the platform goes on, and lets nothing slip`, async () => {
        const run = await outcome('poisons', { way })
        assert.equal(run.status, 'finished', JSON.stringify(run.log))
        assert.deepEqual(run.log.map(({ type, msg }) => [type, msg]), [['step', 'poisoned'], ['info', 'one'], ['warning', 'two'], ['task', 'task'], ['info', 'patched'], ['info', 'done'], ['info', 'The run is finished']])
        assert.deepEqual(run.log[1]?.extra, { rows: 3, names: ['a', 'b'] })
      })
    }
  })

  it('shows any value as the extra of a line, without running its code', async () => {
    const { status, log } = await outcome('extras')
    assert.equal(status, 'finished')
    const extra = (msg: string): any => log.find(line => line.msg === msg)?.extra
    assert.deepEqual([extra('context').processingConfig, extra('context').axios, extra('context').log], [{}, '[Getter]', {}])
    assert.deepEqual(extra('getter'), { now: '[Getter]', plain: 1 })
    assert.deepEqual([extra('proxy'), extra('revoked'), extra('toJSON')], ['[unreadable]', '[unreadable]', '[unreadable]'])
    assert.deepEqual(extra('cycle'), { name: 'cycle', list: ['[Circular]'] })
    assert.deepEqual(extra('bigint'), { n: '12345678901234567890n' })
    assert.deepEqual(extra('symbol'), { s: 'Symbol(mark)' })
    assert.deepEqual(extra('function'), { kept: true })
    assert.deepEqual(extra('map'), { k: [1, 2] })
    assert.equal(extra('bytes'), '[Uint8Array of 3 bytes: 01 02 ff]')
    assert.ok(JSON.stringify(extra('deep')).includes('[Object]'))
    assert.deepEqual(log.slice(-3).map(({ msg }) => msg), ['Symbol(not a text)', 'touched 0', 'The run is finished'])
  })
})
