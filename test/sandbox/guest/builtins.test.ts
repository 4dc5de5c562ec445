import assert from 'node:assert/strict'
import { builtinModules } from 'node:module'
import { closeGuests, errorOf, evaluate, runBundle } from './harness.ts'

const guest = async (plugin: (context: any, require: any) => unknown): Promise<unknown> => await evaluate(plugin as never)

async function featureOf (body: string): Promise<string | undefined> {
  const { result } = await runBundle(`function (exports, require) { exports.run = async () => { ${body} } }`)
  const error = errorOf(result)
  assert.equal(error.code, 'plugin-unsupported', JSON.stringify(error))
  return error.code === 'plugin-unsupported' ? error.feature : undefined
}

describe('require', () => {
  after(closeGuests)

  it('loads every builtin of Node, by both names, the same object each time', async () => {
    const names = builtinModules.filter(name => !name.startsWith('node:') && !name.startsWith('_'))
    assert.ok(names.length > 50)
    assert.deepEqual(await evaluate(`(context, require) => ${JSON.stringify(names)}.filter(name => typeof require(name) !== 'object' || require(name) !== require('node:' + name))` as never), [])
  })

  it('serves what is there', async () => {
    assert.deepEqual(await guest(async (_, require) => {
      const { Buffer: B } = require('buffer')
      const { URL: U, fileURLToPath, pathToFileURL } = require('node:url')
      const { setTimeout: t } = require('timers')
      const { inspect, format } = require('util')
      const { randomUUID, randomBytes } = require('crypto')
      return [
        B === Buffer, U === URL, t === setTimeout, require('process') === process, require('console') === console, inspect({ a: 1 }), format('%s-%d', 'a', 1), fileURLToPath('file:///a%20b'), pathToFileURL('/a b#c').href,
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(randomUUID()), randomBytes(12).length, typeof require('perf_hooks').performance.now()
      ]
    }), [true, true, true, true, true, '{ a: 1 }', 'a-1', '/a b', 'file:///a%20b%23c', true, 12, 'number'])
  })

  it('throws for what does not exist as Node does', async () => {
    assert.deepEqual(await guest((_, require) => ['left-pad', './x', 'node:nope', 'sqlite', 3].map(name => {
      try {
        return require(name)
      } catch (error) {
        return `${(error as { code: string }).code} ${(error as Error).message}`
      }
    })), [
      'MODULE_NOT_FOUND Cannot find module \'left-pad\'', 'MODULE_NOT_FOUND Cannot find module \'./x\'', 'ERR_UNKNOWN_BUILTIN_MODULE No such built-in module: node:nope',
      'MODULE_NOT_FOUND Cannot find module \'sqlite\'', 'ERR_INVALID_ARG_TYPE The "id" argument must be of type string. Received number'
    ])
    assert.deepEqual(await guest((_, require) => [require.resolve('fs'), require.resolve('node:fs')]), ['fs', 'node:fs'])
  })

  describe('a builtin that is not there', () => {
    it('loads, is taken apart, looked at and awaited without harm', async () => {
      assert.deepEqual(await guest(async (_, require) => {
        const fs = require('fs')
        const { readFile, promises: { writeFile }, constants: { R_OK } } = fs
        const awaited = await fs
        const text = console.dir(fs) ?? require('util').inspect([fs, readFile])
        fs.extra = 1
        const merged = { ...fs, ...Object.assign({}, fs) }
        const number = R_OK | 0
        return [
          typeof readFile, typeof writeFile, awaited === fs, typeof text, fs.__esModule, fs.default, fs.then, `${fs}`, JSON.stringify(fs), fs.extra, Object.keys(merged), number, Array.isArray(fs), fs instanceof Object,
          typeof require('fs').readFile.name, String(fs.hasOwnProperty('x')) // eslint-disable-line no-prototype-builtins
        ]
      }), ['function', 'function', true, 'string', null, null, null, '[object Object]', '{"extra":1}', 1, ['extra'], 0, false, true, 'string', 'false'])
    })

    it('answers the imports that esbuild writes', async () => {
      // the helpers of esbuild's own output
      const bundle = `function (exports, require) {
        var __create = Object.create, __getProtoOf = Object.getPrototypeOf, __getOwnPropNames = Object.getOwnPropertyNames, __hasOwnProp = Object.prototype.hasOwnProperty, __defProp = Object.defineProperty
        var __copyProps = (to, from) => { if (from && typeof from === 'object' || typeof from === 'function') for (let key of __getOwnPropNames(from)) if (!__hasOwnProp.call(to, key)) __defProp(to, key, { get: () => from[key], enumerable: true }); return to }
        var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(isNodeMode || !mod || !mod.__esModule ? __defProp(target, 'default', { value: mod, enumerable: true }) : target, mod))
        const fs = __toESM(require('fs')), url = __toESM(require('url'), 1)
        exports.run = async ({ log }) => {
          for (const use of [() => fs.default.readFileSync('x'), () => (0, fs.readFileSync)('x'), () => (0, url.parse)('x'), () => url.default.parse('x')]) {
            try { use() } catch (error) { log.info(error.feature) }
          }
          log.info(String(new url.URL('http://a.b/') instanceof URL))
        }
      }`
      const { guest, result } = await runBundle(bundle)
      assert.equal(result.ok, true, JSON.stringify(result))
      assert.deepEqual(guest.lines, ['info: node:fs readFileSync', 'info: node:fs readFileSync', 'info: node:url parse', 'info: node:url parse', 'info: true'])
    })

    const uses: Record<string, string> = {
      'const { readFileSync } = require("fs"); readFileSync("/etc/passwd")': 'node:fs readFileSync',
      'await require("node:fs").promises.readFile("/etc/passwd")': 'node:fs promises.readFile',
      'require("child_process").exec("ls")': 'node:child_process exec',
      'new (require("events").EventEmitter)()': 'node:events EventEmitter',
      'class Mine extends require("stream").Transform {}': 'node:stream Transform',
      'const { Readable } = require("stream"); Object.create(Readable.prototype)': 'node:stream Readable',
      'require("net").Socket.call({})': 'node:net Socket',
      'require("path/posix").join("a")': 'node:path/posix join',
      'require("url").parse("http://a.b")': 'node:url parse',
      'process.exit(1)': 'process.exit',
      'process.kill(1)': 'process.kill',
      'process.chdir("/")': 'process.chdir',
      'require("crypto").createHash("sha256")': 'node:crypto createHash'
    }
    for (const [body, feature] of Object.entries(uses)) {
      it(`names itself: ${body}`, async () => assert.equal(await featureOf(body), feature))
    }

    it('lets a plugin catch the refusal and go on', async () => {
      assert.deepEqual(await guest((_, require) => {
        try {
          return require('child_process').execSync('unzip')
        } catch (error) {
          const { code, feature, message } = error as Error & { code: string, feature: string }
          return [code, feature, message]
        }
      }), ['plugin-unsupported', 'node:child_process execSync', 'node:child_process execSync is not available in the sandbox'])
    })
  })
})
