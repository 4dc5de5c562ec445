/** A server whose paths behave in the ways that a client of Node's http can meet. Bodies are streamed. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { brotliCompressSync, gzipSync } from 'node:zlib'

export interface BehavingServer {
  readonly url: string
  /** `127.0.0.1:port`, as an egress entry. */
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

const MEGABYTE = Buffer.alloc(1_048_576, 'megabyte of text ')

const behaviours: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void>> = {
  /** What came, in one JSON text. The body is told by length and hash. */
  '/echo': (request, response) => {
    const hash = createHash('sha256')
    let length = 0
    request.on('data', (chunk: Buffer) => { hash.update(chunk); length += chunk.length })
    request.on('end', () => {
      const { method, url, headers } = request
      response.writeHead(200, { 'content-type': 'application/json', 'x-many': ['a', 'b'], 'set-cookie': ['c=1', 'd=2'] })
        .end(JSON.stringify({ method, url, type: headers['content-type'], length: headers['content-length'], chunked: headers['transfer-encoding'], mine: headers['x-mine'], accept: headers.accept, auth: headers.authorization, body: length, hash: hash.digest('hex') }))
    })
  },
  '/text': (_, response) => { response.writeHead(200, { 'content-type': 'text/plain' }).end('some text é') },
  '/empty': (_, response) => { response.writeHead(204).end() },
  '/missing': (_, response) => { response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"nothing here"}') },
  '/broken': (_, response) => { response.writeHead(500, 'Own Words').end('broken') },
  '/redirect': (request, response, query) => { request.resume().on('end', () => { response.writeHead(Number(query.get('status') ?? 302), { location: query.get('to') ?? '/text' }).end('elsewhere') }) },
  '/gzip': (_, response) => { response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(gzipSync('{"packed":true}')) },
  '/brotli': (_, response) => { response.writeHead(200, { 'content-encoding': 'br', 'content-type': 'application/json' }).end(brotliCompressSync('{"packed":true}')) },
  '/slow': (_, response) => { setTimeout(() => response.end('late'), 2_000).unref() },
  '/stalls': (_, response) => { response.writeHead(200).write('beginning') },
  '/cut': (_, response) => { response.writeHead(200, { 'content-length': '1000' }).write('beginning', () => { setTimeout(() => response.destroy(), 20) }) },
  '/hangs-up': (request) => { request.socket.destroy() },
  /** So many megabytes, with their length when `known`. */
  '/large': (_, response, query) => {
    const count = Number(query.get('mb') ?? 1)
    response.writeHead(200, { 'content-type': 'application/octet-stream', ...(query.has('known') ? { 'content-length': String(count * MEGABYTE.length) } : {}) })
    let sent = 0
    const send = (): void => {
      while (sent < count) {
        sent++
        if (!response.write(MEGABYTE)) return
      }
      response.end()
    }
    response.on('drain', send)
    send()
  }
}

export async function startBehavingServer (): Promise<BehavingServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
    const behave = behaviours[pathname]
    if (behave === undefined) response.writeHead(404).end()
    else behave(request, response, searchParams)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const host = `127.0.0.1:${port}`
  return {
    url: `http://${host}`,
    host,
    port,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
    }
  }
}
