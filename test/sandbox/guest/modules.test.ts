import assert from 'node:assert/strict'
import { join } from 'node:path'
import { bundlePackage } from '../../../cache/bundle.ts'
import { BUNDLE_LIMITS } from '../../../cache/options.ts'
import { temporaryFolder, writeFiles } from '../../cache/temporary-folder.ts'
import { closeGuests, runBundle, type GuestOptions } from './harness.ts'
import { makeFolders, removeFolders } from './temporary-folders.ts'

describe('modules of a plugin', () => {
  const folder = temporaryFolder()
  after(closeGuests)
  after(removeFolders)

  /** What a plugin's run() answers by `log.task(JSON)`. */
  async function answerOf (files: Record<string, string>, options: GuestOptions = {}): Promise<unknown> {
    const dir = await writeFiles(join(folder(), 'plugin'), { 'package.json': '{ "name": "p", "version": "1.0.0" }', ...files })
    const bundle = await bundlePackage(dir, BUNDLE_LIMITS, new Int32Array(new SharedArrayBuffer(4)))
    const { guest, result } = await runBundle(bundle.code, { async: bundle.async, folders: { ...makeFolders(), package: dir }, ...options })
    assert.deepEqual(result, { ok: true }, JSON.stringify(result))
    const told = guest.entries.find(({ type }) => type === 'task')
    return JSON.parse(told?.msg ?? 'null')
  }
  const tell = (expression: string): string => `exports.run = async ({ log }) => { await log.task(JSON.stringify(${expression})) }`

  it('know where they lie, each its own place', async () => {
    assert.deepEqual(await answerOf({
      'index.js': `const a = require('./lib/a')\n${tell('[__filename, __dirname, a, require("./node_modules/dep"), module.id, module.filename, module.path, module.loaded, require.main === module]')}`,
      'lib/a.js': 'module.exports = [__filename, __dirname, module.filename]',
      'node_modules/dep/index.js': 'function inner (module) { return __dirname }\nmodule.exports = inner()'
    }), ['/plugin/index.js', '/plugin', ['/plugin/lib/a.js', '/plugin/lib', '/plugin/lib/a.js'], '/plugin/node_modules/dep', '/plugin/index.js', '/plugin/index.js', '/plugin', true, false])
  })

  it('know it as ES modules and TypeScript, with and without top-level await', async () => {
    for (const start of ['', 'await null\n']) {
      assert.deepEqual(await answerOf({
        'package.json': '{ "name": "p", "version": "1.0.0", "type": "module", "main": "index.ts" }',
        'index.ts': `${start}import { place } from './lib/b.ts'\nexport const run = async ({ log }: { log: { task: (text: string) => void } }) => { log.task(JSON.stringify([import.meta.url, import.meta.dirname, place(), 'import.meta', import.meta.resolve('./lib/c.cjs'), import.meta.resolve('path'), (await import('./lib/c.cjs')).default])) }`,
        'lib/b.ts': 'export const place = (): string[] => [import.meta.filename, import.meta.dirname] // import.meta',
        'lib/c.cjs': 'module.exports = __filename'
      }), ['file:///plugin/index.ts', '/plugin', ['/plugin/lib/b.ts', '/plugin/lib'], 'import.meta', 'file:///plugin/lib/c.cjs', 'node:path', '/plugin/lib/c.cjs'])
    }
  })

  it('find each other by names that are made while they run', async () => {
    assert.deepEqual(await answerOf({
      'index.js': `const path = require('path')\nrequire('./lib/a')\nrequire('dep')\nconst name = 'a'\n${tell('[require(path.join(__dirname, "lib", name)) === require("./lib/a"), require.resolve("./lib/a"), require.resolve("dep"), require.resolve("fs"), require("./lib/a").again("./a"), (() => { try { require(name) } catch (error) { return error.code } })()]')}`,
      'lib/a.js': 'exports.again = name => require(name) === module.exports',
      'node_modules/dep/package.json': '{ "name": "dep", "version": "1.0.0", "main": "main.js" }',
      'node_modules/dep/main.js': ''
    }).catch((error: Error) => error.message), [true, '/plugin/lib/a.js', '/plugin/node_modules/dep/main.js', 'fs', true, 'MODULE_NOT_FOUND'])
  })

  it('find each other by names of the manifest, by URLs, from other folders', async () => {
    assert.deepEqual(await answerOf({
      'package.json': '{ "name": "p", "version": "1.0.0", "imports": { "#lib/*": "./lib/*.js", "#builtin": "path" }, "exports": { "./a": "./lib/a.js" } }',
      'index.js': `const name = 'a'\nconst a = require('./lib/a')\n${tell('[require("#lib/" + name) === a, require("p/" + name) === a, (await import("file:///plugin/lib/" + name + ".js?x")).default === a, [name].map(require.resolve.bind(null, "#builtin"))[0], require.resolve("./" + name, { paths: [__dirname + "/none", __dirname + "/lib"] }), require.resolve.paths("x"), require.resolve.paths("./x"), require.resolve.paths("fs")]')}`,
      'lib/a.js': 'exports.n = 1'
    }), [true, true, true, 'path', '/plugin/lib/a.js', ['/plugin/node_modules'], ['/plugin'], null])
  })

  it('are resolved with the conditions of import by import.meta.resolve', async () => {
    assert.deepEqual(await answerOf({
      'package.json': '{ "name": "p", "version": "1.0.0", "type": "module" }',
      'index.js': 'import { createRequire } from "node:module"\nconst attempt = (name) => { try { return import.meta.resolve(name) } catch (error) { return error.code } }\nexport const run = async ({ log }) => { await log.task(JSON.stringify([attempt("dep"), createRequire(import.meta.url).resolve("dep"), attempt("absent")])) }',
      'node_modules/dep/package.json': '{ "name": "dep", "exports": { "import": "./m.mjs", "require": "./c.cjs" } }',
      'node_modules/dep/m.mjs': '',
      'node_modules/dep/c.cjs': ''
    }), ['file:///plugin/node_modules/dep/m.mjs', '/plugin/node_modules/dep/c.cjs', 'ERR_MODULE_NOT_FOUND'])
  })

  it('are strict when all of them are ES modules', async () => {
    const files = { 'package.json': '{ "name": "p", "version": "1.0.0", "type": "module" }', 'index.js': 'import { self } from "./lib.js"\nexport const run = async ({ log }) => { let thrown; try { undeclared = 1 } catch (error) { thrown = error.name } await log.task(JSON.stringify([self() === undefined, thrown, import.meta.main])) }', 'lib.js': 'export function self () { return this }' }
    for (const start of ['', 'await null\n']) assert.deepEqual(await answerOf({ ...files, 'index.js': start + files['index.js'] }), [true, 'ReferenceError', false])
    assert.deepEqual(await answerOf({ ...files, 'index.js': `import "./old.cjs"\n${files['index.js']}`, 'old.cjs': 'with ({}) {}' }), [false, null, false])
  })

  it('may depend on each other in a circle', async () => {
    assert.deepEqual(await answerOf({
      'index.js': `const a = require('./a')\n${tell('[a.name, a.other(), require("./b").seen]')}`,
      'a.js': 'exports.name = "a"\nconst b = require("./b")\nexports.other = () => b.name',
      'b.js': 'const a = require("./a")\nexports.name = "b"\nexports.seen = a.name + typeof a.other'
    }), ['a', 'b', 'aundefined'])
  })

  it('are evaluated again when they threw, and keep one state when they did not', async () => {
    assert.deepEqual(await answerOf({
      'index.js': `globalThis.tries = 0\nconst attempt = () => { try { return require('./fails') } catch (error) { return error.message } }\n${tell('[attempt(), attempt(), attempt().ok, require("./fails").ok]')}`,
      'fails.js': 'if (++globalThis.tries < 3) throw new Error("try " + globalThis.tries)\nexports.ok = globalThis.tries'
    }), ['try 1', 'try 2', 3, 3])
  })

  it('get the builtin and not the package of its name', async () => {
    assert.deepEqual(await answerOf({
      'index.js': tell('[typeof require("path").join, typeof require("util").inherits, require("string_decoder/").mine]'),
      'node_modules/path/index.js': 'throw new Error("junk")',
      'node_modules/util/index.js': 'throw new Error("junk")',
      'node_modules/string_decoder/index.js': 'exports.mine = true'
    }), ['function', 'function', true])
  })

  it('keep the store of an AsyncLocalStorage across await', async () => {
    assert.deepEqual(await answerOf({
      'index.js': `const { AsyncLocalStorage } = require('async_hooks')
const als = new AsyncLocalStorage()
async function * each () { yield als.getStore(); await null; yield als.getStore() }
exports.run = async ({ log }) => {
  const seen = []
  await Promise.all(['a', 'b'].map(id => als.run(id, async () => {
    await new Promise(resolve => setTimeout(resolve, id === 'a' ? 5 : 2))
    seen.push(id + als.getStore())
    for await (const store of each()) seen.push(id + store)
    await new Promise(resolve => require('timers').setImmediate(resolve))
    seen.push(id + als.getStore())
  })))
  await log.task(JSON.stringify([seen.sort(), String(als.getStore())]))
}`
    }), [['aa', 'aa', 'aa', 'aa', 'bb', 'bb', 'bb', 'bb'], 'undefined'])
  })
})
