import assert from 'node:assert/strict'
import { closeGuests, evaluate } from './harness.ts'

/** The same function here and in the guest: both answers as JSON gives them back. */
async function sameAsNode (plugin: () => unknown): Promise<void> {
  const expected: unknown = JSON.parse(JSON.stringify({ value: await plugin() })).value
  assert.deepEqual(await evaluate(plugin as never), expected)
}

describe('globals', () => {
  after(closeGuests)

  it('are there, not enumerable, and can be replaced', async () => {
    const names = ['global', 'process', 'console', 'performance', 'crypto', 'Buffer', 'atob', 'btoa', 'TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'Event', 'CustomEvent', 'EventTarget', 'AbortController', 'AbortSignal', 'DOMException',
      'structuredClone', 'fetch', 'Headers', 'Request', 'Response', 'queueMicrotask', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'WebAssembly', 'Intl', 'WeakRef', 'FinalizationRegistry', 'Temporal']
    assert.deepEqual(await evaluate(`() => ${JSON.stringify(names)}.filter(name => globalThis[name] === undefined)` as never), [])
    assert.deepEqual(await evaluate((() => Object.keys(globalThis)) as never), [])
    assert.deepEqual(await evaluate((() => {
      globalThis.URL = 'mine' as never
      globalThis.Buffer = 'mine' as never
      globalThis.fetch = 'mine' as never
      const { URLSearchParams } = globalThis
      return [URL, Buffer, fetch, new URLSearchParams('a=1').get('a'), URL]
    }) as never), ['mine', 'mine', 'mine', '1', 'mine'])
  })

  describe('Buffer', () => {
    it('reads and writes as Node\'s', () => sameAsNode(() => {
      const texts = ['', 'hello', 'é€😀', '\ud800 lone', 'a'.repeat(20_000) + '€', '\u0000\u007f\u0080\u07ff\u0800\uffff']
      const encodings: BufferEncoding[] = ['utf8', 'utf-8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2']
      return texts.map(text => [Buffer.byteLength(text), ...encodings.map(encoding => Buffer.from(text).toString(encoding)), ...encodings.map(encoding => [Buffer.from(text.slice(0, 100), encoding).toString('hex'), Buffer.byteLength(text.slice(0, 100), encoding)])])
    }))

    it('reads odd base64 and hex as Node\'s', () => sameAsNode(() => ['', '=', 'YQ', 'YQ==', 'YWI', 'YWJj', 'Y W\nJ j', '-_-_', '+/+/', 'YQ==YQ==', 'YWJjZ', '!!!!'].map(text => [Buffer.from(text, 'base64').toString('hex'), Buffer.from(text, 'base64url').toString('hex'), Buffer.from(text, 'hex').length])))

    it('decodes malformed UTF-8 as Node\'s, short and long', () => sameAsNode(() => {
      const odd = [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0x61, 0xe2, 0x62], [0xf0, 0x80, 0x80, 0x80], [0xef, 0xbb, 0xbf, 0x61], [0xf8, 0x88, 0x80, 0x80, 0x80]]
      return odd.flatMap(bytes => [Buffer.from(bytes).toString(), Buffer.concat([Buffer.alloc(9_000, 'x'), Buffer.from(bytes), Buffer.from('end')]).toString().slice(8_990)])
    }))

    it('has Node\'s methods', () => sameAsNode(() => {
      const b = Buffer.from('hello world')
      const w = Buffer.alloc(16)
      w.write('YWJj', 0, 'base64'); w.write('_-8', 4, 'base64url'); w.writeUInt32BE(7, 8); w.writeBigInt64LE(5n, 8)
      return [
        b.subarray(2, 5).toString(), b.slice(-5).toString(), b.indexOf('wor'), b.includes('xyz'), b.equals(Buffer.from('hello world')), Buffer.compare(b, Buffer.from('a')), b.toString('utf8', 1, 4), b.toString('hex', 9), b.toString('base64', -3, 99), w.toString('hex'),
        Buffer.concat([b, w]).length, Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding('base64url'), Buffer.isEncoding('nope'), JSON.stringify(Buffer.from('a')), [...Buffer.from([1, 2])], Buffer.from('abc').reverse().toString(), Buffer.alloc(3, 'ab').toString(),
        b.readUInt16LE(1), Buffer.from(new Uint16Array([1, 256]).buffer).length, Buffer.from(Buffer.from('x')).toString(), b.fill('z', 0, 2).toString(), b.swap16 === undefined
      ]
    }))

    it('shares the memory it is told to share, and no other', async () => {
      assert.deepEqual(await evaluate((() => {
        const memory = new ArrayBuffer(4)
        Buffer.from(memory, 1, 2)[0] = 7
        return [new Uint8Array(memory)[1], Buffer.from('abc').buffer.byteLength, Buffer.from('abc', 'base64').buffer.byteLength]
      }) as never), [7, 3, 2])
    })
  })

  describe('TextEncoder and TextDecoder', () => {
    it('work as Node\'s', () => sameAsNode(() => {
      const texts = ['', 'é€😀', '\ufeffbom', '\udc00', 'x'.repeat(9_000) + 'é']
      const into = new Uint8Array(5)
      return [
        texts.map(text => [...new TextEncoder().encode(text)].join()), texts.map(text => new TextDecoder().decode(new TextEncoder().encode(text))), new TextEncoder().encodeInto('aé€x', into), [...into],
        new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode('\ufeffx')), new TextDecoder('latin1').decode(new Uint8Array([0x80, 0xe9])), new TextDecoder('utf-16le').decode(new Uint8Array([0x3d, 0xd8, 0x00, 0xde])),
        new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0])), new TextDecoder().encoding, new TextDecoder().fatal
      ]
    }))

    it('decode in pieces as Node\'s', () => sameAsNode(() => {
      const bytes = new TextEncoder().encode('\ufeffé€😀x')
      const decode = (label: string, all: Uint8Array): string => {
        const decoder = new TextDecoder(label)
        let text = ''
        for (const byte of all) text += decoder.decode(new Uint8Array([byte]), { stream: true })
        return text + decoder.decode()
      }
      const utf16 = new Uint8Array(new Uint16Array([0x61, 0xd83d, 0xde00, 0x20ac]).buffer)
      const twice = new TextDecoder()
      return [decode('utf-8', bytes), decode('utf-16le', utf16), decode('latin1', new Uint8Array([0x61, 0xe9])), decode('utf-8', new Uint8Array([0xe2, 0x82])), twice.decode(bytes), twice.decode(bytes)]
    }))

    it('refuse as Node\'s', () => sameAsNode(() => [() => new TextDecoder('nope'), () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])), () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0x61])).length].map(attempt => {
      try {
        return attempt()
      } catch (error) {
        return [(error as Error).name, (error as { code: string }).code]
      }
    })))
  })

  it('URL and URLSearchParams work as Node\'s', () => sameAsNode(() => {
    const inputs: [string, string?][] = [['http://user:p%20w@EXAMPLE.org:80/a/../b?q=é#h'], ['../x', 'https://a.b/c/d?e'], ['//h/p', 'https://a.b'], ['http://[::1]:3000/'], ['http://münchen.de/ä'], ['file:///C:/a b'], ['mailto:a@b'], ['data:text/plain,x']]
    const search = new URLSearchParams('a=1&b=2&a=3&c=%C3%A9+x')
    search.append('d', '&'); search.delete('b'); search.sort()
    const url = new URL('http://a.b/c?x=1')
    url.searchParams.set('y', 'é'); url.hash = 'z'; url.port = '8080'
    let invalid = ''
    try { new URL('nope') } catch (error) { invalid = (error as Error).name } // eslint-disable-line no-new
    return [inputs.map(([input, base]) => { const u = new URL(input, base); return [u.href, u.origin, u.host, u.pathname, u.search, u.hash, u.username, u.password] }), search.toString(), search.getAll('a'), [...search], url.href, invalid, URL.canParse('x'), URL.canParse('http://x'), JSON.stringify({ url })]
  }))

  it('atob and btoa work as Node\'s', () => sameAsNode(() => [btoa('hé'), atob('aOk='), atob(' Y Q = = '), ...[() => btoa('€'), () => atob('a')].map(attempt => {
    try {
      return attempt()
    } catch (error) {
      return [(error as DOMException).name, (error as DOMException).code]
    }
  })]))

  it('structuredClone works as Node\'s', () => sameAsNode(() => {
    const source: Record<string, unknown> = { date: new Date(5), re: /a/gi, map: new Map([[{ k: 1 }, new Set([1])]]), list: [1, , 3], bytes: new Uint16Array([1, 2]), view: new DataView(new ArrayBuffer(2)), error: new RangeError('bad', { cause: 'c' }), big: Object(1n), n: null, u: undefined } // eslint-disable-line no-sparse-arrays
    source['self'] = source
    const clone = structuredClone(source) as typeof source & { map: Map<object, Set<number>>, error: Error, bytes: Uint16Array, date: Date, list: unknown[] }
    const buffer = new ArrayBuffer(8)
    const moved = structuredClone(buffer, { transfer: [buffer] })
    return [
      clone['self'] === clone, clone !== source, clone.date.getTime(), String(clone['re']), [...clone.map.keys()], [...[...clone.map.values()][0] ?? []], 1 in clone.list, clone.list.length, [...clone.bytes], clone.error instanceof RangeError, clone.error.message, clone.error.cause,
      'u' in clone, moved.byteLength, buffer.byteLength, ...[() => structuredClone(() => {}), () => structuredClone(Symbol('x')), () => structuredClone(Promise.resolve())].map(attempt => { try { return attempt() } catch (error) { return (error as Error).name } })
    ]
  }))

  it('AbortController, AbortSignal and EventTarget work as Node\'s', () => sameAsNode(async () => {
    const seen: unknown[] = []
    const controller = new AbortController()
    controller.signal.addEventListener('abort', event => seen.push(event.type, event.target === controller.signal), { once: true })
    controller.signal.onabort = () => seen.push('onabort')
    const any = AbortSignal.any([new AbortController().signal, controller.signal])
    controller.abort()
    controller.abort('again')
    const timeout = AbortSignal.timeout(5)
    await new Promise(resolve => setTimeout(resolve, 50))
    const target = new EventTarget()
    const listener = { handleEvent: (event: Event) => { seen.push(`object ${event.type}`) } }
    target.addEventListener('x', listener)
    target.addEventListener('x', listener)
    target.addEventListener('x', event => { event.preventDefault(); event.stopImmediatePropagation() })
    target.addEventListener('x', () => seen.push('never'))
    const allowed = target.dispatchEvent(new CustomEvent('x', { cancelable: true, detail: 3 }))
    target.removeEventListener('x', listener)
    let thrown: unknown
    try { controller.signal.throwIfAborted() } catch (error) { thrown = error }
    return [seen.sort(), controller.signal.aborted, (controller.signal.reason as DOMException).name, (controller.signal.reason as DOMException).code, thrown === controller.signal.reason, any.aborted, any.reason === controller.signal.reason, timeout.aborted, (timeout.reason as DOMException).name, allowed, AbortSignal.abort('why').reason, new CustomEvent('x', { detail: 3 }).detail, Object.prototype.toString.call(timeout)]
  }))

  it('process says what programs ask, and nothing of the host', async () => {
    assert.deepEqual(await evaluate((() => [
      process.env, process.platform, process.version, process.versions.node, process.cwd(), Object.prototype.toString.call(process), process.argv, process.on('exit', () => {}) === process, process.exitCode, process.stdout.isTTY, typeof process.hrtime()[0], typeof process.hrtime.bigint(),
      Reflect.get(process, 'binding'), Reflect.get(process, 'mainModule'), process.pid
    ]) as never), [{}, 'linux', process.version, process.versions.node, '/data', '[object process]', ['node', '/plugin'], true, null, false, 'number', 'bigint', null, null, 1])
  })

  it('clocks tell whole milliseconds', async () => {
    assert.deepEqual(await evaluate((() => {
      const seen = new Set<unknown>()
      for (let i = 0; i < 10_000; i++) {
        seen.add(performance.now() % 1).add(process.hrtime()[1] % 1e6).add(Number(process.hrtime.bigint() % 1_000_000n)).add(Number(Temporal.Now.instant().epochNanoseconds % 1_000_000n)).add(Temporal.Now.zonedDateTimeISO('UTC').microsecond).add(Temporal.Now.plainTimeISO().nanosecond)
      }
      return [[...seen], performance.now() >= 0 && performance.now() < 60_000, Math.abs(performance.timeOrigin - Date.now()) < 60_000]
    }) as never), [[0], true, true])
  })

  it('crypto gives random values', async () => {
    const [a, b, sizes, errors] = await evaluate((() => {
      const errors = [() => crypto.getRandomValues(new Uint8Array(65_537)), () => crypto.getRandomValues(new Float32Array(1) as never), () => crypto.getRandomValues({} as never)].map(attempt => { try { return String(attempt()) } catch (error) { return (error as Error).name } })
      const large = crypto.getRandomValues(new Uint8Array(65_536))
      return [crypto.randomUUID(), crypto.randomUUID(), new Set(large).size, errors]
    }) as never) as [string, string, number, string[]]
    assert.match(a, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.notEqual(a, b)
    assert.equal(sizes, 256)
    assert.deepEqual(errors, ['QuotaExceededError', 'TypeMismatchError', 'TypeMismatchError'])
  })
})
