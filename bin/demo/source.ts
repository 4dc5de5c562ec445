/** A small HTTP server on loopback: the outside world of the demo. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'

export interface Source {
  /** host:port, as EGRESS_ALLOW takes it. */
  readonly host: string
  readonly url: string
  close(): Promise<void>
}

const harvest = `variety,trees,kg
Belle de Boskoop,12,384.5
Cox's Orange Pippin,8,201.25
"Reinette, grey",15,412
Gravenstein,5,148.75
`

/** Serves /harvest.csv to all, and /protected to who sends `token` as a bearer. */
export async function startSource (token: string): Promise<Source> {
  const server = createServer((request, response) => answer(request, response, token))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`an address with a port was expected, found ${address}`)
  const host = `127.0.0.1:${address.port}`
  return {
    host,
    url: `http://${host}`,
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}

function answer (request: IncomingMessage, response: ServerResponse, token: string): void {
  if (request.url === '/harvest.csv') {
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end(harvest)
  } else if (request.url === '/protected') {
    response.writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401).end()
  } else {
    response.writeHead(404).end()
  }
}
