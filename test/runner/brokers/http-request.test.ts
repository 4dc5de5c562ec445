import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { startTarget } from '../../servers/target.ts'
import type { TargetServer } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest } from './guest.ts'

describe('requests of a plugin', () => {
  const open = closing()
  let target: TargetServer
  let guest: Guest

  beforeEach(async () => {
    target = open(await startTarget((request, response) => response.end(`${request.method} ${request.body}`)))
    guest = open(new Guest({ allow: [target.host] }))
  })

  const send = (request: unknown) => guest.broker.handle({ op: 'http', id: 1, request })
  const valid = () => ({ method: 'GET', url: target.url, headers: [], redirects: 0, timeoutMs: 0, context: false })

  it('arrive with method, path, headers and body', async () => {
    const response = await guest.ask(`${target.url}/a%20b?q=1#part`, { method: 'put', headers: [['X-One', '1'], ['X-One', '2'], ['Content-Type', 'text/plain']], body: 'text' })
    const [seen] = target.requests
    assert.equal(response.body.toString(), 'PUT text')
    assert.equal(response.url, `${target.url}/a%20b?q=1`)
    assert.equal(seen?.path, '/a%20b?q=1')
    assert.equal(seen?.headers['x-one'], '1, 2')
    assert.equal(seen?.headers['content-length'], '4')
  })

  it('carry a user and password of the URL as Authorization', async () => {
    await guest.ask(`http://me:p%40ss@${target.host}/`)
    assert.equal(target.requests[0]?.headers.authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })

  it('N10: do not speak for the connection', async () => {
    await guest.ask(target.url, {
      method: 'POST',
      body: 'abc',
      headers: [['Host', 'evil.example'], ['Content-Length', '0'], ['Transfer-Encoding', 'chunked'], ['Connection', 'upgrade'], ['Keep-Alive', '1'], ['Upgrade', 'h2c'],
        ['Proxy-Authorization', 'x'], ['Proxy-Connection', 'x'], ['TE', 'trailers'], ['Trailer', 'x'], ['Expect', '100-continue'], ['HTTP2-Settings', 'x'], ['X-Kept', 'yes']]
    })
    const { headers, body } = target.requests[0] ?? assert.fail('nothing came')
    assert.equal(headers.host, target.host)
    assert.equal(headers['content-length'], '3')
    assert.equal(headers['x-kept'], 'yes')
    assert.equal(body.toString(), 'abc')
    for (const name of ['transfer-encoding', 'upgrade', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'expect', 'http2-settings']) assert.equal(headers[name], undefined, name)
  })

  for (const [what, pair, code] of [
    ['CR LF in a value', ['x-a', 'one\r\nx-b: two'], 'ERR_INVALID_CHAR'],
    ['LF in a value', ['x-a', 'one\ntwo'], 'ERR_INVALID_CHAR'],
    ['a folded value', ['x-a', 'one\r\n two'], 'ERR_INVALID_CHAR'],
    ['NUL in a value', ['x-a', 'a\0b'], 'ERR_INVALID_CHAR'],
    ['a character that is no byte', ['x-a', 'č'], 'ERR_INVALID_CHAR'],
    ['CR LF in a name', ['x-a\r\nx-b', '1'], 'ERR_INVALID_HTTP_TOKEN'],
    ['a colon in a name', ['host:', 'x'], 'ERR_INVALID_HTTP_TOKEN'],
    ['a space in a name', ['transfer-encoding ', 'chunked'], 'ERR_INVALID_HTTP_TOKEN'],
    ['an empty name', ['', 'x'], 'ERR_INVALID_HTTP_TOKEN']
  ] as const) {
    it(`N10: are refused with ${what}`, async () => {
      await assert.rejects(guest.ask(target.url, { headers: [pair] }), { code })
      assert.equal(target.connections, 0)
    })
  }

  it('N10: cannot break out of the path or the method', async () => {
    await guest.ask(`${target.url}/a\r\nX-Evil: 1`)
    assert.equal(target.requests[0]?.headers['x-evil'], undefined)
    await assert.rejects(guest.ask(target.url, { method: 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET' }), { code: /^ERR_INVALID_/ })
    await assert.rejects(guest.ask(target.url, { method: 'GE T' }), { code: 'ERR_INVALID_HTTP_TOKEN' })
  })

  for (const method of ['CONNECT', 'connect', 'TRACE', 'TRACK']) {
    it(`N16: are refused with the method ${method}`, async () => assert.rejects(guest.ask(target.url, { method }), { code: 'ERR_METHOD_NOT_SUPPORTED' }))
  }

  for (const url of ['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x', 'unix:/run/docker.sock']) {
    it(`N9: are refused to ${url}`, async () => assert.rejects(guest.ask(url), { code: 'network-denied' }))
  }

  it('N11: are refused on other ports, with the port in the sentence', async () => {
    await assert.rejects(guest.ask('http://example.com:6379/'), { code: 'network-denied', message: 'Access to example.com:6379 is refused (port not allowed). An administrator can open an address by `EGRESS_ALLOW`.' })
  })

  for (const [what, change] of [
    ['no object', 'GET /'],
    ['a url of another type', { url: { href: 'http://example.com' } }],
    ['a relative url', { url: '/x' }],
    ['a url that is too long', { url: `http://example.com/${'x'.repeat(20_000)}` }],
    ['headers of another type', { headers: { host: 'x' } }],
    ['a header of another type', { headers: [['x', 1]] }],
    ['too many headers', { headers: Array.from({ length: 201 }, (_, n) => [`x-${n}`, '1']) }],
    ['headers that are too large', { headers: [['x-a', 'a'.repeat(70_000)]] }],
    ['redirects of another type', { redirects: 'many' }],
    ['a timeout below zero', { timeoutMs: -1 }]
  ] as const) {
    it(`are refused with ${what}`, async () => {
      send(typeof change === 'string' ? change : { ...valid(), ...change })
      const [answer] = guest.messages
      assert.equal(answer?.op, 'http-error')
      assert.match(answer?.op === 'http-error' ? answer.error.code : '', /^ERR_INVALID_/)
      assert.deepEqual(guest.faults, [])
    })
  }

  it('that cannot be answered are faults of the guest', async () => {
    guest.broker.handle({ op: 'http', id: '1', request: valid() })
    guest.broker.handle({ op: 'http-ack', id: 9, bytes: -5 })
    const { id } = guest.start(target.url)
    guest.broker.handle({ op: 'http', id, request: valid() })
    assert.equal(guest.faults.length, 3)
  })

  it('may go to a server that answers nonsense: a code, and no trace of it', async () => {
    const server = createServer((socket) => { socket.on('error', () => {}).resume().end('SSH-2.0-OpenSSH_9.9\r\n') })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    open({ close: async () => await new Promise((resolve) => server.close(resolve)) })
    const client = open(new Guest({ allow: [host] }))
    await assert.rejects(client.ask(`http://${host}/`), { code: /^HPE_/, message: /is not valid HTTP/ })
  })
})
