import assert from 'node:assert/strict'
import { closeGuests, openGuest, run, type Run } from './harness.ts'

type Entry = { type: string, msg: string, date: number, extra?: unknown, progress?: number, total?: number }

/** What `log.info('x', extra)` leaves as extra. */
async function extraOf (plugin: Run): Promise<unknown> {
  const { result, guest } = await run(plugin)
  assert.equal(result.ok, true, JSON.stringify(result))
  const entry = guest.entries.find(({ msg }) => msg === 'x') as Entry | undefined
  assert.ok(entry !== undefined, 'the line was written')
  return entry.extra
}

describe('context.log', () => {
  after(closeGuests)

  it('writes each kind of line, with the date', async () => {
    const before = Date.now()
    const { guest } = await run(async ({ log }) => {
      await log.step('a step')
      await log.info('an info')
      await log.warning('a warning', { a: 1 })
      await log.warn('by its old name')
      await log.error('an error', 'text')
      await log.debug('a detail')
      await log.task('a task')
      await log.progress('a task', 1, 2)
    })
    assert.deepEqual(guest.entries.map(({ date, ...entry }) => entry), [
      { type: 'step', msg: 'a step' },
      { type: 'info', msg: 'an info', extra: '' },
      { type: 'warning', msg: 'a warning', extra: { a: 1 } },
      { type: 'warning', msg: 'by its old name', extra: '' },
      { type: 'error', msg: 'an error', extra: 'text' },
      { type: 'debug', msg: 'a detail', extra: '' },
      { type: 'task', msg: 'a task' },
      { type: 'progress', msg: 'a task', progress: 1, total: 2 }
    ])
    assert.ok(guest.entries.every(({ date }) => date >= before && date <= Date.now()))
  })

  it('keeps details back unless they are wanted', async () => {
    const { guest } = await run(async ({ log }) => { await log.debug('a'); console.log('b'); console.debug('c'); console.info('d') }, { job: { debug: false } })
    assert.deepEqual(guest.lines, ['info: d'])
  })

  it('makes text of any message', async () => {
    const { guest } = await run(({ log }) => {
      const hostile = new Proxy({}, { get () { throw new Error('no') }, ownKeys () { throw new Error('no') }, getPrototypeOf () { throw new Error('no') } })
      for (const msg of [undefined, null, 3, 1n, Symbol('s'), { a: 1 }, ['x'], hostile]) log.info(msg)
    })
    assert.deepEqual(guest.lines.slice(0, 7), ['info: undefined', 'info: null', 'info: 3', 'info: 1n', 'info: Symbol(s)', 'info: { a: 1 }', 'info: [ \'x\' ]'])
    assert.equal(guest.lines.length, 8)
  })

  it('tolerates a progress without numbers', async () => {
    const { guest } = await run(({ log }) => { log.progress('t', NaN, Infinity); log.progress('t', '5'); log.progress('t', 1, 1e6) })
    assert.deepEqual(guest.entries.map(({ date, ...entry }) => entry), [
      { type: 'progress', msg: 't', progress: 0, total: 0 },
      { type: 'progress', msg: 't', progress: 0, total: 0 },
      { type: 'progress', msg: 't', progress: 1, total: 1_000_000 }
    ])
  })

  it('can be taken apart', async () => {
    const { guest } = await run(async ({ log: { info } }) => { await info('alone') })
    assert.deepEqual(guest.lines, ['info: alone'])
  })

  it('sends the first lines of a turn at once and the others together, in order', async () => {
    const { guest } = await run(({ log }) => { for (let i = 0; i < 300; i++) log.info(`${i}`) })
    assert.deepEqual(guest.lines, Array.from({ length: 300 }, (_, i) => `info: ${i}`))
    assert.ok(guest.of('log').length < 20, `${guest.of('log').length} messages`)
  })

  it('has told where a loop began', async () => {
    const guest = await openGuest()
    const started = guest.start('function (exports) { exports.run = ({ log }) => { log.step("one"); log.info("two"); for (;;); } }')
    await new Promise(resolve => setTimeout(resolve, 150))
    assert.deepEqual(guest.lines, ['step: one', 'info: two'])
    guest.close()
    await started
  })

  it('keeps the order of lines and requests', async () => {
    const { guest } = await run(async ({ log, patchConfig }) => {
      for (let i = 0; i < 20; i++) log.info(`${i}`)
      await patchConfig({ a: 1 })
    })
    assert.equal(guest.messages.findIndex(({ op }) => op === 'call'), guest.messages.length - 2)
  })

  it('cuts a text of 10 MB to the limit of an entry', async () => {
    const { guest } = await run(({ log }) => { log.info('m'.repeat(1e7)); log.info('x', 'e'.repeat(1e7)) })
    const [first, second] = guest.entries as [Entry, Entry]
    assert.match(first.msg, /^m+… \(\d+ more characters\)$/)
    assert.match(String(second.extra), /^e+… \(\d+ more characters\)$/)
    assert.ok(JSON.stringify(first).length < 20_000 && JSON.stringify(second).length < 20_000)
  })

  describe('extra', () => {
    const extras: Record<string, [Run, unknown]> = {
      'is an empty text by default': [({ log }) => log.info('x'), ''],
      'undefined is the default': [({ log }) => log.info('x', undefined), ''],
      null: [({ log }) => log.info('x', null), null],
      'a function': [({ log }) => log.info('x', () => {}), ''],
      'a number': [({ log }) => log.info('x', 3.5), 3.5],
      NaN: [({ log }) => log.info('x', NaN), 'NaN'],
      'a BigInt': [({ log }) => log.info('x', 10n), '10n'],
      'a BigInt beyond reason': [({ log }) => log.info('x', 10n ** 1000n), '[BigInt of more than 100 digits]'],
      'a symbol': [({ log }) => log.info('x', Symbol('s')), 'Symbol(s)'],
      'functions and undefined in objects and lists': [({ log }) => log.info('x', { f () {}, u: undefined, a: [undefined, () => {}, 1] }), { a: [null, null, 1] }],
      'a cycle': [({ log }) => { const a: Record<string, unknown> = { n: 1 }; a['self'] = a; a['list'] = [a]; log.info('x', a) }, { n: 1, self: '[Circular]', list: ['[Circular]'] }],
      'the same object twice': [({ log }) => { const a = { n: 1 }; log.info('x', [a, a]) }, [{ n: 1 }, { n: 1 }]],
      'a date': [({ log }) => log.info('x', { d: new Date(0), bad: new Date(NaN) }), { d: '1970-01-01T00:00:00.000Z', bad: 'Invalid Date' }],
      'a Map and a Set': [({ log }) => log.info('x', { m: new Map<unknown, unknown>([['a', 1], [{ b: 2 }, 3]]), s: new Set([1, 'two']) }), { m: { a: 1, '{"b":2}': 3 }, s: [1, 'two'] }],
      'a regular expression': [({ log }) => log.info('x', /a+/gi), '/a+/gi'],
      'a promise': [({ log }) => log.info('x', Promise.resolve(1)), '[Promise]'],
      bytes: [({ log }) => log.info('x', [new Uint8Array([1, 171]), Buffer.from('hello world, hello'), new ArrayBuffer(5), new DataView(new ArrayBuffer(2)), new Float64Array(1)]), [
        '[Uint8Array of 2 bytes: 01 ab]', '[Uint8Array of 18 bytes: 68 65 6c 6c 6f 20 77 6f 72 6c 64 2c 20 68 65 6c …]', '[ArrayBuffer of 5 bytes]', '[DataView]', '[Float64Array of 8 bytes: 00 00 00 00 00 00 00 00]'
      ]],
      'what has a toJSON': [({ log }) => log.info('x', { u: new URL('http://a.b/c'), t: { toJSON: () => ({ told: 1 }) } }), { u: 'http://a.b/c', t: { told: 1 } }],
      'a toJSON that throws': [({ log }) => log.info('x', { t: { toJSON () { throw new Error('no') } }, after: 1 }), { t: '[unreadable]', after: 1 }],
      'getters, which are not called': [({ log }) => log.info('x', { get a () { log.info('called'); return 1 }, b: 2 }), { a: '[Getter]', b: 2 }],
      'a Proxy that throws in every trap': [({ log }) => log.info('x', { p: new Proxy({}, new Proxy({}, { get () { return () => { throw new Error('trap') } } })), after: 1 }), { p: '[unreadable]', after: 1 }],
      'a revoked Proxy': [({ log }) => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); log.info('x', proxy) }, '[unreadable]'],
      'what lies about its kind': [({ log }) => log.info('x', { m: { [Symbol.toStringTag]: 'Map' }, d: { [Symbol.toStringTag]: 'Date' } }), { m: '[unreadable]', d: 'Invalid Date' }],
      'an object without a prototype': [({ log }) => log.info('x', Object.assign(Object.create(null), { a: 1 })), { a: 1 }],
      'an own __proto__': [({ log }) => log.info('x', JSON.parse('{"__proto__":{"polluted":1},"a":1}')), JSON.parse('{"__proto__":{"polluted":1},"a":1}')],
      'lone surrogates': [({ log }) => log.info('x', '\ud800'), '\ud800'],
      'what is deep': [({ log }) => log.info('x', JSON.parse('['.repeat(5000) + ']'.repeat(5000))), JSON.parse('['.repeat(8) + '"[Array]"' + ']'.repeat(8))]
    }
    for (const [name, [plugin, expected]] of Object.entries(extras)) {
      it(`tells ${name}`, async () => assert.deepEqual(await extraOf(plugin), expected))
    }

    it('tells an error with its name, message, stack, code and cause', async () => {
      const extra = await extraOf(({ log }) => {
        log.info('x', Object.assign(new TypeError('bad', { cause: new Error('why') }), { code: 'E', request: { secret: 1 } }))
      }) as Record<string, unknown> & { cause: Record<string, unknown> }
      assert.deepEqual(Object.keys(extra), ['name', 'message', 'stack', 'cause', 'code'])
      assert.deepEqual([extra['name'], extra['message'], extra['code'], extra.cause['message']], ['TypeError', 'bad', 'E', 'why'])
      assert.match(String(extra['stack']), /^TypeError: bad\n.*plugin\/index\.js/)
      assert.doesNotMatch(String(extra['stack']), /vivarium/)
    })

    it('takes the whole context, as published plugins give it', async () => {
      const extra = await extraOf(context => { context.axios.get; context.log.info('x', context) }) as Record<string, unknown> // eslint-disable-line @typescript-eslint/no-unused-expressions
      assert.deepEqual(extra['processingConfig'], { dataset: { id: 'd1' } })
      assert.equal(extra['processingId'], 'processing-1')
      assert.deepEqual(extra['secrets'], { password: 'open sesame' })
      assert.equal('axios' in extra, false)
    })

    const large: Record<string, Run> = {
      'a million items': ({ log }) => log.info('x', Array.from({ length: 1e6 }, (_, i) => i)),
      'a million keys': ({ log }) => log.info('x', Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`key ${i}`, i]))),
      'large texts': ({ log }) => log.info('x', Array.from({ length: 100 }, () => 'text '.repeat(1e4))),
      'control characters': ({ log }) => log.info('x', ['\u0001'.repeat(1e6)]),
      'a large Map': ({ log }) => log.info('x', new Map(Array.from({ length: 1e5 }, (_, i) => [i, { i }]))),
      'a large Set': ({ log }) => log.info('x', new Set(Array.from({ length: 1e5 }, (_, i) => `item ${i}`))),
      'a holey array': ({ log }) => { const a: unknown[] = []; a[4e9] = 1; log.info('x', a) },
      'a tree that doubles at each level': ({ log }) => { let a: unknown = 'leaf'; for (let i = 0; i < 40; i++) a = [a, a]; log.info('x', a) },
      'wide and deep': ({ log }) => { const make = (depth: number): unknown => depth === 0 ? 'leaf' : Array.from({ length: 10 }, () => make(depth - 1)); log.info('x', make(5)) }
    }
    for (const [name, plugin] of Object.entries(large)) {
      it(`bounds ${name}`, async () => {
        const size = JSON.stringify(await extraOf(plugin)).length
        assert.ok(size > 50 && size < 20_000, `${size} characters`)
      })
    }
  })

  describe('console', () => {
    it('writes to the log', async () => {
      const { guest } = await run(() => {
        console.log('%s is %d', 'x', 5, { a: [1, { b: 2 }] })
        console.info('info')
        console.warn('warn')
        console.error(new Error('bad').message)
        console.debug('debug')
        console.assert(true, 'fine')
        console.assert(false, 'not fine')
        console.count()
        console.count()
        console.group('group')
        console.log('inside')
        console.groupEnd()
        console.dir({ a: { b: { c: { d: 1 } } } })
        console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null })
        console.table([{ a: 1, b: 'x' }, { a: 22 }])
        console.time('t')
        console.timeEnd('t')
        console.log()
        console.trace('here')
      })
      assert.deepEqual(guest.lines.slice(0, 13), [
        'debug: x is 5 { a: [ 1, { b: 2 } ] }', 'info: info', 'warning: warn', 'error: bad', 'debug: debug', 'error: Assertion failed: not fine', 'debug: default: 1', 'debug: default: 2',
        'debug: group', 'debug:   inside', 'debug: { a: { b: { c: [Object] } } }', 'debug: {\n  a: { b: { c: { d: 1 } } }\n}', 'debug: (index) │ a  │ b\n0       │ 1  │ \'x\'\n1       │ 22 │'
      ])
      assert.match(guest.lines[13] ?? '', /^debug: t: \d+ms$/)
      assert.equal(guest.lines[14], 'debug: ')
      assert.match(guest.lines[15] ?? '', /^debug: Trace: here\n.*plugin\/index\.js/)
    })

    it('never throws', async () => {
      const { result, guest } = await run(() => {
        const hostile = new Proxy({}, new Proxy({}, { get () { return () => { throw new Error('trap') } } }))
        console.info(hostile)
        console.info('%s %d %o', hostile, hostile, hostile)
        console.table(hostile)
        console.count(hostile as string)
        console.info({ get a () { throw new Error('no') }, [Symbol.for('nodejs.util.inspect.custom')] () { throw new Error('no') } })
        console.info('x'.repeat(1e7))
      })
      assert.deepEqual(result, { ok: true })
      assert.ok(guest.entries.every(entry => JSON.stringify(entry).length < 25_000))
    })

    it('writes whole lines from process.stdout', async () => {
      const { guest } = await run(() => { process.stdout.write('one\ntw'); process.stderr.write('err\n'); process.stdout.write(Buffer.from('o\nthree')) })
      assert.deepEqual(guest.lines, ['debug: one', 'debug: err', 'debug: two'])
    })
  })
})
