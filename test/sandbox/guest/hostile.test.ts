import assert from 'node:assert/strict'
import { closeGuests, errorOf, evaluate, openGuest, run, runBundle } from './harness.ts'

/** What a plugin does before it uses the context. Each is the text of statements. */
const POISONS: Readonly<Record<string, string>> = {
  'Object.prototype setters and getters': `
    for (const key of ['op', 'id', 'ms', 'type', 'msg', 'value', 'get', 'set', 'writable', 'enumerable', 'then', 'error', 'code', 'message', 'name', 'stack', 'detail', 'feature', 'cause', 'deleteOnComplete', 'default', 'length', 'callback', 'args', 'cleared', 'next', '0', '1'])
      Object.defineProperty(Object.prototype, key, { __proto__: null, get () { return globalThis.__evil ??= undefined }, set (v) { globalThis.__stolen = v }, configurable: true })`,
  'Object.prototype.toJSON': 'Object.prototype.toJSON = function () { throw new Error("toJSON") }',
  'Object.prototype options of isolated-vm': `
    for (const key of ['reference', 'copy', 'promise', 'externalCopy', 'unsafeInherit', 'accessors', 'ignored', 'release', 'transferIn'])
      Object.defineProperty(Object.prototype, key, { get () { return true }, configurable: true })`,
  JSON: 'JSON.stringify = () => { throw new Error("stringify") }; JSON.parse = () => { throw new Error("parse") }',
  Promise: `Promise.prototype.then = function () { throw new Error("then") }; Promise.prototype.catch = Promise.prototype.finally = Promise.prototype.then
    Promise.resolve = Promise.reject = () => { throw new Error("resolve") }; Object.defineProperty(Promise, Symbol.species, { get () { throw new Error("species") } }); globalThis.Promise = function () { throw new Error("Promise") }`,
  'Promise.prototype.constructor': 'Object.defineProperty(Promise.prototype, "constructor", { get () { return function (executor) { executor(() => {}, () => {}) } } })',
  'Array.prototype': `for (const key of Reflect.ownKeys(Array.prototype)) if (key !== 'length') try { Array.prototype[key] = () => { throw new Error('array') } } catch {}
    Object.defineProperty(Array.prototype, '0', { get () { return 'evil' }, set () { throw new Error('setter') }, configurable: true })`,
  'Symbol.iterator': 'delete Array.prototype[Symbol.iterator]; delete String.prototype[Symbol.iterator]; delete Map.prototype[Symbol.iterator]',
  'Function.prototype': 'for (const key of ["call", "apply", "bind", Symbol.hasInstance]) try { Object.defineProperty(Function.prototype, key, { value () { throw new Error("function") } }) } catch {}',
  'Map and Set': 'for (const C of [Map, Set, WeakMap, WeakSet]) { for (const key of Reflect.ownKeys(C.prototype)) try { C.prototype[key] = () => { throw new Error("collection") } } catch {}; Object.defineProperty(C, Symbol.hasInstance, { value () { throw new Error("hasInstance") } }) }',
  'String, Number and RegExp': 'for (const C of [String, Number, RegExp, Boolean, BigInt, Symbol]) for (const key of Reflect.ownKeys(C.prototype)) try { C.prototype[key] = () => { throw new Error("primitive") } } catch {}',
  'Reflect, Object and Math': 'const { ownKeys } = Reflect; for (const C of [Reflect, Object, Math, Number]) for (const key of ownKeys(C)) if (key !== "prototype") try { C[key] = () => { throw new Error("namespace") } } catch {}',
  Error: 'Error.prepareStackTrace = () => { throw new Error("prepare") }; Error.stackTraceLimit = Infinity; Error.captureStackTrace = () => { throw new Error("capture") }; Error.isError = () => { throw new Error("isError") }; Object.defineProperty(Error.prototype, "name", { get () { throw new Error("name") } }); Object.defineProperty(Error.prototype, "message", { get () { throw new Error("message") }, set () { throw new Error("set message") } })',
  'Date and typed arrays': 'Date.now = () => { throw new Error("now") }; for (const key of Reflect.ownKeys(Uint8Array.prototype.__proto__)) try { Object.defineProperty(Uint8Array.prototype.__proto__, key, { get () { throw new Error("bytes") } }) } catch {}',
  'the globals': 'for (const key of Object.getOwnPropertyNames(globalThis)) if (key !== "globalThis") try { globalThis[key] = undefined } catch {}'
}

describe('a hostile plugin', () => {
  after(closeGuests)

  describe('that breaks the language before it uses the context', () => {
    for (const [name, poison] of Object.entries(POISONS)) {
      it(`is served and settled all the same: ${name}`, async () => {
        const { result, guest } = await runBundle(`function (exports) {
          const { setTimeout } = globalThis, NativePromise = globalThis.Promise
          exports.run = async context => {
            ${poison};
            context.log.info('one', { a: [1, 'x', { b: null }], f () {} })
            context.log.warning('two', 'text')
            for (let i = 0; i < 20; i = i + 1) context.log.progress('t', i, 20)
            await context.patchConfig({ changed: 1 })
            await new NativePromise(resolve => { setTimeout(resolve, 2) })
            context.log.info('three')
            return { deleteOnComplete: true }
          }
        }`)
        assert.deepEqual(guest.entryErrors, [])
        assert.equal(guest.of('settled').length, 1)
        // its own await on its own broken promises may break it; the lines before and the end are ours
        if (result.ok) assert.ok(guest.lines.includes('info: three'), guest.lines.join())
        assert.deepEqual(guest.lines.slice(0, 2), ['info: one', 'warning: two'])
        assert.equal(guest.entries.filter(({ type }) => type === 'progress').length, 20)
        assert.ok(guest.messages.every(message => ['loaded', 'log', 'call', 'timer', 'settled'].includes(message.op)))
        if (!name.includes('toJSON') && name !== 'Promise.prototype.constructor') assert.equal(result.ok, true, JSON.stringify(result))
      })

      it(`is told of its errors all the same: ${name}`, async () => {
        const { result, guest } = await runBundle(`function (exports) {
          const make = globalThis.Error, freeze = Object.freeze
          exports.run = async context => { const error = new make('on purpose'); ${poison}; throw error }
        }`)
        const error = errorOf(result)
        assert.equal(error.code, 'plugin-error', JSON.stringify(error))
        assert.equal((error as { message: string }).message, 'on purpose')
        assert.deepEqual(guest.entryErrors, [])
      })

      it(`gets an end from axios, good or bad: ${name}`, async () => {
        const { guest } = await runBundle(`function (exports) {
          exports.run = async context => { ${poison}; await context.axios.get('http://x.y/', { 'axios-retry': { retries: 0 } }) }
        }`, { http: () => ({ chunks: ['x'] }), onMessage: (message, self) => { if (message.op === 'log') self.close() } })
        assert.ok(guest.of('settled').length <= 1)
        assert.ok(guest.of('http').every(({ request }) => request.context && request.url === 'http://x.y/'))
      }).timeout(5_000)
    }
  })

  it('finds no hook of ours after the boot and the load', async () => {
    assert.deepEqual(await evaluate((() => [
      Object.getOwnPropertyNames(globalThis).filter(name => /vivarium|core-js|deliver|send$/i.test(name)), typeof (globalThis as Record<string, unknown>)['__vivarium_boot'], typeof (globalThis as Record<string, unknown>)['__vivarium_define'],
      URL.name, Object.getOwnPropertyNames(globalThis).filter(name => name.includes('core'))
    ]) as never), [[], 'undefined', 'undefined', 'URL', []])
  })

  it('reaches nothing of isolated-vm from any object in its reach', async () => {
    const { result, guest } = await runBundle(`function (exports, require, module) {
      exports.run = context => {
        const seen = new Set(), odd = [], queue = [[globalThis, 'globalThis'], [context, 'context'], [require, 'require'], [module, 'module'], [(() => { try { null.x } catch (e) { return e } })(), 'error'],
          [setTimeout(() => {}, 1), 'timer'], [setImmediate(() => {}), 'immediate'], [context.log.info('x'), 'promise'], [context.axios.get('http://x.y/'), 'axios promise'], [fetch('http://x.y/'), 'fetch promise'], [new AbortController(), 'controller'], [new Response('x'), 'response']]
        const suspicious = /^(Reference|ExternalCopy|Callback|Dereference|Isolate|Context|Script|Module|Copy|Lib|IsolatedVM)$/
        const look = (value, path) => { if ((typeof value === 'object' && value !== null) || typeof value === 'function') queue.push([value, path]) }
        while (queue.length > 0) {
          const [object, path] = queue.pop()
          if (seen.has(object)) continue
          seen.add(object)
          let name = ''
          try { name = String(object.constructor?.name) } catch {}
          if (suspicious.test(name) || suspicious.test(String(typeof object === 'function' ? object.name : ''))) odd.push(path)
          if (typeof object === 'function' && !/\\bvivarium\\b/.test(path)) {
            for (const key of ['caller', 'arguments']) try { if (object[key] != null) odd.push(path + '.' + key) } catch {}
          }
          let keys = []
          try { keys = Reflect.ownKeys(object) } catch {}
          for (const key of keys) {
            let descriptor
            try { descriptor = Reflect.getOwnPropertyDescriptor(object, key) } catch { continue }
            const at = path + '.' + String(key)
            look(descriptor.value, at); look(descriptor.get, at + '<get>'); look(descriptor.set, at + '<set>')
            try { look(object[key], at) } catch {}
          }
          try { look(Object.getPrototypeOf(object), path + '.__proto__') } catch {}
        }
        context.log.task(JSON.stringify({ seen: seen.size, odd }))
      }
    }`, { http: () => undefined })
    assert.deepEqual(result, { ok: true })
    const told = JSON.parse(guest.entries.find(({ type }) => type === 'task')?.msg ?? '{}') as { seen: number, odd: string[] }
    assert.ok(told.seen > 1_000, `${told.seen} objects seen`)
    // the language's own class of that name; any other is a finding
    assert.deepEqual(told.odd.filter(path => !path.startsWith('globalThis.WebAssembly.Module')), [])
  })

  it('gets only its own realm from constructors', async () => {
    assert.deepEqual(await evaluate((async (context: { log: { info: object }, patchConfig: object }) => {
      const realms = [({}).constructor.constructor, (async () => {}).constructor, function * () {}.constructor, context.log.info.constructor, context.patchConfig.constructor, setTimeout.constructor, fetch.constructor, console.log.constructor]
      const found: unknown[] = []
      for (const make of realms as FunctionConstructor[]) {
        const value = make('return [process, globalThis, typeof require, typeof module]')() as unknown
        const settled = await value as unknown[] | { next (): { value: unknown[] } }
        const [itsProcess, itsGlobal, ...types] = Array.isArray(settled) ? settled : settled.next().value
        found.push(itsProcess === process && itsGlobal === globalThis && types.every(type => type === 'undefined'))
      }
      return found
    }) as never), Array(8).fill(true))
  })

  it('sees no caller, no arguments and no function of ours in a stack', async () => {
    const { guest } = await runBundle(`function (exports) {
      exports.run = function run (context) {
        const callers = []
        function sloppy () { callers.push(sloppy.caller === null || sloppy.caller === run || sloppy.caller === undefined); return sloppy }
        Error.prepareStackTrace = (_, sites) => sites.map(site => [site.getFunction?.(), site.getThis?.()])
        Error.stackTraceLimit = Infinity
        const sites = new Error('x').stack
        Error.prepareStackTrace = undefined
        ;[1].forEach(sloppy)
        new Proxy({}, { get: sloppy }).x
        setTimeout(function timer () { context.log.info(JSON.stringify([timer.caller === null, timer.arguments?.length ?? 0])) }, 1)
        context.log.info({ toString: sloppy, toJSON: sloppy })
        context.log.info('x', { toJSON: sloppy })
        context.log.info(JSON.stringify([callers.every(Boolean), sites.filter(([fn]) => fn !== undefined && fn !== run).map(([fn]) => String(fn.name)), sites.filter(([, self]) => self !== undefined && self !== exports && self !== globalThis).length]))
        return new Promise(resolve => setTimeout(resolve, 10))
      }
    }`)
    const told = guest.lines.filter(line => line.startsWith('info: ['))
    assert.equal(told[0], 'info: [true,[],0]')
    assert.equal(told[1], 'info: [true,0]')
  })

  it('cannot import', async () => {
    for (const name of ['node:fs', 'file:///etc/passwd', 'data:text/javascript,1', './x.js']) {
      const { result } = await runBundle(`function (exports) { exports.run = () => import(${JSON.stringify(name)}) }`)
      assert.match((errorOf(result) as { message: string }).message, /not supported/i)
    }
  })

  describe('finds memory that V8 does not count gone', () => {
    it('no shared memory, no Atomics, and no way back to them', async () => {
      assert.deepEqual(await evaluate(`() => {
        const { Memory } = WebAssembly, shared = { initial: 1, maximum: 1, shared: true }
        const tries = [() => new Memory(shared), () => new Memory.prototype.constructor(shared), () => Reflect.construct(Memory, [shared]), () => new (class extends Memory {})({ ...shared, shared: 1 })]
        return [typeof SharedArrayBuffer, typeof Atomics, tries.map(attempt => { try { attempt(); return 'made' } catch (error) { return error.name } }), 'toResizableBuffer' in Memory.prototype, new Memory({ initial: 1 }).buffer.byteLength, Memory.name]
      }` as never), ['undefined', 'undefined', Array(4).fill('TypeError'), false, 65_536, 'Memory'])
    })

    it('no resizable buffers', async () => {
      assert.deepEqual(await evaluate((() => {
        const options = { maxByteLength: 1e9 }
        const made = [
          new ArrayBuffer(8, options), new (class extends ArrayBuffer {})(8, options), new (ArrayBuffer.prototype.constructor as ArrayBufferConstructor)(8, options), Reflect.construct(ArrayBuffer, [8, options]), Reflect.construct(ArrayBuffer, [8, options], Object),
          new (new Uint8Array(1).buffer.constructor as ArrayBufferConstructor)(8, options), structuredClone(new ArrayBuffer(8, options)), new ArrayBuffer(8, options).transfer(16), new ArrayBuffer(8).slice(0, 4)
        ]
        const resizable = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'resizable')?.get
        return [made.map(buffer => resizable?.call(buffer)), 'resize' in ArrayBuffer.prototype, new ArrayBuffer(3) instanceof ArrayBuffer, ArrayBuffer.isView(new Uint8Array(1)), ArrayBuffer.name, new Uint8Array(new ArrayBuffer(4), 1).length]
      }) as never), [Array(9).fill(false), false, true, true, 'ArrayBuffer', 3])
    })

    it('and code that would run when memory is collected', async () => {
      assert.deepEqual(await evaluate((() => {
        const registry = new FinalizationRegistry(() => {})
        registry.register({}, 1)
        return [registry.unregister({}), new WeakRef({ a: 1 }).deref()]
      }) as never), [false, { a: 1 }])
    })
  })

  it('gets exact bytes across, never the buffer around them', async () => {
    const { guest } = await run(async ({ axios }) => {
      const memory = new Uint8Array(100_000).fill(83)
      await axios.post('http://x.y/', Buffer.from(memory.buffer, 10, 5), { transformRequest: [(data: unknown) => data] })
      await fetch('http://x.y/', { method: 'POST', body: memory.subarray(3, 7) })
    }, { http: () => ({}) })
    assert.deepEqual([...guest.bodies.values()].map(bytes => [bytes.byteLength, bytes.buffer.byteLength]), [[5, 5], [4, 4]])
  })

  it('cannot flood the thread: each 64th message waits for it', async () => {
    const guest = await openGuest({ job: { limits: { timers: 1e6 } } })
    const started = guest.start('function (exports) { exports.run = () => { for (;;) clearTimeout(setTimeout(() => {}, 1000)) } }')
    await new Promise(resolve => setTimeout(resolve, 200))
    const before = process.memoryUsage.rss()
    await new Promise(resolve => setTimeout(resolve, 200))
    assert.ok(guest.messages.length > 100, `${guest.messages.length} messages`)
    guest.close()
    await started
    assert.ok(process.memoryUsage.rss() - before < 3e8)
  })

  it('cannot settle twice, nor after its end', async () => {
    const guest = await openGuest()
    await guest.start(`function (exports) {
      exports.run = async ({ log }) => {
        queueMicrotask(() => { throw new Error('first') })
        setTimeout(() => { throw new Error('later') }, 1)
        await new Promise(resolve => setTimeout(resolve, 5))
        return 1
      }
    }`)
    await guest.result
    await new Promise(resolve => setTimeout(resolve, 30))
    assert.equal(guest.of('settled').length, 1)
    guest.close()
  })

  it('reads random bytes in any size without breaking the bridge', async () => {
    assert.deepEqual(await evaluate(((_: never, require: (name: string) => { randomBytes (size: number): Uint8Array }) => [0, 1, 255, 256, 257, 1024, 65_536, 200_000].map(size => require('crypto').randomBytes(size).length)) as never), [0, 1, 255, 256, 257, 1024, 65_536, 200_000])
  })
})
