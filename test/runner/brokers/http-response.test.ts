import assert from 'node:assert/strict'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startTarget } from '../../servers/target.ts'
import type { TargetServer } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest, until } from './guest.ts'

const MIB = 2 ** 20

/** Node's own collector, which only a flag shows; isolates of other tests must not be given it. */
const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return gc
})()

describe('responses to a plugin', () => {
  const open = closing()

  const serve = async (headers: Record<string, string | string[]>, body: Buffer | string = '', status = 200): Promise<TargetServer> =>
    open(await startTarget((_request, response) => response.writeHead(status, headers).end(body)))
  const reader = (target: TargetServer, limits = {}): Guest => open(new Guest({ allow: [target.host], limits }))

  it('keep status, text and every header', async () => {
    const target = await serve({ 'set-cookie': ['a=1', 'b=2'], 'x-one': 'yes' }, 'body', 418)
    const guest = reader(target)
    assert.equal((await guest.ask(target.url)).body.toString(), 'body')
    const [head] = guest.messages
    assert.ok(head?.op === 'http-head')
    assert.deepEqual([head.status, head.statusText], [418, "I'm a Teapot"])
    assert.deepEqual(head.headers.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value), ['a=1', 'b=2'])
  })

  const text = 'été '.repeat(50_000)
  for (const [encoding, bytes] of Object.entries({ gzip: gzipSync(text), 'x-gzip': gzipSync(text), deflate: deflateSync(text), br: brotliCompressSync(text) })) {
    it(`are decoded: ${encoding}`, async () => {
      const target = await serve({ 'content-encoding': encoding, 'content-length': String(bytes.length) }, bytes)
      const response = await reader(target).ask(target.url)
      assert.equal(response.body.toString(), text)
      assert.equal(response.headers['content-encoding'], undefined)
      assert.equal(response.headers['content-length'], undefined)
      assert.equal(target.requests[0]?.headers['accept-encoding'], 'gzip, deflate, br')
    })
  }

  it('are decoded: deflate without its header, as some servers send it', async () => {
    const target = await serve({ 'content-encoding': 'deflate' }, deflateRawSync(text))
    assert.equal((await reader(target).ask(target.url)).body.toString(), text)
  })

  it('pass as they are in an encoding that the broker does not know, with their headers', async () => {
    const target = await serve({ 'content-encoding': 'zstd' }, 'raw')
    const response = await reader(target).ask(target.url)
    assert.deepEqual([response.body.toString(), response.headers['content-encoding']], ['raw', 'zstd'])
  })

  it('are asked for without encoding when the plugin wants a range', async () => {
    const target = await serve({}, 'x')
    await reader(target).ask(target.url, { headers: [['Range', 'bytes=0-1'], ['Accept-Encoding', 'gzip']] })
    assert.equal(target.requests[0]?.headers['accept-encoding'], 'identity')
  })

  it('have no body to decode for HEAD, 204 and nothing at all', async () => {
    const target = open(await startTarget((request, response) => response.writeHead(request.path === '/204' ? 204 : 200, { 'content-encoding': 'gzip' }).end()))
    const guest = reader(target)
    assert.equal((await guest.ask(target.url, { method: 'HEAD' })).headers['content-encoding'], 'gzip')
    assert.equal((await guest.ask(`${target.url}/204`)).status, 204)
    assert.equal((await guest.ask(target.url)).body.length, 0)
  })

  it('that are not what their encoding says end in an error', async () => {
    const target = await serve({ 'content-encoding': 'gzip' }, 'this is no gzip')
    await assert.rejects(reader(target).ask(target.url), { code: 'Z_DATA_ERROR', message: /cannot be decompressed/ })
  })

  it('N13: may have one encoding, not a chain', async () => {
    const target = await serve({ 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync('x')))
    await assert.rejects(reader(target).ask(target.url), { code: 'network-limit', message: /content encodings of one response: 1/ })
  })

  for (const [encoding, bomb] of Object.entries({ gzip: gzipSync(Buffer.alloc(64 * MIB)), br: brotliCompressSync(Buffer.alloc(64 * MIB)), deflate: deflateSync(Buffer.alloc(64 * MIB)) })) {
    it(`N13: that swell without end are stopped: ${encoding}`, async () => {
      const target = await serve({ 'content-encoding': encoding }, bomb)
      const guest = reader(target)
      await assert.rejects(guest.ask(target.url), { code: 'network-limit', message: 'The run reached its network limit (growth of a compressed response: 200).' })
      // Ten MiB are free; then 200 times what has come in, at most one buffer of 64 KiB.
      assert.ok(guest.received < 24 * MIB, `${guest.received} bytes came`)
    })
  }

  it('N13: are counted as they are after decoding', async () => {
    const target = await serve({ 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(4 * MIB)))
    await assert.rejects(reader(target, { responseBytes: MIB }).ask(target.url), { code: 'network-limit', message: /bytes received: 1 MB/ })
  })

  it('N12: with too many headers are refused', async () => {
    const target = await serve(Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`x-${n}`, 'a'.repeat(50)])))
    await assert.rejects(reader(target).ask(target.url), { code: 'HPE_HEADER_OVERFLOW' })
  })

  it('N12: whose headers trickle are given up', async () => {
    const target = open(await startTarget((_request, response) => {
      const drip = setInterval(() => response.socket?.write('x'), 50)
      response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ')
      response.socket?.on('close', () => clearInterval(drip))
    }))
    await assert.rejects(reader(target, { headersMs: 400 }).ask(target.url), { code: 'network-limit', message: /time to the headers of the response: 0\.4 s/ })
    await until(() => target.sockets.size === 0, 'the end of the connection')
  })

  it('N12: whose body stops are given up', async () => {
    const target = open(await startTarget((_request, response) => response.writeHead(200).write('start')))
    await assert.rejects(reader(target, { idleMs: 300 }).ask(target.url), { code: 'network-limit', message: /silence within a response: 0\.3 s/ })
    await until(() => target.sockets.size === 0, 'the end of the connection')
  })

  it('N12: that never end are given up', async () => {
    const target = open(await startTarget((_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    }))
    await assert.rejects(reader(target, { totalMs: 300 }).ask(target.url), { code: 'network-limit', message: /time of one request: 0\.3 s/ })
    await until(() => target.sockets.size === 0, 'the end of the connection')
  })

  it('that break off in the middle are an error', async () => {
    const target = open(await startTarget((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('start')
      setTimeout(() => response.destroy(), 50)
    }))
    await assert.rejects(reader(target).ask(target.url), { code: 'ECONNRESET', message: /^socket hang up/ })
  })
})

describe('back-pressure', () => {
  const open = closing()
  const SIZE = 100 * MIB

  /** Writes as fast as the other side takes it, and knows how much that was. */
  const flood = async (): Promise<TargetServer & { readonly written: number }> => {
    let written = 0
    const block = Buffer.alloc(65_536, 'x')
    const target = open(await startTarget((_request, response) => {
      const more = () => {
        while (written < SIZE && !response.destroyed) {
          written += block.length
          if (!response.write(block)) return
        }
        response.end()
      }
      response.on('drain', more)
      more()
    }))
    return Object.defineProperty(target as TargetServer & { written: number }, 'written', { get: () => written })
  }

  it('sends a guest that reads nothing one window, and takes no more from the network than buffers hold', async () => {
    const target = await flood()
    const guest = open(new Guest({ allow: [target.host] }))
    guest.acknowledges = false
    const before = process.memoryUsage().arrayBuffers
    const { id } = guest.start(target.url)
    await until(() => guest.received === 262_144, 'a full window')
    await pause(300)
    assert.equal(guest.received, 262_144)
    assert.ok(guest.largest <= 65_536)
    assert.ok(target.written < 20 * MIB, `${target.written} bytes were taken`)
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * MIB)
    guest.cancel(id)
    await until(() => target.sockets.size === 0, 'the end of the connection')
  })

  it('lets a slow guest have all of it, in flat memory, and does not take its slowness for silence', async () => {
    const target = await flood()
    const guest = open(new Guest({ allow: [target.host], limits: { idleMs: 300 } }))
    guest.acknowledges = false
    const before = process.memoryUsage().arrayBuffers
    const { id, response } = guest.start(target.url)
    await until(() => guest.received === 262_144, 'a full window')
    await pause(700)
    let acknowledged = 0
    let collectedAt = 0
    let peak = 0
    while (acknowledged < SIZE) {
      const bytes = guest.received - acknowledged
      acknowledged += bytes
      guest.broker.handle({ op: 'http-ack', id, bytes })
      // What is measured is what is held, not what waits to be collected.
      if (acknowledged - collectedAt >= 8 * MIB || acknowledged === SIZE) {
        collectGarbage()
        collectedAt = acknowledged
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
      }
      await pause(0)
    }
    await response
    assert.equal(guest.received, SIZE)
    assert.ok(peak < 16 * MIB, `${peak} bytes were held`)
    assert.equal(guest.broker.usage().bytesIn, SIZE)
  })

  it('is not lifted by acknowledging what was never sent', async () => {
    const target = await flood()
    const guest = open(new Guest({ allow: [target.host] }))
    guest.acknowledges = false
    const { id } = guest.start(target.url)
    await until(() => guest.received === 262_144, 'a full window')
    guest.broker.handle({ op: 'http-ack', id, bytes: 1e12 })
    await pause(100)
    assert.equal(guest.received, 262_144)
    assert.deepEqual(guest.faults, ['an http-ack counts more bytes than were sent'])
  })
})
