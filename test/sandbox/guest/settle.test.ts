/* eslint-disable no-throw-literal -- plugins throw anything */
import assert from 'node:assert/strict'
import type { RunError } from '../../../sandbox/protocol.ts'
import { closeGuests, errorOf, openGuest, run, runBundle, type Run } from './harness.ts'

describe('the end of a run', () => {
  after(closeGuests)

  describe('what run() returns', () => {
    const values: Record<string, [Run, unknown]> = {
      nothing: [() => {}, { ok: true }],
      'deleteOnComplete, and nothing beside it': [() => ({ deleteOnComplete: true, other: 1 }), { ok: true, value: { deleteOnComplete: true } }],
      'deleteOnComplete false': [() => ({ deleteOnComplete: false }), { ok: true }],
      text: [() => 'done', { ok: true }],
      null: [() => null, { ok: true }],
      'a function': [() => () => {}, { ok: true }],
      'a BigInt in an object': [() => ({ n: 1n }), { ok: true }],
      'a cycle': [() => { const a: Record<string, unknown> = {}; a['a'] = a; return a }, { ok: true }],
      'a getter that throws': [() => ({ get deleteOnComplete () { throw new Error('no') } }), { ok: true }],
      'a Proxy that throws': [() => new Proxy({}, { get (_, key) { if (key === 'then') return undefined; throw new Error('no') }, ownKeys () { throw new Error('no') } }), { ok: true }],
      'a thenable': [() => ({ then (resolve: (value: unknown) => void) { resolve({ deleteOnComplete: true }) } }), { ok: true, value: { deleteOnComplete: true } }]
    }
    for (const [name, [plugin, expected]] of Object.entries(values)) {
      it(`accepts ${name}`, async () => assert.deepEqual((await run(plugin)).result, expected))
    }

    const tooLarge: Record<string, Run> = {
      'a text of 10 MB': () => 'x'.repeat(1e7),
      'many items': () => ({ rows: Array.from({ length: 50_000 }, (_, i) => ({ i, text: 'text' })) }),
      'an array with four thousand million holes': () => { const a: unknown[] = []; a[4_294_967_294] = 1; return a },
      bytes: () => new Uint8Array(1e6)
    }
    for (const [name, plugin] of Object.entries(tooLarge)) {
      it(`refuses ${name} as too large`, async () => {
        const error = errorOf((await run(plugin)).result)
        assert.equal(error.code, 'result-too-large')
        assert.ok(error.code === 'result-too-large' && error.bytes > 100_000)
      })
    }
  })

  describe('what run() throws', () => {
    const plain = (message: string, name?: string): Partial<RunError> => ({ code: 'plugin-error', message, ...(name === undefined ? {} : { name }) })
    const thrown: Record<string, [Run, Partial<RunError>]> = {
      'an Error': [() => { throw new Error('bad luck') }, plain('bad luck', 'Error')],
      'a TypeError of V8': [({ missing }) => missing.x, plain('Cannot read properties of undefined (reading \'x\')', 'TypeError')],
      'a rejection': [() => Promise.reject(new RangeError('late')), plain('late', 'RangeError')],
      'an error of a class': [() => { class Mine extends Error { override name = 'Mine' } throw new Mine('own') }, plain('own', 'Mine')],
      'an error without a message': [() => { throw new Error() }, plain('Error', 'Error')],
      text: [() => { throw 'just text' }, plain('just text')],
      null: [() => { throw null }, plain('the plugin threw null, which is not an error')],
      undefined: [() => { throw undefined }, plain('the plugin threw undefined, which is not an error')],
      'a number': [() => { throw 42 }, plain('the plugin threw 42, which is not an error')],
      'a symbol': [() => { throw Symbol('odd') }, plain('Symbol(odd)')],
      'a plain object with a message': [() => { throw { message: 'from an object' } }, plain('from an object')],
      'a plain object': [() => { throw { a: 1 } }, plain('the plugin threw an object that is not an error: {"a":1}')],
      'a function': [() => { throw () => {} }, plain('the plugin threw a function, which is not an error')],
      'an error whose getters throw': [() => {
        throw Object.defineProperties(new Error('x'), { message: { get () { throw new Error('no') } }, name: { get () { throw new Error('no') } }, stack: { get () { throw new Error('no') } } })
      }, { code: 'plugin-error', message: 'Error' }],
      'a Proxy that throws in every trap': [() => {
        throw new Proxy(new Error('x'), new Proxy({}, { get () { return () => { throw new Error('trap') } } }))
      }, { code: 'plugin-error' }],
      'a revoked Proxy': [() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy }, { code: 'plugin-error' }],
      'an error with a cause': [() => { throw new Error('outer', { cause: new Error('inner') }) }, plain('outer', 'Error')],
      'an error with an exit code for status': [() => { throw Object.assign(new Error('Command failed'), { status: 1 }) }, plain('Command failed', 'Error')],
      'what answers a status': [() => { throw Object.assign(new Error('gone'), { status: 410, statusText: 'Gone' }) }, { code: 'http-error', message: '410 - Gone - gone' }]
    }
    for (const [name, [plugin, expected]] of Object.entries(thrown)) {
      it(`tells ${name}`, async () => {
        const { result, guest } = await run(plugin)
        assert.deepEqual({ ...errorOf(result), ...expected }, errorOf(result))
        assert.equal(guest.of('settled').length, 1)
        assert.deepEqual(guest.entryErrors, [])
      })
    }

    it('gives the plugin\'s own frames and those of causes, none of ours', async () => {
      const { result } = await run(async function plugin () {
        await new Promise(resolve => setTimeout(resolve, 1))
        throw new Error('outer', { cause: new Error('inner') })
      })
      const { stack = '' } = errorOf(result) as { stack?: string }
      assert.match(stack, /^Error: outer\n {4}at .*\/plugin\/index\.js:\d+:\d+/)
      assert.match(stack, /Caused by: Error: inner\n {4}at .*\/plugin\/index\.js/)
      assert.doesNotMatch(stack, /vivarium|isolated-vm/)
    })

    it('bounds messages and stacks', async () => {
      const { result } = await run(() => { throw new Error('x'.repeat(5e6)) })
      const { message, stack = '' } = errorOf(result) as { message: string, stack?: string }
      assert.ok(message.length < 11_000 && stack.length < 25_000, `${message.length}, ${stack.length}`)
    })

    it('survives Error.prepareStackTrace', async () => {
      const { result } = await run(() => {
        Error.prepareStackTrace = () => { throw new Error('no stack for you') }
        throw new Error('first')
      })
      assert.equal((errorOf(result) as { message: string }).message, 'first')
    })

    it('survives a stack overflow', async () => {
      const { result } = await run(function run (): unknown { return [run()] })
      assert.deepEqual(errorOf(result).code, 'plugin-error')
      assert.match((errorOf(result) as { message: string }).message, /call stack/)
    })
  })

  it('counts only the first end', async () => {
    const { result, guest } = await run(async () => {
      setTimeout(() => { throw new Error('from a timer') }, 1)
      await new Promise(resolve => setTimeout(resolve, 30))
      throw new Error('from run')
    })
    assert.equal((errorOf(result) as { message: string }).message, 'from a timer')
    assert.equal(guest.of('settled').length, 1)
  })

  it('shows the thread what is rejected and never handled', async () => {
    const { guest } = await run(async () => {
      Promise.reject(new Error('floating'))
      await new Promise(resolve => setTimeout(resolve, 10))
    })
    assert.deepEqual(guest.entryErrors.map(({ message }) => message), ['floating'])
  })

  describe('loading', () => {
    const load = { code: 'plugin-invalid' } as const
    it('takes exports, module.exports, a default export and an ES module as esbuild writes it', async () => {
      const bundles = [
        'function (exports) { exports.run = () => ({ deleteOnComplete: true }) }',
        'function (exports, require, module) { module.exports = { run () { return { deleteOnComplete: true } } } }',
        'function (exports, require, module) { module.exports = { __esModule: true, default: { run: () => ({ deleteOnComplete: true }) } } }',
        'function (exports, require, module) { var e = {}; Object.defineProperty(e, "run", { get: () => run, enumerable: true }); module.exports = e; async function run () { return { deleteOnComplete: true } } }'
      ]
      for (const bundle of bundles) assert.deepEqual((await runBundle(bundle)).result, { ok: true, value: { deleteOnComplete: true } }, bundle)
    })

    it('gives a CommonJS module what it expects', async () => {
      const { guest } = await runBundle(function (this: unknown, exports, require, module, filename, dirname) {
        const atLoad = [this === exports, module.exports === exports, filename, dirname, module.filename, require.main === module, typeof require.resolve]
        exports.run = ({ log }: { log: { info (msg: string): void } }) => { log.info(JSON.stringify(atLoad)) }
      })
      assert.deepEqual(guest.lines, ['info: [true,true,"/plugin/index.js","/plugin","/plugin/index.js",false,"function"]'])
    })

    it('awaits a bundle with top-level await', async () => {
      const { result, guest } = await runBundle(`async function (exports) {
        await new Promise(resolve => setTimeout(resolve, 5))
        exports.run = () => ({ deleteOnComplete: true })
      }`, { async: true })
      assert.deepEqual(result, { ok: true, value: { deleteOnComplete: true } })
      assert.deepEqual(guest.messages.map(({ op }) => op), ['timer', 'loaded', 'settled'])
    })

    const invalid: Record<string, [string, RegExp]> = {
      'no run()': ['function (exports) { exports.stop = () => {} }', /^its entry index\.js exports no function run\(\)$/],
      'exports that are null': ['function (exports, require, module) { module.exports = null }', /exports no function run/],
      'a throw at the top level': ['function () { throw new ReferenceError("x is not defined") }', /^ReferenceError: x is not defined$/],
      'what is no function': ['42', /not a function/],
      'a missing module': ['function (exports, require) { require("left-pad") }', /^Cannot find module 'left-pad'$/],
      'exports whose getters throw': ['function (exports, require, module) { module.exports = { get run () { throw new Error("trap") } } }', /^trap$/]
    }
    for (const [name, [bundle, message]] of Object.entries(invalid)) {
      it(`refuses ${name}`, async () => {
        const error = errorOf((await runBundle(bundle)).result)
        assert.equal(error.code, load.code)
        assert.match((error as { message: string }).message, message)
      })
    }

    it('tells what is not supported at load by its name', async () => {
      const { result } = await runBundle('function (exports, require) { require("child_process").execSync("ls") }')
      const { code, feature } = errorOf(result) as { code: string, feature?: string }
      assert.deepEqual({ code, feature }, { code: 'plugin-unsupported', feature: 'node:child_process execSync' })
    })

    it('offers its hook once', async () => {
      const guest = await openGuest()
      await guest.start('function (exports) { exports.run = ({ log }) => log.info("first") }')
      await guest.evaluate('__vivarium_define(function (exports) { exports.run = ({ log }) => log.info("second") })')
      assert.match(guest.entryErrors[0]?.message ?? '', /__vivarium_define is not defined/)
      assert.deepEqual(guest.lines, ['info: first'])
      guest.close()
    })
  })

  describe('prepare()', () => {
    const prepare = async (body: string) => (await runBundle(`function (exports) { exports.run = () => {}; ${body} }`, { job: { call: 'prepare', processingConfig: { secretField: 'x' } } })).result

    it('answers configuration and secrets', async () => {
      const body = 'exports.prepare = async ({ processingConfig, secrets }) => ({ processingConfig: { ...processingConfig, secretField: "********" }, secrets: { ...secrets, secretField: processingConfig.secretField } })'
      assert.deepEqual(await prepare(body), { ok: true, value: { processingConfig: { secretField: '********' }, secrets: { password: 'open sesame', secretField: 'x' } } })
    })

    it('may be absent, or answer nothing', async () => {
      assert.deepEqual(await prepare(''), { ok: true, value: {} })
      assert.deepEqual(await prepare('exports.prepare = () => {}'), { ok: true, value: {} })
      assert.deepEqual(await prepare('exports.prepare = () => null'), { ok: true, value: {} })
    })

    it('may throw', async () => {
      const { code, message } = errorOf(await prepare('exports.prepare = () => { throw new Error("wrong key") }')) as { code: string, message: string }
      assert.deepEqual({ code, message }, { code: 'plugin-error', message: 'wrong key' })
    })

    it('may not answer what is no JSON, or too much of it', async () => {
      assert.equal(errorOf(await prepare('exports.prepare = () => ({ processingConfig: { n: 1n } })')).code, 'plugin-error')
      assert.equal(errorOf(await prepare('exports.prepare = () => ({ secrets: { a: "x".repeat(1e6) } })')).code, 'result-too-large')
    })
  })

  describe('stop()', () => {
    it('reaches the module that runs', async () => {
      const guest = await openGuest()
      await guest.start(`function (exports) {
        let stopped = false
        exports.run = async ({ log }) => { while (!stopped) await new Promise(resolve => setTimeout(resolve, 2)); await log.info('stopped') }
        exports.stop = async () => { stopped = true }
      }`)
      assert.equal(guest.of('loaded')[0]?.stop, true)
      await guest.deliver({ op: 'stop' })
      assert.deepEqual(await guest.result, { ok: true })
      assert.deepEqual(guest.lines, ['info: stopped'])
      guest.close()
    })

    it('is called after the load when it is asked for before', async () => {
      const guest = await openGuest({ async: true })
      await guest.start('async function (exports) { await new Promise(resolve => setTimeout(resolve, 5)); let stopped; exports.stop = () => { stopped = true }; exports.run = () => { if (!stopped) throw new Error("not stopped") } }')
      await guest.deliver({ op: 'stop' })
      assert.deepEqual(await guest.result, { ok: true })
      guest.close()
    })

    it('may fail, or be absent', async () => {
      const guest = await openGuest()
      await guest.start('function (exports) { exports.run = () => new Promise(resolve => setTimeout(resolve, 10)); exports.stop = async () => { throw new Error("cannot stop") } }')
      await guest.deliver({ op: 'stop' })
      assert.deepEqual(await guest.result, { ok: true })
      assert.deepEqual(guest.lines, ['warning: The plugin\'s function stop() failed.'])
      assert.equal((guest.entries[0] as { extra: { message: string } }).extra.message, 'cannot stop')
      guest.close()
      const other = await openGuest()
      await other.start('function (exports) { exports.run = () => new Promise(resolve => setTimeout(resolve, 10)) }')
      assert.equal(other.of('loaded')[0]?.stop, false)
      await other.deliver({ op: 'stop' })
      assert.deepEqual(await other.result, { ok: true })
      other.close()
    })
  })
})
