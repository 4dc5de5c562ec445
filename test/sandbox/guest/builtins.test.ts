import assert from 'node:assert/strict'
import { builtinModules, createRequire } from 'node:module'
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
    assert.deepEqual(await evaluate(`(context, require) => ${JSON.stringify(names)}.filter(name => !/object|function/.test(typeof require(name)) || require(name) !== require('node:' + name))` as never), [])
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

  describe('what is not served', () => {
    it('has the members and constants of Node, and no others', async () => {
      const wanted = ['net', 'tls', 'http2', 'child_process', 'dgram', 'vm', 'v8', 'inspector']
      const kinds = (module: object): [string, string][] => Object.entries(module).filter(([name]) => !name.startsWith('_')).map(([name, value]) => [name, typeof value] as [string, string]).sort()
      const here = Object.fromEntries(wanted.map(name => [name, kinds(createRequire(import.meta.url)(name))]))
      const there = await evaluate(`(context, require) => { const kinds = ${kinds}; return Object.fromEntries(${JSON.stringify(wanted)}.map(name => [name, kinds(require(name))])) }` as never)
      for (const name of wanted) {
        const given = new Set((there as Record<string, [string, string][]>)[name]?.map(String))
        const absent = (here[name] ?? []).filter(([, kind]) => kind === 'function').map(String).filter(member => !given.has(member))
        assert.deepEqual(absent, [], name)
        assert.deepEqual([...given].filter(member => !(here[name] ?? []).map(String).includes(member)), [], name)
      }
      assert.equal(await guest((_, require) => require('http2').constants.HTTP2_HEADER_STATUS), ':status')
    })

    it('is taken apart, extended, patched, compared with and awaited without harm', async () => {
      assert.deepEqual(await guest(async (_, require) => {
        const net = require('net')
        const { connect, Socket } = net
        class Mine extends Socket {}
        net.extra = 1
        return [typeof connect, {} instanceof Socket, Object.getPrototypeOf(Mine) === Socket, await net === net, { ...net }.extra, net.nothing, Socket.name, typeof require('util').inspect(net)]
      }), ['function', false, true, true, 1, null, 'Socket', 'string'])
    })

    const uses: Record<string, string> = {
      'require("child_process").exec("ls")': 'node:child_process exec',
      'new (require("worker_threads").Worker)("x.js")': 'node:worker_threads Worker',
      'class Mine extends require("net").Socket {}; new Mine().connect(80)': 'node:net Socket.connect',
      'require("net").Socket.call({}).connect(80, "a.b")': 'node:net Socket.connect',
      'await new Promise((resolve, reject) => new (require("tls").TLSSocket)().on("error", reject).write("a"))': 'node:net Socket.write',
      'require("path").matchesGlob("a", "*")': 'node:path matchesGlob',
      'require("vm").runInNewContext("1")': 'node:vm runInNewContext',
      'new (require("node:sqlite").DatabaseSync)(":memory:")': 'node:sqlite DatabaseSync',
      'process.exit(1)': 'process.exit',
      'process.kill(1)': 'process.kill'
    }
    for (const [body, feature] of Object.entries(uses)) {
      it(`names itself: ${body}`, async () => assert.equal(await featureOf(body), feature))
    }

    it('lets a plugin catch the refusal, read what to do instead, and go on', async () => {
      assert.deepEqual(await guest((_, require) => {
        try {
          return require('child_process').execSync('unzip')
        } catch (error) {
          const { code, feature, message } = error as Error & { code: string, feature: string }
          return [code, feature, message]
        }
      }), ['plugin-unsupported', 'node:child_process execSync', 'node:child_process execSync is not available in the sandbox: no other program can be started: use a package in JavaScript or WebAssembly that does the same'])
    })
  })

  it('answers the imports that esbuild writes', async () => {
    // the helpers of esbuild's own output
    const bundle = `function (exports, require) {
      var __create = Object.create, __getProtoOf = Object.getPrototypeOf, __getOwnPropNames = Object.getOwnPropertyNames, __hasOwnProp = Object.prototype.hasOwnProperty, __defProp = Object.defineProperty
      var __copyProps = (to, from) => { if (from && typeof from === 'object' || typeof from === 'function') for (let key of __getOwnPropNames(from)) if (!__hasOwnProp.call(to, key)) __defProp(to, key, { get: () => from[key], enumerable: true }); return to }
      var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(isNodeMode || !mod || !mod.__esModule ? __defProp(target, 'default', { value: mod, enumerable: true }) : target, mod))
      const net = __toESM(require('net')), url = __toESM(require('url'), 1), events = __toESM(require('events'), 1)
      exports.run = async ({ log }) => {
        for (const use of [() => net.default.connect(1), () => (0, net.connect)(1)]) {
          try { use() } catch (error) { log.info(error.feature) }
        }
        log.info([new url.URL('http://a.b/') instanceof URL, url.parse('http://a.b/c').pathname, typeof events.default, events.EventEmitter === events.default].join())
      }
    }`
    const { guest, result } = await runBundle(bundle)
    assert.equal(result.ok, true, JSON.stringify(result))
    assert.deepEqual(guest.lines, ['info: node:net connect', 'info: node:net connect', 'info: true,/c,function,true'])
  })
})
