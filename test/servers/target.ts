/** A server on the other side of a plugin's requests: records them, answers as a test says, and knows its open connections. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

interface TargetRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface TargetServer {
  readonly port: number
  /** `127.0.0.1:port`, as an egress entry. */
  readonly host: string
  readonly url: string
  readonly requests: TargetRequest[]
  readonly sockets: ReadonlySet<Socket>
  /** Connections ever opened. */
  readonly connections: number
  close(): Promise<void>
}

export type TargetHandler = (request: TargetRequest, response: ServerResponse) => void

export async function startTarget (handler: TargetHandler = (_request, response) => response.end('hello')): Promise<TargetServer> {
  const requests: TargetRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((req, res) => {
    readRequest(req).then((request) => {
      requests.push(request)
      handler(request, res)
    }, () => res.destroy())
  })
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    requests,
    sockets,
    get connections () { return connections },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
    }
  }
}

async function readRequest (req: IncomingMessage): Promise<TargetRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body: Buffer.concat(chunks) }
}
