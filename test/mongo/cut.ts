/** A wire to the server that can be cut: what a change of primary, or a machine that goes away, looks like from here. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { serverUrl } from './mongo-server.ts'

export interface Wire {
  /** The address of `url`, by this wire. */
  through(url: string): string
  /** Ends all connections and refuses new ones, until `mend`. */
  cut(): void
  mend(): void
  /** The next command that has this text reaches the server; its answer does not come back, and all connections end. */
  loseAnswerTo(text: string): void
}

export async function layWire (): Promise<Wire & { close(): Promise<void> }> {
  const target = serverUrl()
  const sockets = new Set<Socket>()
  let broken = false
  let marked: string | undefined
  const endAll = (): void => { for (const socket of sockets) socket.destroy() }

  const server = createServer(client => {
    if (broken) {
      client.destroy()
      return
    }
    const upstream = connect(Number(target.port || 27017), target.hostname)
    let deaf = false
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket)
      socket.on('error', () => {}) // the other end sees it
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', data => {
      if (marked !== undefined && data.includes(marked)) {
        marked = undefined
        deaf = true
      }
      upstream.write(data)
    })
    upstream.on('data', data => {
      if (deaf) endAll()
      else client.write(data)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    through (url) {
      const wired = new URL(url)
      wired.host = `127.0.0.1:${port}`
      wired.searchParams.set('directConnection', 'true')
      return wired.href
    },
    cut () {
      broken = true
      endAll()
    },
    mend () { broken = false },
    loseAnswerTo (text) { marked = text },
    async close () {
      endAll()
      server.close()
      await once(server, 'close')
    }
  }
}
