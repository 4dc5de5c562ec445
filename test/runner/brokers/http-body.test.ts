import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { startTarget } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest, until } from './guest.ts'

const WINDOW = 262_144

describe('bodies that come in pieces', () => {
  const open = closing()

  /** A server whose handler reads the body as it likes. */
  async function listen (handler: (request: IncomingMessage, answer: (status: number, headers?: Record<string, string>) => void) => void): Promise<{ url: string, host: string }> {
    const server: Server = createServer((request, response) => handler(request, (status, headers = {}) => response.writeHead(status, headers).end('done')))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    open({ close: async () => { server.closeAllConnections(); await new Promise(resolve => server.close(resolve)) } })
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url: `http://${host}/`, host }
  }

  it('arrive chunked when nobody knows their length, and with the length that the caller knows', async () => {
    const target = open(await startTarget())
    const guest = open(new Guest({ allow: [target.host] }))
    for (const bodyLength of [undefined, 6]) {
      const { id, response } = guest.startStream(target.url, { bodyLength })
      await until(() => guest.credit.get(id) === WINDOW)
      guest.piece(id, Buffer.from('abc'))
      guest.piece(id, Buffer.from('def'))
      guest.endBody(id)
      await response
    }
    assert.deepEqual(target.requests.map(({ body, headers }) => [body.toString(), headers['transfer-encoding'], headers['content-length']]), [['abcdef', 'chunked', undefined], ['abcdef', undefined, '6']])
    assert.equal(guest.broker.usage().bytesOut, 12)
    assert.deepEqual(guest.faults, [])
  })

  it('may have no bytes at all', async () => {
    const target = open(await startTarget())
    const guest = open(new Guest({ allow: [target.host] }))
    const { id, response } = guest.startStream(target.url)
    guest.endBody(id)
    assert.equal((await response).status, 200)
    assert.equal(target.requests[0]?.body.length, 0)
  })

  it('are held back by a server that does not read, and go on when it does', async () => {
    let release = (): void => {}
    let received = 0
    const server = await listen((request, answer) => {
      request.pause()
      release = () => { request.on('data', (chunk: Buffer) => { received += chunk.length }).on('end', () => answer(200)).resume() }
    })
    const guest = open(new Guest({ allow: [server.host] }))
    const { id, response } = guest.startStream(server.url)
    await until(() => guest.credit.get(id) === WINDOW)
    let sent = 0
    const send = (): void => {
      while ((guest.credit.get(id) ?? 0) >= 65_536 && sent < 64 * 2 ** 20) {
        guest.piece(id, Buffer.alloc(65_536))
        sent += 65_536
      }
    }
    let quiet = 0
    for (let last = -1; quiet < 20; await new Promise(resolve => setTimeout(resolve, 5))) {
      send()
      quiet = sent === last ? quiet + 1 : 0
      last = sent
    }
    assert.ok(sent < 32 * 2 ** 20, `${sent} bytes were taken though nobody reads`)
    release()
    await until(() => { send(); return sent === 64 * 2 ** 20 }, 'the rest', 10_000)
    guest.endBody(id)
    await response
    assert.equal(received, 64 * 2 ** 20)
  })

  it('are not begun before the effect is on record, nor when it cannot be', async () => {
    const target = open(await startTarget())
    let record = (): void => {}
    const guest = open(new Guest({ allow: [target.host], onWrite: async () => await new Promise<void>(resolve => { record = resolve }) }))
    const { id, response } = guest.startStream(target.url)
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.equal(guest.credit.get(id), undefined)
    assert.equal(target.connections, 0)
    record()
    await until(() => guest.credit.get(id) === WINDOW)
    guest.endBody(id)
    await response
  })

  it('that are more than was allowed end the run, what comes late does not', async () => {
    const target = open(await startTarget())
    const guest = open(new Guest({ allow: [target.host] }))
    const { id, response } = guest.startStream(target.url)
    await until(() => guest.credit.get(id) === WINDOW)
    guest.endBody(id)
    await response
    guest.piece(id, Buffer.from('late'))
    assert.deepEqual(guest.faults, [])
    const early = guest.startStream(target.url)
    guest.piece(early.id, Buffer.from('early'))
    assert.deepEqual(guest.faults, ['an http-body has more bytes than were allowed'])
    const greedy = guest.startStream(target.url)
    await until(() => guest.credit.get(greedy.id) === WINDOW)
    guest.piece(greedy.id, Buffer.alloc(WINDOW + 1))
    assert.equal(guest.faults.length, 2)
  })

  it('count against the limit of bytes', async () => {
    const server = await listen((request, answer) => request.on('end', () => answer(200)).resume())
    const guest = open(new Guest({ allow: [server.host], limits: { requestBytes: 100_000 } }))
    const { id, response } = guest.startStream(server.url)
    await until(() => guest.credit.get(id) === WINDOW)
    for (let i = 0; i < 3; i++) guest.piece(id, Buffer.alloc(50_000))
    guest.endBody(id)
    await assert.rejects(response, { code: 'network-limit' })
  })

  it('have the length that was said, or the request fails', async () => {
    const server = await listen((request, answer) => request.on('end', () => answer(200)).resume())
    const guest = open(new Guest({ allow: [server.host] }))
    for (const size of [2, 4]) {
      const { id, response } = guest.startStream(server.url, { bodyLength: 3 })
      await until(() => guest.credit.get(id) === WINDOW)
      guest.piece(id, Buffer.alloc(size))
      guest.endBody(id)
      await assert.rejects(response, { code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' })
    }
  })

  it('cannot be sent again after a redirect that keeps the method', async () => {
    const statuses = [307, 303]
    const server = await listen((request, answer) => request.on('end', () => request.url === '/' ? answer(statuses.shift() ?? 500, { location: '/next' }) : answer(200)).resume())
    const guest = open(new Guest({ allow: [server.host] }))
    const ask = async (): Promise<number> => {
      const { id, response } = guest.startStream(server.url, { redirects: 5 })
      await until(() => guest.credit.get(id) === WINDOW)
      guest.endBody(id)
      return (await response).status
    }
    await assert.rejects(ask(), { code: 'ERR_FR_REDIRECTION_FAILURE', message: /307, and the body of the request was a stream/ })
    assert.equal(await ask(), 200)
  })

  it('are given up when the guest cancels, and when the server answers before their end', async () => {
    const server = await listen((request, answer) => { if (request.url === '/early') answer(413) })
    const guest = open(new Guest({ allow: [server.host] }))
    const { id } = guest.startStream(server.url)
    await until(() => guest.credit.get(id) === WINDOW)
    guest.piece(id, Buffer.alloc(1_000))
    guest.cancel(id)
    guest.piece(id, Buffer.alloc(1_000))
    const early = guest.startStream(`${server.url}early`)
    await until(() => (guest.credit.get(early.id) ?? 0) > 0)
    guest.piece(early.id, Buffer.alloc(1_000))
    assert.equal((await early.response).status, 413)
    assert.deepEqual(guest.faults, [])
  })

  it('are answered as they are when the caller wants no decoding', async () => {
    const target = open(await startTarget((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed'))))
    const guest = open(new Guest({ allow: [target.host] }))
    const { id, response } = guest.startStream(target.url, { raw: true, headers: [['Accept-Encoding', 'gzip;q=0.5']] })
    guest.endBody(id)
    const { headers, body } = await response
    assert.deepEqual([headers['content-encoding'], body, target.requests[0]?.headers['accept-encoding']], ['gzip', gzipSync('packed'), 'gzip;q=0.5'])
  })
})
