import assert from 'node:assert/strict'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPlugin } from '../../../bin/check/index.ts'
import type { Finding, Report } from '../../../bin/check/report.ts'
import { temporaryFolder, writeFiles } from '../../cache/temporary-folder.ts'
import { vivarium } from '../command-line.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const SCHEMA = '{ "type": "object", "properties": { "url": { "type": "string", "title": "Address", "x-display": "textarea" } } }'

describe('vivarium check', function () {
  this.timeout(30_000)
  const folder = temporaryFolder()

  const check = async (files: Record<string, string>, manifest: object = {}): Promise<Report> => await checkPlugin(await writeFiles(path.join(folder(), 'plugin'), {
    'package.json': JSON.stringify({ name: 'plugin', version: '1.2.3', ...manifest }),
    'processing-config-schema.json': SCHEMA,
    'index.js': 'exports.run = async () => {}',
    ...files
  }))
  const found = (report: Report, topic: Finding['topic'], level: Finding['level']): string[] => report.findings.filter(finding => finding.topic === topic && finding.level === level).map(({ text }) => text)
  const errors = (report: Report): string[] => report.findings.filter(({ level }) => level === 'error').map(({ text }) => text)

  it('finds nothing wrong with the examples that work, and says what it costs to load them', async () => {
    for (const name of ['hello', 'csv-summary', 'secret-config']) {
      const report = await checkPlugin(path.join(root, 'examples', name))
      assert.ok(report.works, JSON.stringify(report.findings))
      assert.match(found(report, 'load', 'note')[0] ?? '', /^loaded in [\d.]+ ms, with \d+ MB of heap/)
      assert.match(found(report, 'size', 'note')[0] ?? '', /^\d+ files, .* packed\); bundle [\d.]+ (?:bytes|KB)$/)
    }
  })

  it('names the exports, and what is there of the schema and of vjsf keywords', async () => {
    const report = await check({ 'index.js': 'exports.run = exports.stop = exports.prepare = async () => {}' })
    assert.deepEqual(found(report, 'entry', 'ok'), ['index.js exports run, stop, prepare'])
    assert.deepEqual(found(report, 'schema', 'ok'), ['processing-config-schema.json, 1 property'])
  })

  it('tells members of builtins that are refused, with the place and what to do instead', async () => {
    const report = await check({ 'index.js': "const { execFileSync } = require('child_process')\nconst net = require('net')\nconst path = require('path')\nexports.run = async () => { execFileSync('ls'); net.connect(1); path.join('a') }" })
    assert.equal(report.works, false)
    assert.deepEqual(errors(report).map(text => text.split(':').slice(0, 2).join(':')), ['index.js:1 uses child_process.execFileSync, which the sandbox does not offer', 'index.js:4 uses net.connect, which the sandbox does not offer'])
    assert.match(errors(report)[1] ?? '', /: use context\.axios, fetch or the http and https modules\.$/)
    assert.match(found(report, 'builtins', 'ok')[0] ?? '', /^used: child_process, net, path/)
  })

  it('says nothing of the connections of undici, which the sandbox gives it', async () => {
    const undici = "const net = require('net')\nmodule.exports = () => net.connect(1)"
    const report = await check({ 'index.js': "const a = require('undici')\nexports.run = async () => a()", 'node_modules/undici/package.json': '{ "name": "undici", "version": "1.0.0" }', 'node_modules/undici/index.js': undici }, { dependencies: { undici: '*' } })
    assert.deepEqual(report.findings.filter(({ detail }) => detail?.includes('net.connect')), [])
    assert.ok(report.works)
  })

  it('names the limit of a plugin that loops when it is loaded', async () => {
    const report = await check({ 'index.js': 'for (;;);' })
    assert.match(errors(report)[0] ?? '', /^Loading the plugin and preparing the configuration \(its prepare\(\), if it has one\) lasted longer than the limit of .* An administrator can raise `RUN_PREPARE_SECONDS`\./)
  })

  it('tells globals that the sandbox does not have, and parts of crypto that it refuses', async () => {
    const report = await check({ 'index.js': "exports.run = async () => { new WebSocket('wss://x.example.org'); await crypto.subtle.importKey('raw'); await crypto.subtle.digest('SHA-1', x); new URL(y) }" })
    assert.deepEqual(errors(report), ['index.js:1 uses crypto.subtle.importKey, which the sandbox does not offer: use a package in JavaScript or WebAssembly that does the same.', 'index.js:1 uses WebSocket, which the sandbox does not offer.'])
  })

  it('only notes those that a dependency mentions', async () => {
    const report = await check({
      'index.js': "require('dep')\nexports.run = async () => {}",
      'node_modules/dep/package.json': '{ "name": "dep", "version": "4.5.6" }',
      'node_modules/dep/index.js': "exports.start = () => require('child_process').fork('x')"
    }, { dependencies: { dep: '*' } })
    assert.ok(report.works, JSON.stringify(report.findings))
    assert.match(report.findings.find(({ topic, level }) => topic === 'builtins' && level === 'note')?.detail ?? '', /^child_process\.fork \(node_modules\/dep\/index\.js:1\)$/)
    assert.deepEqual(found(report, 'dependencies', 'ok'), ['dep 4.5.6; 1 in all'])
  })

  it('looks at what npm would publish: a file that `files` leaves out is missing', async () => {
    const report = await check({ 'index.js': "require('./lib/a.js')\nexports.run = async () => {}", 'lib/a.js': '' }, { main: 'index.js', files: ['processing-config-schema.json'] })
    assert.deepEqual(errors(report), ["The plugin plugin cannot be loaded: Cannot find module './lib/a.js'."])
    assert.match(report.findings[0]?.detail ?? '', /^index\.js:1:1\n> 1 \| require\('\.\/lib\/a\.js'\)/)
  })

  it('tells a dependency that is installed and not declared from one that is not installed', async () => {
    const installed = await check({ 'index.js': "require('dep')\nexports.run = async () => {}", 'node_modules/dep/package.json': '{ "name": "dep", "version": "1.0.0" }', 'node_modules/dep/index.js': '' }, { devDependencies: { dep: '*' } })
    assert.match(errors(installed)[1] ?? '', /^dep is installed, but not among the dependencies in package\.json/)
    const absent = await check({ 'index.js': "require('gone')\nexports.run = async () => {}" }, { dependencies: { gone: '^2.0.0' } })
    assert.equal(errors(absent)[1], 'plugin needs gone ^2.0.0, which is not installed.')
  })

  it('tells a schema that is absent, no JSON, or cannot be compiled', async () => {
    const schemaOf = async (text: string): Promise<string> => errors(await check({ 'processing-config-schema.json': text })).find(sentence => sentence.includes('schema')) ?? ''
    assert.match(errors(await check({}, { files: ['index.js'] }))[0] ?? '', /^There is no processing-config-schema\.json among the files that are published/)
    assert.match(await schemaOf('{'), /processing-config-schema\.json is not (?:a JSON object|JSON)/)
    assert.match(await schemaOf('{ "type": "texte" }'), /cannot be used: .*type/)
    assert.match(await schemaOf('{ "properties": { "a": { "$ref": "#/definitions/none" } } }'), /cannot be used: .*none/)
  })

  it('warns of native addons, of properties without title, and of addresses that cannot be reached', async () => {
    const report = await check({
      'index.js': "try { require('./build/binding.node') } catch {}\nexports.run = async () => { await fetch('http://localhost:3000/'); await fetch('https://example.org/') }",
      'build/binding.node': 'ELF',
      'processing-config-schema.json': '{ "type": "object", "properties": { "url": { "type": "string" } } }'
    })
    assert.ok(report.works, JSON.stringify(report.findings))
    assert.equal(report.findings.find(({ topic }) => topic === 'native')?.detail, 'build/binding.node')
    assert.match(found(report, 'schema', 'warning')[0] ?? '', /the names of url, which have no title/)
    assert.deepEqual(found(report, 'hosts', 'note'), ['named in the source: example.org, localhost:3000'])
    assert.match(found(report, 'hosts', 'warning')[0] ?? '', /^localhost:3000: only public addresses/)
  })

  it('goes on to the other things when the plugin cannot be loaded', async () => {
    const report = await check({ 'index.js': "const fs = require('child_process')\nfs.exec('x')\nenum X {}" })
    assert.match(errors(report)[0] ?? '', /cannot be loaded: index\.js:3:/)
    assert.ok(report.findings.some(({ topic }) => topic === 'size'))
  })

  it('prints a readable report, or data; ends with 0, 1 or 2', async () => {
    const call = async (...args: string[]): Promise<{ code: number | null, output: string }> => {
      const called = vivarium(['check', ...args])
      return { code: await called.ended, output: called.output() }
    }
    const good = await call(path.join(root, 'examples/hello'))
    assert.equal(good.code, 0, good.output)
    assert.match(good.output, /^hello 1\.0\.0\n\n✓ entry {9}index\.ts exports run, stop\n[^]*\n\nNothing was found that would not work\.\n$/)
    const bad = await call(path.join(root, 'test/fixtures/plugins/bad/enum'), '--json')
    assert.equal(bad.code, 1)
    const report: Report = JSON.parse(bad.output)
    assert.deepEqual([report.works, report.plugin, report.findings[0]?.level], [false, { name: 'enum', version: '1.0.0' }, 'error'])
    assert.deepEqual((await call()).code, 2)
    assert.deepEqual((await call(path.join(folder(), 'nowhere'))).code, 2)
  })
})
