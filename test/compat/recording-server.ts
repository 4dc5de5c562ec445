/** A server on loopback for plugins that are compared: serves files, and keeps what is sent to it. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Recorded {
  readonly method: string
  readonly path: string
  /** Those of `KEPT` that came, with the boundary of a form replaced. */
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: number
  readonly sha256: string
  /** The beginning of the body, to be read in a failure. */
  readonly begin: string
}

export interface RecordingServer {
  readonly url: string
  /** `127.0.0.1:port`, as an egress entry. */
  readonly host: string
  /** What came below `/<side>/`, in order; the next call tells only what has come since. */
  taken (side: string): readonly Recorded[]
  /** The last body that was put to this path, as text. */
  body (path: string): string | undefined
  close (): Promise<void>
}

const KEPT = ['content-type', 'content-length', 'content-encoding', 'authorization', 'x-mine', 'range', 'if-none-match'] as const
const MAX_BYTES = 64_000_000

/** `files`: by path, as `/harvest.csv`. A GET of `/<side>/harvest.csv` is served it; whatever else is sent is recorded and answered with a small JSON text. */
export async function startRecordingServer (files: Readonly<Record<string, Buffer>>): Promise<RecordingServer> {
  const recorded = new Map<string, Recorded[]>()
  const bodies = new Map<string, string>()
  const server = createServer((request, response) => { answer(request, response).catch((error: Error) => response.destroy(error)) })

  async function answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const [, side = '', ...rest] = pathname.split('/')
    const target = `/${rest.join('/')}`
    const body = await bodyOf(request)
    const requests = recorded.get(side) ?? []
    recorded.set(side, requests)
    requests.push(describe(request, (request.url ?? '').slice(side.length + 1), body))
    if (request.method !== 'GET') {
      bodies.set(pathname, body.toString('utf8'))
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'made', received: body.length }))
      return
    }
    if (target === '/redirect') {
      response.writeHead(302, { location: `/${side}/harvest.csv` }).end()
      return
    }
    const file = files[target]
    if (file === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"not here"}')
    else response.writeHead(200, { 'content-type': typeOf(target), 'content-length': file.length, etag: '"1"', 'content-disposition': `attachment; filename="${target.slice(1)}"` }).end(file)
  }

  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    taken (side) {
      const requests = recorded.get(side) ?? []
      recorded.delete(side)
      return requests
    },
    body: path => bodies.get(path),
    async close () {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

async function bodyOf (request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Error(`a body of at most ${MAX_BYTES} bytes was expected`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function describe (request: IncomingMessage, path: string, body: Buffer): Recorded {
  const boundary = /boundary="?([^";]+)/.exec(request.headers['content-type'] ?? '')?.[1]
  const plain = (text: string): string => boundary === undefined ? text : text.replaceAll(boundary, '(boundary)')
  const shown = plain(body.toString('latin1'))
  return {
    method: request.method ?? '',
    path,
    headers: Object.fromEntries(KEPT.flatMap(name => request.headers[name] === undefined ? [] : [[name, plain(String(request.headers[name]))]])),
    bytes: body.length,
    sha256: createHash('sha256').update(shown, 'latin1').digest('hex'),
    begin: shown.slice(0, 300)
  }
}

function typeOf (path: string): string {
  const types: Readonly<Record<string, string>> = { csv: 'text/csv', json: 'application/json', xml: 'application/xml', html: 'text/html; charset=utf-8', gz: 'application/gzip', zip: 'application/zip' }
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
}
